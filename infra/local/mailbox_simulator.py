"""The events that SES publishes about a mail, for the addresses of its own mailbox simulator as it documents them.

An address may carry a label: ``bounce+order17@simulator.amazonses.com`` bounces like ``bounce@``.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from infra.local.providers import AcceptedMail

SIMULATOR: Final = "simulator.amazonses.com"

DETAIL_TYPES: Final = {
    "Send": "Email Sent",
    "Delivery": "Email Delivered",
    "Bounce": "Email Bounced",
    "Complaint": "Email Complaint Received",
}

FATES: Final[Mapping[str, Sequence[str]]] = {
    "success": ("Send", "Delivery"),
    "ooto": ("Send", "Delivery"),
    "bounce": ("Send", "Bounce"),
    "suppressionlist": ("Send", "Bounce"),
    "complaint": ("Send", "Delivery", "Complaint"),
}
"""Mailbox of the simulator → the types of the events that follow, in order."""

FEEDBACK: Final = {"Send": "sent", "Delivery": "delivered", "Bounce": "bounced", "Complaint": "complained"}
"""Event type → the outbox's word for it."""


def fate(address: str) -> Sequence[str]:
    """The event types that follow a mail to this address; any address that is not the simulator's is delivered."""
    local, _, domain = address.lower().rpartition("@")
    return FATES.get(local.partition("+")[0], FATES["success"]) if domain == SIMULATOR else FATES["success"]


def events_of(mail: AcceptedMail, at: str) -> list[dict[str, Any]]:
    """The details of the events, in order; recipients that share a fate share its events, as with SES."""
    return [
        _event(kind, mail, affected, at)
        for kind in DETAIL_TYPES
        if (affected := [address for address in mail.recipients if kind in fate(address)])
    ]


def _event(kind: str, mail: AcceptedMail, affected: Sequence[str], at: str) -> dict[str, Any]:
    headers = [{"name": name, "value": value} for name, value in mail.message.headers.items()]
    tags = {name: [value] for name, value in mail.tags.items()}
    return {
        "eventType": kind,
        "mail": {
            "timestamp": mail.message.at,
            "source": mail.message.sender,
            "messageId": mail.message.id,
            "destination": list(mail.recipients),
            "headersTruncated": False,
            "headers": headers,
            "commonHeaders": {
                "from": [mail.message.sender],
                "to": list(mail.recipients),
                "subject": mail.message.subject,
                "messageId": mail.message.id,
            },
            "tags": {
                "ses:configuration-set": [mail.configuration_set],
                "ses:operation": ["SendEmail"],
                **tags,
            },
        },
        kind.lower(): _details(kind, mail, affected, at),
    }


def _details(kind: str, mail: AcceptedMail, affected: Sequence[str], at: str) -> dict[str, Any]:
    match kind:
        case "Delivery":
            return {
                "timestamp": at,
                "processingTimeMillis": 200,
                "recipients": list(affected),
                "smtpResponse": "250 2.0.0 OK",
                "reportingMTA": "a1-1.smtp-out.eu-west-1.amazonses.com",
            }
        case "Bounce":
            suppressed = any(address.lower().startswith("suppressionlist") for address in affected)
            diagnosis = "smtp; 550 5.1.1 user unknown" if not suppressed else "Amazon SES did not send the message"
            return {
                "feedbackId": f"{mail.message.id}-bounce",
                "bounceType": "Permanent",
                "bounceSubType": "Suppressed" if suppressed else "General",
                "bouncedRecipients": [
                    {"emailAddress": each, "action": "failed", "status": "5.1.1", "diagnosticCode": diagnosis}
                    for each in affected
                ],
                "timestamp": at,
                "reportingMTA": "dsn; a1-1.smtp-out.eu-west-1.amazonses.com",
            }
        case "Complaint":
            return {
                "feedbackId": f"{mail.message.id}-complaint",
                "complaintSubType": None,
                "complainedRecipients": [{"emailAddress": each} for each in affected],
                "timestamp": at,
                "userAgent": "Amazon SES Mailbox Simulator",
                "complaintFeedbackType": "abuse",
                "arrivalDate": at,
            }
        case _:
            return {}
