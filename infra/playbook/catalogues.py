"""Reads a folder of catalogues: the same texts in several languages, one file a language, named by its tag.

The catalogue of the brand's own language says which texts there are; every other must have just these, with the same
placeholders.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from infra.playbook.locale_money import parse_locale
from shared.adapters.playbook_files import YamlFile, read_yaml
from shared.adapters.templating import placeholders
from shared.domain.language.reading import suggestion
from shared.errors import PlaybookError, PlaybookFault

MAX_LANGUAGES: Final = 60

Texts: TypeAlias = Mapping[tuple[str, ...], str]
"""Each text by its path."""

_BRACE: Final = re.compile(r"[{}]")
_PLACEHOLDER: Final = re.compile(r"\{[a-z_]+\}")


def plain_literals(text: str) -> str:
    """What of a text is no code: all of it, where no code may stand in it."""
    return text


def catalogue_files(playbook: Path, folder: str, faults: list[PlaybookFault]) -> dict[str, YamlFile]:
    """The folder's catalogues by their tags."""
    files: dict[str, YamlFile] = {}
    paths = [path for path in sorted((playbook / folder).glob("*")) if not path.name.startswith(".")]
    if len(paths) > MAX_LANGUAGES:
        faults.append(PlaybookFault(folder, 1, "", f"{len(paths)} languages; there may be {MAX_LANGUAGES}"))
        return {}
    for path in paths:
        name = path.relative_to(playbook).as_posix()
        try:
            locale = parse_locale(path.stem)
        except ValueError:
            locale = None
        if path.suffix != ".yaml" or locale is None or str(locale).replace("_", "-") != path.stem:
            message = 'a catalogue is named by its language: "de.yaml", "pt-BR.yaml"'
            faults.append(PlaybookFault(name, 1, "", message))
            continue
        try:
            file = read_yaml(path, name)
        except PlaybookError as error:
            faults.extend(error.faults)
            continue
        if not isinstance(file.value, dict):
            faults.append(file.fault((), "a mapping of texts, beginning with `language: …`"))
            continue
        files[path.stem] = file
    return files


def own_language(locale: str, folder: str, tags: Collection[str], faults: list[PlaybookFault]) -> str:
    """The tag of the brand's locale, or of its language; empty, and a fault, where there is neither."""
    language = parse_locale(locale).language
    own = next((tag for tag in (locale, language) if tag in tags), "")
    if not own:
        message = f'missing: the locale of brand.yaml is "{locale}", and its language is what the others are held to'
        faults.append(PlaybookFault(f"{folder}/{language}.yaml", 1, "", message))
    return own


def texts_of(
    file: YamlFile,
    faults: list[PlaybookFault],
    *,
    but: Collection[str] = (),
    literals: Callable[[str], str] = plain_literals,
) -> dict[tuple[str, ...], str]:
    """Each text of the file by its path; what is none is a fault. ``but``: keys at its top that hold no texts."""
    found: dict[tuple[str, ...], str] = {}

    def walk(value: object, path: tuple[str, ...]) -> None:
        if isinstance(value, dict):
            for key, below in value.items():
                walk(below, (*path, key))
        elif not isinstance(value, str) or not value.strip():
            faults.append(file.fault(path, "expected a text; numbers, and words like true, stand in quotes"))
        else:
            if _BRACE.search(_PLACEHOLDER.sub("", literals(value))):
                faults.append(file.fault(path, "a placeholder is a name in braces, like {shop}"))
            found[path] = value

    for key, value in file.value.items():
        if key not in but:
            walk(value, (key,))
    return found


def differences(
    file: YamlFile,
    texts: Texts,
    reference: Texts,
    name: str,
    *,
    literals: Callable[[str], str] = plain_literals,
) -> Iterator[PlaybookFault]:
    """What the catalogue lacks, has too many, or fills in otherwise than the brand's own, which is called ``name``."""
    known = [".".join(path) for path in reference]
    for path in reference:
        if path not in texts:
            yield file.fault(path[:-1], f"`{path[-1]}` is missing; in {name} it is {_quoted(reference[path])}")
    for path, text in texts.items():
        if path not in reference:
            yield file.fault(path, f"{name} has no such text{suggestion('.'.join(path), known)}")
            continue
        wanted, given = placeholders(literals(reference[path])), placeholders(literals(text))
        for placeholder in sorted(wanted - given):
            yield file.fault(path, f"lacks {{{placeholder}}}, which {name} has here")
        for placeholder in sorted(given - wanted):
            yield file.fault(path, f"{{{placeholder}}} means nothing here{suggestion(placeholder, wanted)}")


def nested(texts: Texts) -> dict[str, Any]:
    """The texts as a template finds them: ``text.hello.lead``."""
    found: dict[str, Any] = {}
    for path, text in texts.items():
        below = found
        for key in path[:-1]:
            below = below.setdefault(key, {})
        below[path[-1]] = text
    return found


def _quoted(text: str) -> str:
    return f"“{text if len(text) <= 60 else text[:59] + '…'}”"
