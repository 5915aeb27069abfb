"""A playbook's folder, read and checked: every fault of every file at once, and the plain values that run.

``check_playbook`` is what ``carillon check`` prints, what the build refuses, and what makes ``cdk synth`` fail.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from infra.playbook.brand import read_brand
from infra.playbook.limits import overfull_folders, overlong_conditions, overlong_files
from infra.playbook.message_words import spoken_channels
from infra.playbook.reach import unreached
from infra.playbook.webhooks import FILE as WEBHOOK_FILE
from infra.playbook.webhooks import partner_of
from shared.adapters.playbook_files import YamlFile, read_yaml
from shared.domain.consent.words import Channel
from shared.domain.language import reading
from shared.domain.language.coupon_reader import FILE as COUPONS
from shared.domain.language.coupon_reader import read_offers
from shared.domain.language.partner_reader import FILE as PARTNERS_FILE
from shared.domain.language.reading import Faults
from shared.domain.language.step_reader import FALLBACK_AFTER
from shared.domain.playbook import BRAND_FILE, Playbook, read_playbook
from shared.errors import PlaybookError, PlaybookFault, PlaybookWarning

CHANNEL_FILES: Final[Mapping[str, Channel]] = {
    "email.mjml": Channel.EMAIL,
    "sms.txt": Channel.SMS,
    "push.yaml": Channel.PUSH,
    "whatsapp.yaml": Channel.WHATSAPP,
    WEBHOOK_FILE: Channel.WEBHOOK,
}
"""A message can go on a channel for which it has a file, or words."""

_FILES: Final = (BRAND_FILE, "policy.yaml", COUPONS, PARTNERS_FILE)
_FOLDERS: Final = ("journeys", "segments", "messages", "partials", "pages")


@dataclass(slots=True)
class PlaybookSource:
    """What a playbook's folder holds.

    Attributes:
        plain: ``brand``, ``policy``, ``journeys``, ``segments``, ``messages`` (with their ``channels``, and whom a
            ``webhook`` tells) and, where there are any, ``coupons`` and ``webhooks``: the partners.
        files: the YAML files that could be read, by their path in the playbook.
        faults: everything wrong with the folder and with single files.
    """

    plain: dict[str, Any]
    files: dict[str, YamlFile] = field(default_factory=dict)
    faults: list[PlaybookFault] = field(default_factory=list)

    def fault(self, name: str, path: tuple[str, ...], message: str, *, key: str = "") -> PlaybookFault:
        """A fault at a path of a file; with ``key``, on the line of that key of it."""
        return PlaybookFault(name, self._line(name, (*path, key) if key else path), ".".join(path), message)

    def warning(self, name: str, path: tuple[str, ...], message: str) -> PlaybookWarning:
        return PlaybookWarning(name, self._line(name, path), ".".join(path), message)

    def _line(self, name: str, path: tuple[str, ...]) -> int:
        return self.files[name].line_of(path) if name in self.files else 1


@dataclass(frozen=True, slots=True)
class CheckedSource:
    """A folder, the playbook it makes, and what is wrong with it; with faults the playbook is not to be run."""

    source: PlaybookSource
    playbook: Playbook
    faults: list[PlaybookFault]


def read_source(directory: Path) -> PlaybookSource:
    """Read the folder; nothing is raised, everything wrong is noted."""
    source = PlaybookSource({"brand": {}, "policy": {}, "journeys": {}, "segments": {}, "messages": {}})
    if not directory.is_dir():
        source.faults.append(PlaybookFault(directory.name, 1, "", "there is no such folder"))
        return source
    _check_names(directory, source)
    source.plain["brand"], brand_faults = read_brand(directory)
    source.faults.extend(brand_faults)
    if not brand_faults:
        source.files[BRAND_FILE] = read_yaml(directory / BRAND_FILE, BRAND_FILE)  # for the lines of what is read later
    if (directory / "policy.yaml").is_file():
        source.plain["policy"] = _read(directory, "policy.yaml", source)
    if (directory / COUPONS).is_file():
        source.plain["coupons"] = _read(directory, COUPONS, source)
    if (directory / PARTNERS_FILE).is_file():
        source.plain["webhooks"] = _read(directory, PARTNERS_FILE, source)
    for folder in ("journeys", "segments"):
        for file in sorted((directory / folder).glob("*.yaml")):
            source.plain[folder][file.stem] = _read(directory, f"{folder}/{file.name}", source)
    for message in sorted((directory / "messages").glob("*")):
        if message.is_dir() and not message.name.startswith((".", "_")):
            channels = sorted(
                {channel for name, channel in CHANNEL_FILES.items() if (message / name).is_file()}
                | spoken_channels(message)
            )
            partner = partner_of(message)
            source.plain["messages"][message.name] = {
                "channels": [channel.value for channel in channels],
                **_fallback_of(message),
                **({"webhook": partner} if partner else {}),
            }
    limits = (*overlong_files(directory), *overfull_folders(source.plain))
    source.faults.extend(PlaybookFault(name, 1, "", message) for name, message in limits)
    return source


def _fallback_of(message: Path) -> Mapping[str, str]:
    """What a message's settings say that journeys go by; what is wrong with them is told with the message."""
    if not (message / "message.yaml").is_file():
        return {}
    try:
        value = read_yaml(message / "message.yaml", "message.yaml").value
    except PlaybookError:
        return {}
    after = value.get(FALLBACK_AFTER) if isinstance(value, dict) else None
    return {FALLBACK_AFTER: after} if isinstance(after, str) else {}


