"""Compiles the playbook for Lambda: its MJML and Jinja to Python modules, all the rest to JSON.

Pure of its inputs: the same files give the same bytes. An artefact that is already made of these inputs stays as it
is; a new one takes its place whole.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from jinja2 import ModuleLoader

from infra.playbook.advice import advise
from infra.playbook.brand import read_brand
from infra.playbook.compiled_message import CompiledMessage
from infra.playbook.coupons import unknown_coupons
from infra.playbook.languages import NAME, read_languages, unnamed_channels
from infra.playbook.limits import MAX_COMPILED_BYTES
from infra.playbook.link_lint import insecure_links
from infra.playbook.locales import Locales, locale_of
from infra.playbook.mail_lint import lint_mail, without_way_out
from infra.playbook.messages import compile_messages
from infra.playbook.moves import lost_places
from infra.playbook.needs import unbegun, unprovided
from infra.playbook.pages import read_pages, read_texts
from infra.playbook.properties import misspelt_templates
from infra.playbook.qr_check import misplaced_codes, small_codes
from infra.playbook.sizes import (
    heavy_webhooks,
    oversized,
    oversized_pushes,
    oversized_webhooks,
    twice_as_dear,
    unsendable,
)
from infra.playbook.source import CheckedSource, check_source, read_source
from shared.adapters.compiled_playbook import lines_of
from shared.adapters.mail_envelope import FILES
from shared.adapters.playbook_files import read_yaml
from shared.adapters.qr_codes import QR, QrCodes
from shared.domain.channels.utm import UTM
from shared.domain.language.step_reader import FALLBACK_AFTER
from shared.domain.playbook import digest_of
from shared.errors import PlaybookError, PlaybookFault, PlaybookWarning

_ROOT: Final = Path(__file__).resolve().parents[2]
_ADAPTERS: Final = (
    "calendar_file",
    "compiled_playbook",
    "mail_envelope",
    "playbook_artefact",
    "playbook_lines",
    "qr_codes",
    "templating",
)
_COMPILERS: Final = (
    *sorted((_ROOT / "infra" / "playbook").glob("*.py")),
    *sorted((_ROOT / "shared" / "domain").rglob("*.py")),
    *(_ROOT / "shared" / "adapters" / f"{name}.py" for name in _ADAPTERS),
)
_LIBRARIES: Final = ("babel", "jinja2", "mjml-python")


def build_playbook(source: Path, target: Path) -> list[PlaybookWarning]:
    """Compile the playbook in ``source`` into ``target``, unless that holds it already.

    Returns what is probably not meant; of an unchanged playbook, that has been said.

    Raises:
        PlaybookError: with every fault found; ``target`` is then as it was.
    """
    inputs = inputs_of(source)
    if _is_built(target, inputs):
        return []
    plain, templates, locales, files, warnings = _compile(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        _write(fresh, plain | {"inputs": inputs}, templates, locales, files)
        _replace(target, fresh)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return warnings


@dataclass(frozen=True, slots=True)
class Review:
    """What a playbook's folder holds, and all that is to be said about it."""

    plain: dict[str, Any]
    faults: list[PlaybookFault]
    warnings: list[PlaybookWarning]

    @property
    def findings(self) -> list[PlaybookFault | PlaybookWarning]:
        """Faults and warnings, in the order of the files."""
        found: list[PlaybookFault | PlaybookWarning] = [*self.faults, *self.warnings]
        return sorted(found, key=lambda finding: (finding.file, finding.line, finding.path, finding.message))


def review_playbook(playbook: Path, former: CheckedSource | None = None) -> Review:
    """The whole playbook, checked: every fault and every warning, each in the order of the files.

    ``former``: the one whose place it takes, so that people in flight must be able to move where a journey says so.
    """
    return _review(playbook, _Compilation(playbook), former)


