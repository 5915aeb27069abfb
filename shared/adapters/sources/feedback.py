"""Whatever the feedback queue brings: of SES by the bus, of texts and WhatsApp by a topic, of our own links by us."""

from collections.abc import Mapping
from typing import NamedTuple

from shared.adapters.sources import inbound_sms, link_clicks, ses_events, sms_receipts, whatsapp_events
from shared.domain.delivery import DeliveryEvent
from shared.domain.intake.inbound_texts import InboundText


class Told(NamedTuple):
    """What became of messages of ours, and what people sent us. Both empty: it is about nobody we know of."""

    deliveries: tuple[DeliveryEvent, ...] = ()
    texts: tuple[InboundText, ...] = ()


def read(body: object) -> Told:
    """Raises ``InvalidInputError``: it is of none of the sources, or not as they write."""
    if isinstance(body, Mapping) and link_clicks.is_click(body):
        return Told((link_clicks.parse(body),))
    if not isinstance(body, Mapping) or not inbound_sms.is_inbound(body):
        delivery = ses_events.parse(body)
        return Told() if delivery is None else Told((delivery,))
    message = sms_receipts.message_of(body)
    if whatsapp_events.is_whatsapp(message):
        deliveries, texts = whatsapp_events.parse(message)
        return Told(tuple(deliveries), tuple(texts))
    if sms_receipts.is_receipt(message):
        receipt = sms_receipts.parse(message)
        return Told() if receipt is None else Told((receipt,))
    text = inbound_sms.parse(body)
    return Told() if text is None else Told((), (text,))