def check_playbook(
    directory: Path, *, check_messages: Callable[[Path], list[PlaybookFault]] | None = None
) -> tuple[dict[str, Any], list[PlaybookFault]]:
    """The plain values, and every fault of the playbook in the order of its files."""
    checked = check_source(read_source(directory))
    faults = checked.faults
    if check_messages is not None and directory.is_dir():
        faults = [*faults, *check_messages(directory)]
    return checked.source.plain, sorted(set(faults))


def check_source(source: PlaybookSource) -> CheckedSource:
    """What the folder holds, read; with every fault but those of the messages."""
    playbook, found = read_playbook(source.plain)
    faults = source.faults + [source.fault(name, path, message, key=key) for name, (path, message, key) in found]
    offers = Faults()
    read_offers(source.plain.get("coupons"), offers)
    faults += [source.fault(COUPONS, path, message, key=key) for path, message, key in offers]
    for name, journey in playbook.journeys.items():
        file = f"journeys/{name}.yaml"
        faults += [
            source.fault(file, path, message) for path, message in unreached(journey, source.plain["journeys"][name])
        ]
    for folder in ("journeys", "segments"):
        for name, value in source.plain[folder].items():
            file = f"{folder}/{name}.yaml"
            faults += [source.fault(file, path, message) for path, message in overlong_conditions(value)]
    return CheckedSource(source, playbook, faults)


def _check_names(directory: Path, source: PlaybookSource) -> None:
    known = (*_FILES, *_FOLDERS)
    for entry in sorted(directory.iterdir()):
        if not entry.name.startswith(".") and entry.name not in known:
            hint = reading.suggestion(entry.name, known)
            source.faults.append(PlaybookFault(entry.name, 1, "", f"unknown: a playbook has {', '.join(known)}{hint}"))
    for folder in ("journeys", "segments"):
        for entry in sorted((directory / folder).glob("*")):
            if entry.suffix != ".yaml" and not entry.name.startswith("."):
                name = f"{folder}/{entry.name}"
                source.faults.append(PlaybookFault(name, 1, "", f"unknown: {folder} are files that end in .yaml"))


def _read(directory: Path, name: str, source: PlaybookSource) -> Any:
    """The file's value, ``None`` where it is absent, empty or faulty."""
    if not (directory / name).is_file():
        return None
    try:
        file = read_yaml(directory / name, name)
    except PlaybookError as error:
        source.faults.extend(error.faults)
        return None
    source.files[name] = file
    if file.value is None:
        source.faults.append(PlaybookFault(name, 1, "", "the file is empty"))
    return file.value