def _review(playbook: Path, compiled: "_Compilation", former: CheckedSource | None = None) -> Review:
    checked = check_source(read_source(playbook))
    if not playbook.is_dir():
        return Review(checked.source.plain, checked.faults, [])
    journeys, messages = checked.source.plain["journeys"], compiled.messages
    unread = [
        checked.source.fault(*found)
        for found in (
            *unprovided(journeys, messages),
            *unbegun(checked.playbook, messages),
        )
    ]
    unread += unknown_coupons(playbook, messages, checked.source.plain.get("coupons") or ())
    warnings = {*advise(checked), *compiled.warnings, *misspelt_templates(journeys, messages)}
    warnings |= {*twice_as_dear(messages), *heavy_webhooks(messages)}
    unfit = {
        *oversized(checked.playbook, messages),
        *oversized_pushes(messages),
        *oversized_webhooks(messages),
        *unsendable(messages),
        *insecure_links(messages),
        *compiled.unnamed_channels,
        *misplaced_codes(playbook, messages, compiled.environment),
        *without_way_out(checked.playbook, messages, compiled.environment),
    }
    lost = [] if former is None else lost_places(former, checked)
    return Review(
        checked.source.plain, sorted({*checked.faults, *compiled.faults, *unread, *unfit, *lost}), sorted(warnings)
    )


def check_messages(playbook: Path) -> list[PlaybookFault]:
    """Every fault of the brand, the messages and the pages."""
    return _Compilation(playbook).faults


def _compile(
    playbook: Path,
) -> tuple[dict[str, Any], dict[str, str], dict[str, Any], dict[str, bytes], list[PlaybookWarning]]:
    """The artefact's plain values, its templates' Python by module file name, its locales, its attachments, warnings.

    Raises:
        PlaybookError: with every fault found.
    """
    compiled = _Compilation(playbook)
    review = _review(playbook, compiled)
    if review.faults:
        raise PlaybookError(review.faults)
    modules, locales, files = compiled.modules(), compiled.locales(), compiled.files
    size = len(json.dumps([review.plain | compiled.plain, locales]))
    size += sum(map(len, [*modules.values(), *files.values()]))
    if size > MAX_COMPILED_BYTES:
        message = f"compiles to {size:,} bytes; a playbook may have {MAX_COMPILED_BYTES:,}"
        raise PlaybookError([PlaybookFault(playbook.name, 1, "", message)])
    plain = review.plain | compiled.plain
    attached = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    plain["version"] = digest_of({"plain": plain, "modules": modules, "locales": locales, "files": attached})
    return plain, modules, locales, files, review.warnings


def inputs_of(playbook: Path) -> str:
    """Names the artefact by what it is made of: every file of the playbook, and the code that compiles it."""
    digest = hashlib.sha256()
    files = [(path.relative_to(playbook).as_posix(), path) for path in _visible_files(playbook)]
    for name, path in [*files, *((path.relative_to(_ROOT).as_posix(), path) for path in _COMPILERS)]:
        content = path.read_bytes()
        digest.update(f"{name}\n{len(content)}\n".encode() + content)
    digest.update(" ".join(version(library) for library in _LIBRARIES).encode())
    return digest.hexdigest()


