"""The playbook's YAML: the 1.2 core schema and nothing more, each fault on its line."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.playbook_files import MAX_BYTES, MAX_DEPTH, YamlFile, read_yaml
from shared.errors import PlaybookError, PlaybookFault


def write(folder: Path, content: str | bytes) -> Path:
    file = folder / "j.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def faults(folder: Path, content: str | bytes) -> list[tuple[int, str]]:
    with pytest.raises(PlaybookError) as raised:
        read_yaml(write(folder, content), "journeys/j.yaml")
    assert all(fault.file == "journeys/j.yaml" for fault in raised.value.faults)
    return [(fault.line, fault.message) for fault in raised.value.faults]


def value_of(folder: Path, content: str | bytes) -> Any:
    return read_yaml(write(folder, content), "j.yaml").value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("NO", "NO"),
        ("y", "y"),
        ("20:00", "20:00"),
        ("1:30:00", "1:30:00"),
        ("2026-11-02", "2026-11-02"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("-7", -7),
        ("+7", 7),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("TRUE", True),
        ("tRue", "tRue"),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("'20'", "20"),
        ('"true"', "true"),
        ('"\\u00e9"', "é"),
        ("7 days", "7 days"),
        ("5%", "5%"),
        ("=", "="),
        ("<<", "<<"),
        ("١", "١"),
        ("[on, 1, {a: no}]", ["on", 1, {"a": "no"}]),
        ("|\n  two\n  lines\n", "two\nlines\n"),
        (">\n  folded\n  line\n", "folded line\n"),
    ],
)
def test_a_plain_value_is_read_by_the_core_schema(tmp_path: Path, text: str, value: Any) -> None:
    found = value_of(tmp_path, f"x: {text}\n")["x"]
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize("key", ["on", "NO", "20", "true", "null", "1.0", "2026-11-02"])
def test_a_key_is_always_a_word(tmp_path: Path, key: str) -> None:
    assert value_of(tmp_path, f"{key}: 1\n") == {key: 1}


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 'the key "a" stands twice'),
        ("a:\n  - b: 1\n    c: 2\n    b: 3\n", 4, 'the key "b" stands twice'),
        ('"a": 1\na: 2\n', 2, 'the key "a" stands twice'),
        ("a: !!str 5\n", 1, "tag tag:yaml.org,2002:str: plain values need none"),
        ("a: 1\nb: !secret x\n", 2, "tag !secret: plain values need none"),
        ("a: ! x\n", 1, "tag !: plain values need none"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "plain values need none"),
        ("a: &x 1\n", 1, "anchor &x: write the value out where it is used"),
        ("a: &x [1]\nb: *x\n", 2, "alias *x: write the value out"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", 3, "alias *x: write the value out"),
        ("a: 1\n---\nb: 2\n", 2, "a second document: one file holds one"),
        ("a: 1\n...\nb: 2\n", 3, "a second document: one file holds one"),
        ("a: .inf\n", 1, ".inf: a number must be finite"),
        ("a: 1e999\n", 1, "1e999: a number must be finite"),
        ("a: .nan\n", 1, ".nan: a number must be finite"),
        ("? [a, b]\n: 1\n", 1, "a key is a word, not a list or a mapping"),
        ("a: b: c\n", 1, 'not YAML: a ":" where none can stand'),
        ("a: 1\n\tb: 2\n", 2, "not YAML: a tab: indent with spaces"),
        ("a: [1, 2\n", 2, "not YAML: a list in brackets is never closed"),
        ('a: 1\nb: "x\n', 3, "not YAML: a quotation mark is never closed"),
        ("a: 1\n  b: 2\n", 2, "not YAML"),
        ("a: 1\nb: @x\n", 2, 'not YAML: text that begins with "@" stands in quotes'),
        (b"a: 1\nb: \xff\xfe\n", 2, "not UTF-8: save the file as UTF-8"),
        ("a: é\n".encode("utf-16"), 1, "not UTF-8: save the file as UTF-8"),
        ("a: é\n".encode("latin-1"), 1, "not UTF-8: save the file as UTF-8"),
        (b"a: 1\x00\n", 1, "not YAML"),
        (b"a: 1\nb: \x07\n", 2, "not YAML: the character U+0007 has no place in a file"),
        (b"x" * (MAX_BYTES + 1), 1, "1,000,001 bytes; a file may have 1,000,000"),
    ],
)
def test_what_is_more_than_plain_values_is_refused_on_its_line(
    tmp_path: Path, content: str | bytes, line: int, message: str
) -> None:
    found = faults(tmp_path, content)
    assert any(at == line and message in told for at, told in found), found


def test_everything_refused_is_told_at_once(tmp_path: Path) -> None:
    content = "a: &x 1\nb: *x\nc: !y z\n---\nd: 1\n"
    assert [line for line, _ in faults(tmp_path, content)] == [1, 2, 3, 4]


@pytest.mark.parametrize(("depth", "allowed"), [(MAX_DEPTH, True), (MAX_DEPTH + 1, False), (20_000, False)])
def test_more_levels_than_anyone_needs_are_refused(tmp_path: Path, depth: int, allowed: bool) -> None:
    content = "[" * depth + "]" * depth
    if allowed:
        assert isinstance(value_of(tmp_path, content), list)
    else:
        assert faults(tmp_path, content) == [(1, f"more than {MAX_DEPTH} levels")]


def test_a_byte_order_mark_and_windows_line_ends_are_no_matter(tmp_path: Path) -> None:
    assert value_of(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: two\r\n") == {"a": 1, "b": "two"}


@pytest.mark.parametrize("content", ["", "\n", "# only a comment\n", "---\n"])
def test_a_file_without_a_value_is_nothing(tmp_path: Path, content: str) -> None:
    assert value_of(tmp_path, content) is None


def test_every_value_knows_its_line(tmp_path: Path) -> None:
    content = "title: x\nsteps:\n  - wait: 1 hour\n  - send: a\n    via: [email,\n          sms]\n  -\n    exit: b\n"
    file = read_yaml(write(tmp_path, content), "j.yaml")
    lines = {".".join(path): line for path, line in file.lines.items()}
    assert lines == {
        "": 1,
        "title": 1,
        "steps": 2,
        "steps.0": 3,
        "steps.0.wait": 3,
        "steps.1": 4,
        "steps.1.send": 4,
        "steps.1.via": 5,
        "steps.1.via.0": 5,
        "steps.1.via.1": 6,
        "steps.2": 8,
        "steps.2.exit": 8,
    }


@pytest.mark.parametrize(
    ("path", "line"), [((), 1), (("a",), 1), (("a", "b"), 2), (("a", "b", "absent", "x"), 2), (("absent",), 1)]
)
def test_a_fault_stands_on_the_nearest_line_that_is_there(path: tuple[str, ...], line: int) -> None:
    file = YamlFile("j.yaml", {}, {(): 1, ("a",): 1, ("a", "b"): 2})
    assert file.line_of(path) == line


def test_a_fault_names_file_line_and_path() -> None:
    file = YamlFile("journeys/cart.yaml", {}, {(): 1, ("steps", "1"): 12, ("steps", "1", "waits"): 13})
    assert str(file.fault(("steps", "1"), "a fault")) == "journeys/cart.yaml:12: steps.1: a fault"
    assert str(file.fault(("steps", "1"), "a fault", key="waits")) == "journeys/cart.yaml:13: steps.1: a fault"
    assert str(file.fault((), "a fault")) == "journeys/cart.yaml:1: a fault"


@given(st.binary(max_size=200) | st.text(alphabet="ab:-[]{}\"'\n #&*!|>?,%@`0.~\t", max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused_in_words(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(content)
    found: tuple[PlaybookFault, ...] = ()
    try:
        read_yaml(file, "any.yaml")
    except PlaybookError as error:
        found = error.faults
    assert all(fault.line >= 1 and fault.message for fault in found)
