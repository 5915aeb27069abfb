"""A mail as it travels: built whole where files go along with it.

Every line ends in CR LF and is at most 998 long, every octet is ASCII, and the same mail is the same bytes. Date and
Message-ID are left to SES, which sets its own whatever stands there.
"""

from collections.abc import Mapping, Sequence
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from hashlib import blake2b
from typing import Final

from shared.domain.channels.content import Attachment, EmailContent

_LONG: Final = 900


class _Policy(EmailPolicy):
    """Folds headers itself, all but those of MIME.

    Python folds a long link by encoding it, and no mail program finds a link in that; and its encoded words are longer
    than RFC 2047 lets them be.
    """

    def fold(self, name: str, value: str) -> str:
        if name.lower().startswith(("content-", "mime-")):
            return str(super().fold(name, value))
        if name.lower() == "from":
            return f"{name}: {_phrase(value.addresses[0])}{self.linesep}"  # type: ignore[attr-defined]
        return f"{name}: {_words(str(value), name)}{self.linesep}"

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii")


def _phrase(sender: Address) -> str:
    if sender.display_name.isascii():
        return str(sender)
    return f"{_words(sender.display_name, 'From')} <{sender.addr_spec}>"


def _words(text: str, header: str) -> str:
    """As it is, or in encoded words, on as many lines as they need."""
    if text.isascii() and len(text) <= _LONG:
        return text
    return Header(text, "utf-8", header_name=header).encode(linesep=SMTP.linesep, maxlinelen=74)


_POLICY: Final = _Policy(linesep=SMTP.linesep, cte_type="7bit", max_line_length=76)


def raw_mail(
    content: EmailContent, *, name: str, address: str, to: str, reply_to: str, headers: Mapping[str, str], seed: str
) -> bytes:
    """The mail with its attachments, from ``name`` at ``address``; both addresses are in ASCII.

    ``seed`` decides the boundaries, so that a repeated attempt is the same mail.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(display_name=name, addr_spec=address)
    mail["To"] = Address(addr_spec=to)
    if reply_to:
        mail["Reply-To"] = Address(addr_spec=reply_to)
    mail["Subject"] = content.subject
    for header, value in headers.items():
        mail[header] = value
    mail.set_content(content.text, cte="quoted-printable")
    mail.add_alternative(content.html, subtype="html", cte="quoted-printable")
    _show(mail, [one for one in content.attachments if one.content_id])
    for attachment in content.attachments:
        if not attachment.content_id:
            _attach(mail, attachment)
    parts = list(mail.walk())
    for part in parts[1:]:
        del part["MIME-Version"]  # it is said once, for the whole
    for number, part in enumerate(part for part in parts if part.is_multipart()):
        # Neither quoted-printable nor base64 can hold the first two characters.
        part.set_boundary(f"=_{blake2b(f'{seed}{number}'.encode(), digest_size=12).hexdigest()}")
    return mail.as_bytes()


def _show(mail: EmailMessage, pictures: Sequence[Attachment]) -> None:
    """Beside the HTML and within its alternative (RFC 2387): who reads the words gets no picture."""
    html = list(mail.iter_parts())[-1]
    for picture in pictures:
        kind, _, subtype = picture.media_type.partition("/")
        html.add_related(
            picture.content,
            kind,
            subtype,
            cid=f"<{picture.content_id}>",
            disposition="inline",
            filename=picture.name,
        )
    if pictures:
        html.set_param("type", "text/html")


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    media_type, *said = attachment.media_type.split("; ")
    kind, _, subtype = media_type.partition("/")
    mail.add_attachment(
        attachment.content,
        maintype=kind,
        subtype=subtype,
        filename=attachment.name,
        params=dict(parameter.split("=", 1) for parameter in said),
    )