class _Compilation:
    """The brand, the messages and the pages of a playbook, with every fault in them."""

    def __init__(self, playbook: Path) -> None:
        self._brand, brand_faults = read_brand(playbook)
        self._locales = Locales(self._brand)
        self._modules: dict[str, str] = {}
        self._languages = read_languages(playbook, locale_of(self._brand), _topics_of(playbook))
        self._own = self._languages.own or self._locales.brands
        self.environment = environment = self._locales[self._own].environment
        self.messages, message_faults = compile_messages(playbook, self._brand, self._languages, self._locales)
        self._pages, page_faults = read_pages(playbook, self._brand, self._languages.texts, environment)
        if self._pages:
            written = {name: text for message in self.messages.values() for name, text in message.templates.items()}
            in_messages = frozenset[tuple[str, ...]]().union(*(message.shared for message in self.messages.values()))
            self._languages.report_unread(read_texts(self._pages | written, environment) | in_messages)
        unfit = () if message_faults or brand_faults else self._unfit_mails()
        self.faults = sorted({*brand_faults, *message_faults, *page_faults, *self._languages.faults, *unfit})

    def _unfit_mails(self) -> Iterator[PlaybookFault]:
        for message in self.messages.values():
            for tag, layout in message.layouts.items():
                name, codes = message.path(tag, "email.html"), QrCodes()
                code = compile(self._python(name, message.templates[name], tag), name, "exec")
                example = {**message.examples[tag], QR: codes.address}
                rendered = self._locales[tag].environment.rendered(code, example)
                yield from lint_mail(layout.html, rendered, layout.sources, self._brand)
                yield from small_codes(rendered, codes.pictures, layout.sources)

    @property
    def unnamed_channels(self) -> list[PlaybookFault]:
        used = {channel for message in self.messages.values() for channel in message.channels}
        return unnamed_channels(self._languages, used)

    @property
    def warnings(self) -> set[PlaybookWarning]:
        return {warning for message in self.messages.values() for warning in message.warnings}

    @property
    def plain(self) -> dict[str, Any]:
        return {
            "brand": self._brand,
            "language": self._own,
            "languages": {tag: texts.get(NAME, tag) for tag, texts in self._languages.catalogues.items()},
            "messages": {name: _plain_message(message) for name, message in self.messages.items()},
        }

    @property
    def files(self) -> dict[str, bytes]:
        """What goes along with mails, by its path in the artefact."""
        return {
            f"{FILES}/{message}/{name}": content
            for message, compiled in self.messages.items()
            for name, content in compiled.mail.files.items()
        }

    def modules(self) -> dict[str, str]:
        """Each template's Python, compiled for its language: Jinja writes out what does not change."""
        sources = dict.fromkeys(self._pages, self._own)
        written = dict(self._pages)
        for message in self.messages.values():
            sources |= {name: message.language_of(name) or self._own for name in message.templates}
            written |= message.templates
        return {
            ModuleLoader.get_module_filename(name): self._python(name, written[name], tag)
            for name, tag in sorted(sources.items())
        }

    def _python(self, name: str, text: str, tag: str) -> str:
        if name not in self._modules:
            self._modules[name] = self._locales[tag].environment.python_of(text, name)
        return self._modules[name]

    def locales(self) -> dict[str, Any]:
        """What each language needs when something is rendered in it, by its tag."""
        spoken = {self._own, *self._languages.catalogues}
        spoken |= {tag for message in self.messages.values() for tag in message.languages}
        return {tag: self._locale(tag) for tag in sorted(spoken)}

    def _locale(self, tag: str) -> dict[str, Any]:
        table = self._locales[tag].table
        texts = self._languages.catalogues.get(self._languages.nearest(tag) or self._languages.own, {})
        return table | {"text": {**texts, "dates": table["dates"]} if texts else {}}


def _plain_message(message: CompiledMessage) -> dict[str, Any]:
    return {
        "title": message.title,
        "languages": message.languages,
        "channels": [channel.value for channel in message.channels],
        "entry_fields": sorted(map(list, message.entry_fields)),
        **({FALLBACK_AFTER: message.fallback_after} if message.fallback_after else {}),
        **({UTM: message.utm} if message.utm is not None else {}),
        **({"mail": message.mail.plain} if message.mail.plain else {}),
        **({"coupons": sorted(message.coupons)} if message.coupons else {}),
        **({"webhook": message.partner} if message.partner else {}),
        **({"recommends": True} if message.recommends else {}),
    }


def _topics_of(playbook: Path) -> Set[str] | None:
    """The policy's topics; ``None`` where it cannot be read, which is reported elsewhere."""
    if not (playbook / "policy.yaml").is_file():
        return frozenset()
    try:
        policy = read_yaml(playbook / "policy.yaml", "policy.yaml").value
    except PlaybookError:
        return None
    topics = policy.get("topics") if isinstance(policy, dict) else None
    return topics.keys() if isinstance(topics, dict) else None


def _visible_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _is_built(target: Path, inputs: str) -> bool:
    try:
        return bool(json.loads((target / "playbook.json").read_bytes())["inputs"] == inputs)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _write(
    folder: Path,
    plain: Mapping[str, Any],
    modules: Mapping[str, str],
    locales: Mapping[str, Any],
    files: Mapping[str, bytes],
) -> None:
    (folder / "playbook.json").write_text(_json(plain), "utf-8")
    (folder / "locales").mkdir()
    for tag, locale in locales.items():
        (folder / "locales" / f"{tag}.json").write_text(_json(locale), "utf-8")
    (folder / "playbook.jsonl").write_text(lines_of(plain), "utf-8")
    (folder / "templates").mkdir()
    for name, code in modules.items():
        (folder / "templates" / name).write_text(code + "\n", "utf-8")
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _replace(target: Path, fresh: Path) -> None:
    """Put the fresh folder in the target's place; of two builds at once, one stays, whole."""
    fresh.chmod(0o755)
    while True:
        try:
            fresh.rename(target)
        except OSError:
            if not target.exists():
                raise
            old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
            try:
                target.rename(old / target.name)
            except FileNotFoundError:
                pass  # another build moved it first
            finally:
                shutil.rmtree(old, ignore_errors=True)
        else:
            return
