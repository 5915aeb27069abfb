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
from infra.playbook.languages import read_languages
from infra.playbook.limits import MAX_COMPILED_BYTES
from infra.playbook.locale_money import money_table, parse_locale
from infra.playbook.messages import CompiledMessage, compile_messages
from infra.playbook.moves import lost_places
from infra.playbook.needs import unbegun, unprovided
from infra.playbook.pages import read_pages, read_texts
from infra.playbook.properties import misspelt_templates
from infra.playbook.sizes import oversized, twice_as_dear
from infra.playbook.source import CheckedSource, check_source, read_source
from shared.adapters.compiled_playbook import lines_of
from shared.adapters.money import MoneyFormat
from shared.adapters.playbook_files import read_yaml
from shared.adapters.templating import TemplateEnvironment
from shared.domain.playbook import digest_of
from shared.errors import PlaybookError, PlaybookFault, PlaybookWarning

_ROOT: Final = Path(__file__).resolve().parents[2]
_COMPILERS: Final = (
    *sorted((_ROOT / "infra").glob("mjml*.py")),
    *sorted((_ROOT / "infra").glob("playbook_*.py")),
    *sorted((_ROOT / "infra").glob("template_*.py")),
    *sorted((_ROOT / "infra").glob("locale_*.py")),
    *sorted((_ROOT / "infra").glob("page_*.py")),
    *sorted((_ROOT / "shared" / "domain").glob("*.py")),
    *(_ROOT / "shared" / "adapters" / f"{name}.py" for name in ("compiled_playbook", "playbook_lines", "templating")),
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
    plain, templates, warnings = compile_playbook(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        _write(fresh, plain | {"inputs": inputs}, templates)
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
            *oversized(checked.playbook, messages),
        )
    ]
    warnings = {*advise(checked), *compiled.warnings, *misspelt_templates(journeys, messages)}
    warnings |= set(twice_as_dear(messages))
    lost = [] if former is None else lost_places(former, checked)
    return Review(checked.source.plain, sorted({*checked.faults, *compiled.faults, *unread, *lost}), sorted(warnings))


def check_messages(playbook: Path) -> list[PlaybookFault]:
    """Every fault of the brand, the messages and the pages."""
    return _Compilation(playbook).faults


def compile_playbook(playbook: Path) -> tuple[dict[str, Any], dict[str, str], list[PlaybookWarning]]:
    """The artefact's plain values, its templates' Python by module file name, and what is probably not meant.

    Raises:
        PlaybookError: with every fault found.
    """
    compiled = _Compilation(playbook)
    review = _review(playbook, compiled)
    if review.faults:
        raise PlaybookError(review.faults)
    modules = compiled.modules()
    size = len(json.dumps(review.plain | compiled.plain)) + sum(map(len, modules.values()))
    if size > MAX_COMPILED_BYTES:
        message = f"compiles to {size:,} bytes; a playbook may have {MAX_COMPILED_BYTES:,}"
        raise PlaybookError([PlaybookFault(playbook.name, 1, "", message)])
    plain = review.plain | compiled.plain
    plain["version"] = digest_of({"plain": plain, "modules": modules})
    return plain, modules, review.warnings


def inputs_of(playbook: Path) -> str:
    """Names the artefact by what it is made of: every file of the playbook, and the code that compiles it."""
    digest = hashlib.sha256()
    files = [(path.relative_to(playbook).as_posix(), path) for path in _visible_files(playbook)]
    for name, path in [*files, *((path.name, path) for path in _COMPILERS)]:
        content = path.read_bytes()
        digest.update(f"{name}\n{len(content)}\n".encode() + content)
    digest.update(" ".join(version(library) for library in _LIBRARIES).encode())
    return digest.hexdigest()


class _Compilation:
    """The brand, the messages and the pages of a playbook, with every fault in them."""

    def __init__(self, playbook: Path) -> None:
        self._brand, brand_faults = read_brand(playbook)
        self._money = money_table(_locale_of(self._brand))
        self._environment = TemplateEnvironment(self._brand, MoneyFormat.from_dict(self._money))
        self._languages = read_languages(playbook, _locale_of(self._brand), _topics_of(playbook))
        texts = self._languages.texts
        self.messages, message_faults = compile_messages(playbook, self._brand, texts, self._environment)
        self._pages, page_faults = read_pages(playbook, self._brand, texts, self._environment)
        if self._pages:
            written = {name: text for message in self.messages.values() for name, text in message.templates.items()}
            self._languages.report_unread(read_texts(self._pages | written, self._environment))
        self.faults = sorted({*brand_faults, *message_faults, *page_faults, *self._languages.faults})

    @property
    def warnings(self) -> set[PlaybookWarning]:
        return {warning for message in self.messages.values() for warning in message.warnings}

    @property
    def plain(self) -> dict[str, Any]:
        return {
            "brand": self._brand,
            "language": self._languages.own,
            "languages": self._languages.catalogues,
            "money": self._money,
            "messages": {name: _plain_message(message) for name, message in self.messages.items()},
        }

    def modules(self) -> dict[str, str]:
        sources = dict(self._pages)
        for message in self.messages.values():
            sources |= message.templates
        return {
            ModuleLoader.get_module_filename(name): self._environment.compile(
                source, name, name, raw=True, defer_init=True
            )
            for name, source in sorted(sources.items())
        }


def _plain_message(message: CompiledMessage) -> dict[str, Any]:
    return {
        "title": message.title,
        "channels": [channel.value for channel in message.channels],
        "entry_fields": sorted(map(list, message.entry_fields)),
    }


def _locale_of(brand: Mapping[str, Any]) -> str:
    """The brand's locale, or while that is faulty any, so that the rest can be checked too."""
    try:
        parse_locale(brand["locale"])
    except (ValueError, TypeError, AttributeError):
        return "en"
    return str(brand["locale"])


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


def _write(folder: Path, plain: Mapping[str, Any], modules: Mapping[str, str]) -> None:
    (folder / "playbook.json").write_text(
        json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8"
    )
    (folder / "playbook.jsonl").write_text(lines_of(plain), "utf-8")
    (folder / "templates").mkdir()
    for name, code in modules.items():
        (folder / "templates" / name).write_text(code + "\n", "utf-8")


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
