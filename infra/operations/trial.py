"""One message to one address as a stage would send it, filled by its example: a trial, which no ledger knows.

It goes by the deployed stage's own senders, but without their configuration sets, so that nobody counts it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from botocore.exceptions import ClientError

from infra.errors import CommandError
from infra.operations.cloud import Cloud
from shared.adapters.aws_errors import AWS_ERRORS, error_code
from shared.adapters.channels.addresses import to_ascii
from shared.bootstrap.senders import senders
from shared.domain.channels.content import Content, EmailContent, Outgoing, WhatsAppContent
from shared.domain.consent.words import Channel, Purpose
from shared.domain.messages import Message
from shared.errors import CarillonError
from shared.settings.dispatch_message import DispatchSettings

DISPATCH: Final = "dispatch-message"
SUBJECT: Final = "[Test] "
LINKS: Final = ("confirm", "preferences", "unsubscribe")
UNLINKED: Final = "test"
"""Where a sealed link has its token: its page says that the link does not work, and nobody is unsubscribed."""

_NOT_FOUND: Final = frozenset({"NotFoundException", "ResourceNotFoundException"})


class Trial:
    """The sending end of a stage, used by hand."""

    def __init__(self, cloud: Cloud, brand: Mapping[str, Any]) -> None:
        settings = DispatchSettings.from_env(cloud.environment(DISPATCH))
        self.public_url = settings.public_url
        self._cloud = cloud
        self._ses = cloud.sender("sesv2")
        uncounted = replace(settings, configuration_set="", sms_configuration_set="")
        self._senders = senders(uncounted, brand, ses=self._ses, client=cloud.sender)

    @property
    def links(self) -> dict[str, str]:
        """What templates have as ``links``: the stage's pages, without anybody's token."""
        return {name: f"{self.public_url}/v1/{name}/{UNLINKED}" for name in LINKS}

    def require_verified(self, channel: Channel, address: str) -> None:
        """See that the address is one of ours: a trial must never reach a customer by a slip of the hand.

        A device's token can only come from the device, so it is taken as it is.

        Raises:
            CommandError: it is not, or AWS does not tell.
        """
        try:
            if channel is Channel.EMAIL:
                self._require_identity(address)
            elif channel in {Channel.SMS, Channel.WHATSAPP}:
                self._require_number(address)
        except AWS_ERRORS as error:
            raise CommandError(
                f"AWS does not say whether the address is verified ({error_code(error)})",
                "these credentials need ses:GetEmailIdentity and sms-voice:DescribeVerifiedDestinationNumbers",
            ) from None

    def send(
        self, name: str, channel: Channel, address: str, content: Content, *, purpose: Purpose, platform: str = ""
    ) -> str:
        """Hand it over; the provider's own id of it. ``platform``: of a device, ``ios`` or ``android``.

        Raises:
            CommandError: the stage does not have the channel, or the provider refuses.
        """
        if channel not in self._senders:
            raise CommandError(
                f"the stage {self._cloud.stage} sends nothing by {channel}", "set the channel up in infra/stages.py"
            )
        outgoing = Outgoing(
            message=self._order(name, channel, purpose),
            channel=channel,
            addresses=(address,),
            content=_as_trial(content),
            platforms={address: platform} if platform else {},
            unsubscribe_url=self.links["unsubscribe"] if purpose is Purpose.MARKETING else None,
        )
        try:
            return self._senders[channel].send(outgoing).provider_id
        except CarillonError as error:
            code = error.context.get("code", "")
            raise CommandError(
                f"it was not sent: {error}", f"see what {channel}'s provider means by {code}" if code else "try again"
            ) from error

    def _order(self, name: str, channel: Channel, purpose: Purpose) -> Message:
        return Message(
            id=f"test-{uuid4().hex}",
            profile_id="",
            journey="",
            run_id="",
            step="",
            name=name,
            purpose=purpose,
            topic=None,
            channels=(channel,),
            decided_at=self._cloud.clock.now(),
        )

    def _require_identity(self, address: str) -> None:
        ascii_ = to_ascii(address)
        if not any(self._is_verified(identity) for identity in (ascii_, ascii_.rpartition("@")[2])):
            raise CommandError(
                "neither the address nor its domain is verified in the account's SES",
                f"`aws sesv2 create-email-identity --email-identity {address}` sends a link to click",
            )

    def _is_verified(self, identity: str) -> bool:
        try:
            return bool(self._ses.get_email_identity(EmailIdentity=identity).get("VerifiedForSendingStatus"))
        except ClientError as error:
            if error_code(error) in _NOT_FOUND:
                return False
            raise

    def _require_number(self, number: str) -> None:
        try:
            answer = self._cloud.sender("pinpoint-sms-voice-v2").describe_verified_destination_numbers(
                DestinationPhoneNumbers=[number]
            )
            found = {one["DestinationPhoneNumber"]: one["Status"] for one in answer["VerifiedDestinationNumbers"]}
        except ClientError as error:
            if error_code(error) not in _NOT_FOUND:
                raise
            found = {}
        if found.get(number) != "VERIFIED":
            raise CommandError(
                "the number is no verified destination in the account's End User Messaging",
                f"`aws pinpoint-sms-voice-v2 create-verified-destination-number --destination-phone-number {number}`, "
                "then send-destination-number-verification-code and verify-destination-number",
            )


def _as_trial(content: Content) -> Content:
    """A mail says in its subject that it is one; WhatsApp takes free words only from whom somebody wrote to lately."""
    if isinstance(content, EmailContent):
        return replace(content, subject=SUBJECT + content.subject)
    if isinstance(content, WhatsAppContent) and content.template:
        return replace(content, text="")
    return content
