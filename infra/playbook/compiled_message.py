"""One message of the playbook, checked and compiled: what the rest of the build asks of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.playbook.mail_settings import MailSettings
from infra.playbook.template_needs import Need
from shared.domain.channels.content import Content
from shared.domain.consent.words import Channel
from shared.errors import PlaybookWarning


@dataclass(frozen=True, slots=True)
class Layout:
    """A mail's HTML, its Jinja set aside, and the files that it is made of by their names."""

    html: str
    sources: Mapping[str, str]


@dataclass(slots=True)
class CompiledMessage:
    """One message: what it is called, and its templates' Jinja by name.

    Attributes:
        languages: the tags of those it speaks, the brand's own first: its templates are then named
            ``messages/welcome/de/email.html``. Empty where it has but the brand's: ``messages/welcome/email.html``.
        entry_fields: what the templates read of the entry event, as (``properties`` or ``context``, field).
        example: the context with which every template was rendered, in the brand's own language.
        reads: the fields of the entry event that its files name, each where it first does.
        needs: those without which a template does not render.
        shared: the paths of the shared texts that are in its templates.
        coupons: what its templates may give.
        recommends: whether they show what the person may like.
        fallback_after: how long it may be silent before it goes on the next channel, where the message says so.
        utm: what its links say, where the message says so; false: nothing.
        sms_parts: how many parts a text may have at most, where the message says so.
        contents: what the channels without a layout carry in each language, rendered with the example; of a message
            without faults.
        written: where that is written: file and line.
        layouts: the mail in each language, as it was laid out; ``examples`` is the context to render it with.
        mail: what it says of its mail's envelope, and the files that go along.
        partner: whom its webhook tells; empty where it has none.
    """

    name: str
    title: str
    languages: list[str] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    templates: dict[str, str] = field(default_factory=dict)
    entry_fields: set[tuple[str, str]] = field(default_factory=set)
    example: Mapping[str, Any] = field(default_factory=dict)
    warnings: set[PlaybookWarning] = field(default_factory=set)
    reads: set[Need] = field(default_factory=set)
    needs: set[Need] = field(default_factory=set)
    shared: set[tuple[str, ...]] = field(default_factory=set)
    coupons: set[str] = field(default_factory=set)
    recommends: bool = False
    sms_parts: int | None = None
    fallback_after: str | None = None
    utm: Mapping[str, str] | bool | None = None
    contents: dict[tuple[str, Channel], Content] = field(default_factory=dict)
    written: dict[tuple[str, Channel], tuple[str, int]] = field(default_factory=dict)
    layouts: dict[str, Layout] = field(default_factory=dict)
    examples: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    mail: MailSettings = field(default_factory=MailSettings)
    partner: str = ""

    def path(self, tag: str, part: str) -> str:
        """The name of a part's template in one language."""
        return f"messages/{self.name}/{tag}/{part}" if self.languages else f"messages/{self.name}/{part}"

    def template(self, tag: str, part: str) -> str:
        """A part's Jinja in one language."""
        return self.templates[self.path(tag, part)]

    def language_of(self, template: str) -> str:
        """The tag of a template's language; empty where the message has but one."""
        return template.split("/")[2] if self.languages else ""
