"""The catalogues of the pages: the same texts in every language, and nothing that no page shows."""

from pathlib import Path

import pytest

from infra.playbook.build import build_playbook, check_messages
from infra.playbook.locale_dates import date_table
from shared.adapters.renderer import JinjaRenderer
from shared.domain.consent.words import Channel
from tests.conftest import SHIPPED_PLAYBOOK

PAGE = "<p>{{ text.hello.lead | fill(shop=brand.name) }}</p><i>{{ text.channels[channel].by }}</i>"
ENGLISH = "language: English\nhello:\n  lead: Hello from {shop}\nchannels:\n  email: {by: by email}\n"
GERMAN = "language: Deutsch\nhello:\n  lead: Hallo von {shop}\nchannels:\n  email: {by: per E-Mail}\n"


def a_playbook(folder: Path, **files: str) -> Path:
    """A playbook with one page in two languages, some of its files (``de``, ``en``, ``page``) in other words."""
    written = {
        "brand.yaml": "name: Shop\nlocale: en-IE\nlinks: {shop: https://shop.example/}\n",
        "policy.yaml": "topics:\n  news: {title: News}\n",
        "pages/hello.html": files.get("page", PAGE),
        "pages/languages/en.yaml": files.get("en", ENGLISH),
        "pages/languages/de.yaml": files.get("de", GERMAN),
    }
    for name, text in written.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def faults(playbook: Path) -> list[str]:
    return [str(fault).removeprefix("pages/languages/") for fault in check_messages(playbook)]


def test_a_page_speaks_each_language(tmp_path: Path) -> None:
    build_playbook(a_playbook(tmp_path / "source"), tmp_path / "target")
    pages = JinjaRenderer(tmp_path / "target")

    assert pages.languages() == ["en", "de"]
    assert pages.page("hello", "de", {"channel": "email"}) == "<p>Hallo von Shop</p><i>per E-Mail</i>"
    assert pages.page("hello", "en", {"channel": "email"}) == "<p>Hello from Shop</p><i>by email</i>"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"de": GERMAN.replace("lead:", "lede:")}, [
            "de.yaml:2: hello: `lead` is missing; in pages/languages/en.yaml it is “Hello from {shop}”",
            'de.yaml:3: hello.lede: pages/languages/en.yaml has no such text, did you mean "hello.lead"?',
        ]),
        ({"de": GERMAN.replace("von {shop}", "dort")}, [
            "de.yaml:3: hello.lead: lacks {shop}, which pages/languages/en.yaml has here",
        ]),
        ({"de": GERMAN.replace("{shop}", "{shop}, {name}")}, ["de.yaml:3: hello.lead: {name} means nothing here"]),
        ({"de": GERMAN.replace("{shop}", "{shop")}, [
            "de.yaml:3: hello.lead: a placeholder is a name in braces, like {shop}",
            "de.yaml:3: hello.lead: lacks {shop}, which pages/languages/en.yaml has here",
        ]),
        ({"de": GERMAN.replace("per E-Mail", "12")}, [
            "de.yaml:5: channels.email: `by` is missing; in pages/languages/en.yaml it is “by email”",
            "de.yaml:5: channels.email.by: expected a text; numbers, and words like true, stand in quotes",
        ]),
        ({"de": GERMAN.replace("language: Deutsch\n", "")}, [
            "de.yaml:1: `language` is missing: what the language calls itself",
        ]),
        ({"de": GERMAN + "topics: {newz: Neues}\n"}, [
            'de.yaml:6: topics: policy.yaml has no topic "newz", did you mean "news"?',
        ]),
        ({"de": GERMAN + "topics: [news]\n"}, [
            "de.yaml:6: topics: a mapping of topics to their titles in this language",
        ]),
        ({"de": "- a\n"}, ["de.yaml:1: a mapping of texts, beginning with `language: …`"]),
        ({"de": "a: &b c\n"}, ["de.yaml:1: anchor &b: write the value out where it is used"]),
        ({"en": ENGLISH + "bye: Bye\n", "de": GERMAN + "bye: Tschüss\n"}, ["en.yaml:6: bye: no page shows this text"]),
        ({"page": PAGE.replace("lead", "led")}, [
            'pages/hello.html:1: pages are given no "text.hello.led", did you mean "lead"?',
            "en.yaml:3: hello.lead: no page shows this text",
        ]),
        ({"page": PAGE.replace("shop=brand.name", "")}, ["pages/hello.html:1: KeyError with example.json: 'shop'"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_language_is_said(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    found = faults(a_playbook(tmp_path, **files))

    assert sorted(found) == sorted(expected)


def test_the_brands_own_language_is_what_the_others_are_held_to(tmp_path: Path) -> None:
    playbook = a_playbook(tmp_path)
    (playbook / "pages/languages/en.yaml").unlink()

    assert (
        'en.yaml:1: missing: the locale of brand.yaml is "en-IE", and its language is what the others are held to'
    ) in faults(playbook)


@pytest.mark.parametrize("name", ["german.yaml", "de_AT.yaml", "de.yml", "it.txt"])
def test_a_catalogue_is_named_by_its_language(tmp_path: Path, name: str) -> None:
    playbook = a_playbook(tmp_path)
    (playbook / "pages/languages" / name).write_text(GERMAN)

    assert faults(playbook) == [f'{name}:1: a catalogue is named by its language: "de.yaml", "pt-BR.yaml"']


def test_a_language_names_the_topics_in_its_own_words_or_leaves_them_as_they_are(artefact: Path) -> None:
    pages = JinjaRenderer(artefact)

    assert pages.title("news", "de") == "Neues aus der Werkstatt"
    assert pages.title("news", "en") == "News from the workshop"
    assert pages.title("no longer there", "de") == "no longer there"
    assert pages.title(None, "de") == ""


def test_what_is_agreed_to_is_said_in_full(artefact: Path) -> None:
    words = JinjaRenderer(artefact).agreement("de", "preferences", "news", Channel.EMAIL)

    assert words.startswith("Neues aus der Werkstatt\nper E-Mail\nMit einem Häkchen")
    assert "{" not in words


def test_the_shipped_languages_are_english_german_and_french() -> None:
    assert {path.stem for path in (SHIPPED_PLAYBOOK / "pages/languages").iterdir()} == {"en", "de", "fr"}
    assert check_messages(SHIPPED_PLAYBOOK) == []


@pytest.mark.parametrize(
    ("tag", "pattern", "may"),
    [
        ("en-IE", "{day} {month} {year}", "May"),
        ("en-US", "{month} {day}, {year}", "May"),
        ("de", "{day}. {month} {year}", "Mai"),
        ("pt-BR", "{day} de {month} de {year}", "maio"),
        ("fi", "{day}. {month} {year}", "toukokuuta"),
    ],
)
def test_a_day_is_written_as_people_there_write_it(tag: str, pattern: str, may: str) -> None:
    table = date_table(tag)

    assert (table["pattern"], table["months"][4]) == (pattern, may)
