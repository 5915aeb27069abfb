"""``carillon simulate`` and ``carillon explain``: recorded events in, JSON lines or sentences out."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from infra.cli import app
from infra.replay.event_files import MAX_LINE, EventFile, InvalidLine
from infra.replay.story import wrapped
from shared.domain.events import Event
from tests.unit.infra.playbook_folder import HELLO, write_playbook

PERSON: dict[str, Any] = {
    "type": "identify",
    "userId": "u1",
    "messageId": "i1",
    "timestamp": "2026-11-02T09:00:00Z",
    "traits": {"phone": "+353861234567"},
}
ADDED: dict[str, Any] = {
    "type": "track",
    "event": "Product Added",
    "userId": "u1",
    "messageId": "m1",
    "timestamp": "2026-11-02T10:00:00Z",
    "properties": {"cart_id": "c1"},
}
ORDERED = ADDED | {"event": "Order Completed", "messageId": "m2", "timestamp": "2026-11-02T10:30:00Z"}
CARILLON = [sys.executable, "-m", "infra.cli"]
NOTHING = {"type": "page", "userId": "u9", "messageId": "p", "timestamp": "2026-11-02T20:00:00Z"}


@pytest.fixture
def playbook(tmp_path: Path) -> Path:
    return write_playbook(tmp_path / "playbook")


def write(folder: Path, *lines: Any) -> Path:
    file = folder / "events.jsonl"
    written = (line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    file.write_bytes(b"".join(line + b"\n" for line in written))
    return file


def run(command: str, playbook: Path, events: Path, *options: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [command, "--playbook", str(playbook), "--events", str(events), *options])
    return result.exit_code, result.stdout, result.stderr


def rows(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_a_cart_is_reminded_of_after_its_hour(playbook: Path, tmp_path: Path) -> None:
    code, output, errors = run("simulate", playbook, write(tmp_path, PERSON, ADDED, NOTHING))
    entered, sent, exited = rows(output)
    assert (code, errors) == (0, "")
    assert entered == {
        "type": "journey_entered",
        "at": "2026-11-02T10:00:00.000Z",
        "profile": "u1",
        "journey": "hello",
        "run": entered["run"],
        "key": "c1",
        "variant": None,
    }
    assert sent == {
        "type": "send",
        "at": "2026-11-02T11:00:00.000Z",
        "profile": "u1",
        "journey": "hello",
        "run": entered["run"],
        "step": "1",
        "message": "hello",
        "channel": "sms",
    }
    assert (exited["type"], exited["reason"], exited["run"]) == ("journey_exited", "completed", entered["run"])


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        ([], ["journey_entered", "send", "journey_exited"]),
        (["--until", "2026-11-02T10:59:59.999Z"], ["journey_entered"]),
        (["--until", "2026-11-02T11:00:00Z"], ["journey_entered", "send", "journey_exited"]),
        (["--until", "2026-11-02T12:00:00+01:00"], ["journey_entered", "send", "journey_exited"]),
        (["--until", "2026-11-02T09:59:59.999Z"], []),
        (["--profile", "u1"], ["journey_entered", "send", "journey_exited"]),
        (["--profile", "u2"], []),
        (["--consent", "explicit"], ["journey_entered", "dropped", "journey_exited"]),
    ],
)
def test_the_options_say_how_long_for_whom_and_by_which_consent(
    playbook: Path, tmp_path: Path, options: list[str], kinds: list[str]
) -> None:
    code, output, _ = run("simulate", playbook, write(tmp_path, PERSON, ADDED, NOTHING), *options)
    assert (code, [one["type"] for one in rows(output)]) == (0, kinds)


@pytest.mark.parametrize(
    "options", [["--until", "tomorrow"], ["--consent", "maybe"], ["--events", "absent.jsonl"], ["--events", "."]]
)
def test_a_wrong_option_is_told(playbook: Path, tmp_path: Path, options: list[str]) -> None:
    code, output, errors = run("simulate", playbook, write(tmp_path, ADDED), *options)
    assert (code, output) == (2, "")
    assert options[0] in errors


def test_events_are_taken_in_the_order_of_their_arrival(playbook: Path, tmp_path: Path) -> None:
    overtaken = ADDED | {"receivedAt": "2026-11-02T10:40:00Z"}
    code, output, _ = run("simulate", playbook, write(tmp_path, NOTHING, overtaken, ORDERED, PERSON))
    (skipped,) = rows(output)
    assert (code, skipped["type"], skipped["reason"]) == (0, "entry_skipped", "exit_event")
    assert skipped["at"] == "2026-11-02T10:40:00.000Z"


def test_equal_arrivals_are_taken_in_the_order_of_the_file(playbook: Path, tmp_path: Path) -> None:
    at_once = ORDERED | {"timestamp": ADDED["timestamp"]}
    for order, kinds in (
        ((PERSON, ADDED, at_once), ["journey_entered", "journey_exited"]),
        ((PERSON, at_once, ADDED), ["entry_skipped"]),
    ):
        _, output, _ = run("simulate", playbook, write(tmp_path, *order))
        assert [one["type"] for one in rows(output)] == kinds


@pytest.mark.parametrize(
    ("line", "path", "message"),
    [
        (b"{", "", "is not JSON: Expecting property name enclosed in double quotes at column 2"),
        (b"[]", "", "is not a JSON object"),
        (b'"x"', "", "is not a JSON object"),
        (b'{"a": "\xff"}', "", "is not UTF-8 text (its byte 8)"),
        ('{"a": 1}'.encode("utf-16"), "", "is not UTF-8 text (its byte 1)"),
        (b"[" * 100_000, "", "is nested deeper than 20 levels"),
        (b'{"a": "' + b"x" * MAX_LINE + b'"}', "", "is longer than 1,000,000 bytes"),
        (b'{"timestamp": "2026-11-02T10:00:00Z", "a": "' + b"x" * 10_000_000, "", "is longer than 1,000,000 bytes"),
        (ADDED | {"timestamp": None}, "timestamp", "is required, an instant like 2026-11-02T10:00:00Z"),
        (ADDED | {"timestamp": "yesterday"}, "timestamp", "is required, an instant like 2026-11-02T10:00:00Z"),
        (ADDED | {"timestamp": 5}, "timestamp", "is required, an instant like 2026-11-02T10:00:00Z"),
        (ADDED | {"receivedAt": "later"}, "receivedAt", "is required, an instant like 2026-11-02T10:00:00Z"),
        (ADDED | {"type": "trac"}, "type", "must be one of track, identify"),
        (ADDED | {"event": ""}, "event", ""),
        (ADDED | {"userId": None}, "userId", "is required, or anonymousId"),
        (ADDED | {"properties": []}, "properties", "must be"),
        (ADDED | {"timestamp": "9999-01-01T00:00:00Z"}, "timestamp", "must be before the year 9999"),
        (ADDED | {"timestamp": "1999-01-01T00:00:00Z"}, "timestamp", "must not be before the year 2000"),
        (
            b'{"type":"track","event":"A","userId":"u","timestamp":"2026-11-02T10:00:00Z","properties":{"a":NaN}}',
            "",
            "",
        ),
        (
            b'{"type":"track","event":"A","userId":"u","timestamp":"2026-11-02T10:00:00Z","properties":{"a":1e400}}',
            "",
            "",
        ),
    ],
)
def test_a_line_that_is_no_event_is_told_and_the_rest_goes_on(
    playbook: Path, tmp_path: Path, line: Any, path: str, message: str
) -> None:
    code, output, errors = run("simulate", playbook, write(tmp_path, PERSON, line, ADDED, NOTHING))
    told = rows(output)
    (invalid,) = [one for one in told if one["type"] == "invalid_event"]
    assert (code, errors, len(told)) == (1, "", 4)
    assert list(invalid) == ["type", "at", "profile", "line", "errors"]
    assert (invalid["profile"], invalid["line"]) == (None, 2)
    assert invalid["errors"]
    assert path in invalid["errors"][0]["path"]
    assert message in invalid["errors"][0]["message"]


def test_a_line_with_several_faults_names_each(playbook: Path, tmp_path: Path) -> None:
    line = {"type": "track", "userId": [5], "properties": "x"}
    _, output, _ = run("simulate", playbook, write(tmp_path, line))
    (invalid,) = rows(output)
    assert invalid["at"] is None
    assert {fault["path"] for fault in invalid["errors"]} == {"timestamp", "event", "userId", "properties"}


def test_lines_that_are_no_events_are_told_in_time_order_and_do_not_move_the_clock(
    playbook: Path, tmp_path: Path
) -> None:
    faulty = [ADDED | {"event": None, "timestamp": f"2026-11-02T{hour}:30:00Z"} for hour in (10, 12)]
    events = write(tmp_path, PERSON, faulty[1], ADDED, faulty[0])
    _, output, _ = run("simulate", playbook, events)
    assert [(one["type"], one["at"][11:16]) for one in rows(output)] == [
        ("journey_entered", "10:00"),
        ("invalid_event", "10:30"),
        ("invalid_event", "12:30"),
    ]
    _, output, _ = run("simulate", playbook, events, "--until", "2026-11-03T00:00:00Z")
    assert [(one["type"], one["at"][11:16]) for one in rows(output)] == [
        ("journey_entered", "10:00"),
        ("invalid_event", "10:30"),
        ("send", "11:00"),
        ("journey_exited", "11:00"),
        ("invalid_event", "12:30"),
    ]


def test_a_faulty_line_after_the_end_of_time_counts_all_the_same(playbook: Path, tmp_path: Path) -> None:
    events = write(tmp_path, PERSON, ADDED, NOTHING, b"nonsense")
    assert run("simulate", playbook, events, "--until", "2026-11-02T10:00:00Z")[0] == 1
    assert run("simulate", playbook, events, "--profile", "u1")[0] == 1


def test_lines_without_an_event_are_no_matter(playbook: Path, tmp_path: Path) -> None:
    code, output, _ = run("simulate", playbook, write(tmp_path, b"", PERSON, b"  \r", ADDED))
    assert (code, len(rows(output))) == (0, 1)
    code, output, errors = run("simulate", playbook, write(tmp_path))
    assert (code, output, errors) == (0, "", f"{tmp_path / 'events.jsonl'} holds no events.\n")
    with_mark = write(tmp_path, b"\xef\xbb\xbf" + json.dumps(PERSON).encode(), ADDED)
    assert run("simulate", playbook, with_mark)[0] == 0


def test_a_faulty_playbook_is_not_run(playbook: Path, tmp_path: Path) -> None:
    (playbook / "journeys" / "hello.yaml").write_text(HELLO.replace("wait:", "waits:"))
    for command in ("simulate", "explain"):
        options = ["--profile", "u1"] if command == "explain" else []
        code, output, errors = run(command, playbook, write(tmp_path, ADDED), *options)
        assert (code, output) == (2, "")
        assert errors == 'journeys/hello.yaml:9: steps.0: unknown key "waits", did you mean "wait"?\n'


def test_nothing_but_json_lines_goes_to_stdout_and_the_same_files_give_the_same_bytes(
    playbook: Path, tmp_path: Path
) -> None:
    """In processes of their own, with different seeds for Python's hashes."""
    events = write(tmp_path, PERSON, ADDED, b"nonsense", NOTHING, *(ADDED | {"userId": f"u{n}"} for n in range(20)))
    command = [*CARILLON, "simulate", "--playbook", str(playbook), "--events", str(events)]
    outputs = []
    for seed in ("1", "2"):
        done = subprocess.run(command, capture_output=True, check=False, env={"PYTHONHASHSEED": seed}, cwd=_root())
        assert (done.returncode, done.stderr) == (1, b"")
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    assert all(isinstance(json.loads(line), dict) for line in outputs[0].splitlines())
    assert b"\r" not in outputs[0]


def _root() -> Path:
    return Path(__file__).resolve().parents[3]


def test_text_of_any_script_is_written_as_it_is(playbook: Path, tmp_path: Path) -> None:
    _, output, _ = run(
        "simulate", playbook, write(tmp_path, ADDED | {"userId": "žofie", "properties": {"cart_id": "籠"}})
    )
    assert '"profile":"žofie"' in output
    assert '"key":"籠"' in output


VISIT = {"type": "track", "event": "Product Added", "anonymousId": "a1", "properties": {"cart_id": "c0"}}
VISITS = [
    VISIT | {"messageId": "v1", "timestamp": "2026-11-02T08:00:00Z"},
    PERSON | {"anonymousId": "a1", "traits": {"phone": "+353861234567", "email": "Ana@Example.com"}},
    VISIT | {"messageId": "v2", "timestamp": "2026-11-02T09:30:00Z"},
    VISIT | {"messageId": "v3", "anonymousId": "a2", "timestamp": "2026-11-02T09:40:00Z"},
    NOTHING,
]


@pytest.mark.parametrize(
    ("name", "people"),
    [
        ("u1", {"u1"}),
        ("anon:a1", {"anon:a1", "u1"}),
        ("a1", {"anon:a1", "u1"}),
        ("ana@example.com", {"u1"}),
        ("+353 86 123 4567", {"u1"}),
        ("a2", {"anon:a2"}),
        ("a3", set()),
    ],
)
def test_a_person_goes_by_any_of_their_identifiers(playbook: Path, tmp_path: Path, name: str, people: set[str]) -> None:
    code, output, _ = run("simulate", playbook, write(tmp_path, *VISITS), "--profile", name)
    assert (code, {one["profile"] for one in rows(output)}) == (0, people)


def test_a_person_who_was_another_one_before_is_told_with_them(playbook: Path, tmp_path: Path) -> None:
    joined = {"type": "alias", "userId": "u1", "previousId": "u0", "timestamp": "2026-11-02T11:00:00Z"}
    before, later = ADDED | {"userId": "u0"}, {"messageId": "later", "timestamp": "2026-11-02T12:00:00Z"}
    file = write(tmp_path, before, PERSON, joined, before | later)

    _, output, _ = run("simulate", playbook, file, "--profile", "u0")

    assert {one["profile"] for one in rows(output)} == {"u0", "u1"}


def test_where_nobody_goes_by_a_name_those_near_it_are_named(playbook: Path, tmp_path: Path) -> None:
    file = write(tmp_path, *VISITS, ADDED | {"userId": "maria"})
    for command in ("simulate", "explain"):
        _, output, errors = run(command, playbook, file, "--profile", "mario")
        assert (output, errors) == ("", f"Nobody in {file} is known as mario. Did you mean maria?\n")


# --- recordings of the system itself ---------------------------------------------------------------------------------


def exported(event: str, at: str, **changes: Any) -> dict[str, Any]:
    """As ``event_to_dict`` writes it, without a user id, as the system's own are."""
    id_ = event.rpartition(" ")[2].lower()
    plain = {"type": "track", "event": event, "messageId": f"{id_}:x", "profileId": "u1", "source": "carillon"}
    return plain | {"trust": "system", "timestamp": f"2026-11-02T{at}Z", "receivedAt": f"2026-11-02T{at}Z"} | changes


def test_a_recording_of_the_system_gives_what_the_bare_events_give(playbook: Path, tmp_path: Path) -> None:
    """What the simulation makes itself only says how late it was."""
    whose = {"profileId": "u1", "trust": "secret", "source": "http"}
    came = [PERSON | whose, ADDED | whose]
    made = [
        exported("Journey Entered", "10:00:00", messageId="0123456789ab", source="decide"),
        exported("Asked Back", "10:00:00", messageId="0123456789ac", source="decide"),
        exported("Timer Due", "10:59:00", messageId="timer:1", type="timer"),
        exported("Message Sent", "11:00:00"),
        exported("Message Delivered", "11:00:01"),
    ]
    bare = run("simulate", playbook, write(tmp_path, *came), "--until", "2026-11-02T11:00:01Z")
    assert [one["type"] for one in rows(bare[1])] == ["journey_entered", "send", "journey_exited"]
    assert run("simulate", playbook, write(tmp_path, *came, *made)) == bare


@pytest.mark.parametrize(
    ("event", "changes", "kinds"),
    [
        ("Message Bounced", {"properties": {"channel": "sms", "hard": True, "address": "+353861234567"}}, "dropped"),
        ("Message Complained", {"properties": {"channel": "sms", "address": "+353861234567"}}, "dropped"),
        ("Unsubscribed", {"properties": {"channel": "sms"}}, "dropped"),
        ("Unsubscribed", {"properties": {"channel": "sms"}, "trust": "secret", "messageId": "derived:1"}, "dropped"),
        ("Subscribed", {"properties": {"channel": "sms"}}, "send"),
        ("Message Opened", {}, "send"),
        ("Message Clicked", {"profileId": None, "userId": "u1"}, "send"),
        ("Message Failed", {}, "send"),
    ],
)
def test_what_came_from_outside_counts(
    playbook: Path, tmp_path: Path, event: str, changes: dict[str, Any], kinds: str
) -> None:
    file = write(tmp_path, PERSON, ADDED, exported(event, "10:30:00", **changes), NOTHING)
    code, output, _ = run("simulate", playbook, file)
    assert (code, [one["type"] for one in rows(output)]) == (0, ["journey_entered", kinds, "journey_exited"])


def test_an_exported_event_counts_for_no_more_than_it_did(playbook: Path, tmp_path: Path) -> None:
    """Anyone may use a public key: it does not change where to write."""
    whose: dict[str, Any] = {"profileId": "u1", "source": "http"}
    change: dict[str, Any] = PERSON | {
        "messageId": "i2",
        "timestamp": "2026-11-02T09:30:00Z",
        "traits": {"phone": None},
    }
    for trust, kind in (("public", "send"), ("secret", "dropped")):
        file = write(tmp_path, PERSON, change | whose | {"trust": trust}, ADDED, NOTHING)
        assert [one["type"] for one in rows(run("simulate", playbook, file)[1])][1] == kind


def test_an_exported_event_is_its_profiles(playbook: Path, tmp_path: Path) -> None:
    file = write(tmp_path, VISITS[0] | {"profileId": "u7", "trust": "public", "source": "http"})
    assert [one["profile"] for one in rows(run("simulate", playbook, file)[1])] == ["u7"]


# --- files of events -------------------------------------------------------------------------------------------------


def arrivals(file: Path) -> list[tuple[str, int]]:
    return [(one.id, one.received_at - one.at) for one in events(file)]


def events(file: Path, part: int = 100_000) -> list[Event]:
    with EventFile(file, part=part) as read:
        found = list(read)
        assert len(read) == len(found)
    assert all(isinstance(one, Event) for one in found)
    return [one for one in found if isinstance(one, Event)]


@pytest.mark.parametrize(
    ("changes", "late"),
    [
        ({}, 0),
        ({"receivedAt": "2026-11-02T10:00:05Z"}, 5_000),
        ({"receivedAt": None}, 0),
        ({"sentAt": "2026-11-02T10:00:01Z"}, 0),
        ({"receivedAt": "2026-11-02T10:00:05Z", "sentAt": "2026-11-02T10:00:02Z"}, 2_000),
        ({"receivedAt": "2026-11-02T09:59:59Z"}, 0),
    ],
)
def test_an_event_arrives_at_its_stated_arrival_else_as_it_happens(
    tmp_path: Path, changes: dict[str, Any], late: int
) -> None:
    assert arrivals(write(tmp_path, ADDED | changes)) == [("m1", late)]


@given(st.lists(st.integers(0, 5), max_size=40), st.integers(1, 7))
def test_a_file_is_read_in_the_order_of_arrival_and_of_its_lines_whatever_fits_in_memory(
    minutes: list[int], part: int
) -> None:
    lines = [
        ADDED | {"messageId": f"{number:02}", "timestamp": f"2026-11-02T10:0{minute}:00Z"}
        for number, minute in enumerate(minutes)
    ]
    with TemporaryDirectory() as folder:
        found = [(one.at, one.id) for one in events(write(Path(folder), *lines), part)]
    assert found == sorted(found)
    assert len(found) == len(minutes)


@pytest.mark.parametrize(
    "arrival",
    [
        {"timestamp": "2026-11-02T10:05:00Z"},
        {"timestamp": "2026-11-02T09:00:00Z", "receivedAt": "2026-11-02T10:05:00Z"},
        {"timestamp": "2026-11-02T10:05:00Z", "receivedAt": None},
        {"context": {"timestamp": "2026-11-02T09:00:00Z"}, "timestamp": "2026-11-02T10:05:00Z"},
        {"context": {"receivedAt": "2026-11-02T09:00:00Z"}, "timestamp": "2026-11-02T10:05:00Z"},
        b'"context":{"timestamp":"2026-11-02T09:00:00Z"},"time\\u0073tamp":"2026-11-02T10:05:00Z"',
        b'"timestamp":"2026-11-02T09:00:00Z","timestamp":"2026-11-02T10:05:00Z"',
        b'"timestamp" : "2026-11-02T12:05:00+02:00"',
        b'"timestamp":"2026\\u002d11-02T10:05:00Z"',
    ],
)
def test_when_a_line_arrived_is_known_before_it_is_read(tmp_path: Path, arrival: Any) -> None:
    if isinstance(arrival, bytes):
        line: Any = b'{"type":"page","userId":"u1","messageId":"between",' + arrival + b"}"
    else:
        line = ADDED | {"messageId": "between"} | arrival
    before, after = ADDED | {"timestamp": "2026-11-02T10:04:00Z"}, ADDED | {"timestamp": "2026-11-02T10:06:00Z"}
    assert [one.id for one in events(write(tmp_path, after, line, before))] == ["m1", "between", "m1"]


def test_a_file_in_order_is_not_sorted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.replay.event_files.ArrivalOrder", None)
    late = ADDED | {"receivedAt": NOTHING["timestamp"]}
    assert len(events(write(tmp_path, PERSON, ADDED, NOTHING, late, NOTHING))) == 5


def test_faulty_lines_keep_their_places_in_a_file_out_of_order(tmp_path: Path) -> None:
    file = write(tmp_path, NOTHING, b"after nothing", PERSON, b"after the person", ADDED)
    with EventFile(file, part=2) as read:
        assert [one.line if isinstance(one, InvalidLine) else one.id for one in read] == ["i1", 4, "m1", "p", 2]


@pytest.mark.parametrize("lines", [[PERSON, ADDED, NOTHING], [NOTHING, ADDED, PERSON]])
def test_events_may_come_from_standard_input_or_a_pipe(playbook: Path, tmp_path: Path, lines: list[Any]) -> None:
    recorded = write(tmp_path, *lines)
    told = run("simulate", playbook, recorded)
    command = [*CARILLON, "simulate", "--playbook", str(playbook), "--events"]
    for events_option in ("-", "/dev/stdin"):
        with subprocess.Popen(["cat", str(recorded)], stdout=subprocess.PIPE) as source:
            piped = subprocess.run(
                [*command, events_option], stdin=source.stdout, capture_output=True, check=False, cwd=_root()
            )
        assert (piped.returncode, piped.stdout.decode(), piped.stderr) == (told[0], told[1], b"")


def test_whoever_stops_listening_is_not_told_of_it(playbook: Path, tmp_path: Path) -> None:
    file = write(tmp_path, *(ADDED | {"userId": f"u{n}", "messageId": f"m{n}"} for n in range(3_000)))
    command = [*CARILLON, "simulate", "--playbook", str(playbook), "--events", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=_root()) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""


def test_being_stopped_is_said_in_a_word(playbook: Path, tmp_path: Path) -> None:
    file = write(tmp_path, *(ADDED | {"userId": f"u{n}", "messageId": f"m{n}"} for n in range(3_000)))
    command = [*CARILLON, "simulate", "--playbook", str(playbook), "--events", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=_root()) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)  # it stands before a full pipe
        process.stdout.read()
        assert process.stderr.read() == b"carillon: stopped before the end\n"
    assert process.returncode == 130


# --- explain ---------------------------------------------------------------------------------------------------------


STORY = """\
u1, from Mon 2 Nov 2026 09:00 UTC to Mon 2 Nov 2026 20:00 UTC
Local times are those of Europe/Dublin.
4 events happened, 1 journey began; 1 message went out.
Sent:
  hello by sms on Mon 2 Nov 11:00 UTC (hello)
Not begun:
  hello: it is already on its way for this
Now: nothing is on its way.

Mon 2 Nov 2026 09:00 UTC
  User Identified (i1): phone "+353861234567"

Mon 2 Nov 2026 10:00 UTC
  Product Added (m1): cart_id "c1"
    hello
      → begins for "c1" (run RUN)
      … waits at step 0 (wait 1 hour) until Mon 2 Nov 11:00 UTC, in 1 hour
  Product Added (m3): cart_id "c1"
    hello
      ✗ does not begin: it is already on its way for this
  Product Added (m1): cart_id "c1": a duplicate, which changes nothing

Mon 2 Nov 2026 11:00 UTC
  it is time
    hello
      ✓ hello by sms: may be used (said nothing, and the topic's default is yes)
      → sends hello by sms (step 1)
      → ends: it has come to its end (run RUN)

Mon 2 Nov 2026 15:00 UTC
  Page Viewed (p1)
"""


def explained(playbook: Path, events: Path, *options: str) -> str:
    code, output, errors = run("explain", playbook, events, "--profile", "u1", *options)
    assert (code, errors) == (0, "")
    return re.sub(r"run [0-9a-f]{20}", "run RUN", output)


def test_explain_tells_the_whole_story(playbook: Path, tmp_path: Path) -> None:
    looked = NOTHING | {"userId": "u1", "messageId": "p1", "timestamp": "2026-11-02T15:00:00Z"}
    events = write(tmp_path, PERSON, ADDED, ADDED | {"messageId": "m3"}, ADDED, looked, NOTHING)
    assert explained(playbook, events) == STORY


def test_explain_tells_what_each_part_of_a_condition_met_and_until_when_it_holds(
    playbook: Path, tmp_path: Path
) -> None:
    condition = "{any: [{traits.vip: true}, {did_not: {event: Order Completed, within: 2 days}}]}"
    journey = HELLO.replace(
        "  on: Product Added\n",
        f"  on: Product Added\n  where: {{properties.price: {{at_least: 20}}}}\n  if: {condition}\n",
    )
    (playbook / "journeys" / "hello.yaml").write_text(journey)
    cheap = ADDED | {"messageId": "m0", "timestamp": "2026-11-02T09:30:00Z"}
    dear = ADDED | {"timestamp": "2026-11-02T12:30:00Z", "properties": {"cart_id": "c1", "price": 20}}
    person = PERSON | {"traits": {"timezone": "Europe/Vienna"}}
    told = explained(playbook, write(tmp_path, person, cheap, ORDERED, dear))
    assert "Local times are those of Europe/Vienna.\n" in told
    assert (
        """
Mon 2 Nov 2026 09:30 UTC (10:30 local)
  Product Added (m0): cart_id "c1"
    hello
      ✗ it may begin by Product Added where properties.price (missing) is at least 20
"""
        in told
    )
    assert (
        """
      ✓ it may begin by Product Added where properties.price (20) is at least 20
      ✗ it may begin if any of these; false until Wed 4 Nov 10:30 UTC (11:30 local), in 1 day and 22 hours
          ✗ traits.vip (missing) is true
          ✗ not: did Order Completed at least once within 2 days (Mon 2 Nov 10:30 UTC (11:30 local)); \
false until Wed 4 Nov 10:30 UTC (11:30 local), in 1 day and 22 hours
      ✗ does not begin: the person does not meet its condition
"""
        in told
    )


def test_explain_says_once_what_was_asked_twice_at_one_instant(playbook: Path, tmp_path: Path) -> None:
    condition = "{did: {event: Product Added, within: 1 day, at_least: 3}}"
    journey = HELLO.replace("  on: [Order Completed]\n", f"  on: [Order Completed]\n  if: {condition}\n")
    (playbook / "journeys" / "hello.yaml").write_text(journey)
    told = explained(playbook, write(tmp_path, PERSON, ADDED, ADDED | {"messageId": "m3"}, NOTHING))
    asked = [line.strip() for line in told.splitlines() if "it ends if" in line]
    assert asked == [
        "✗ it ends if did Product Added at least 3 times within 1 day (Mon 2 Nov 10:00 UTC)",
        "✗ it ends if did Product Added at least 3 times within 1 day (Mon 2 Nov 10:00 UTC, Mon 2 Nov 10:00 UTC)",
        "✗ it ends if did Product Added at least 3 times within 1 day (Mon 2 Nov 10:00 UTC, Mon 2 Nov 10:00 UTC)",
    ]


def test_explain_names_a_journey_only_where_there_is_something_to_tell(playbook: Path, tmp_path: Path) -> None:
    (playbook / "journeys" / "other.yaml").write_text(HELLO)
    told = explained(playbook, write(tmp_path, PERSON, ADDED))
    assert [line.strip() for line in told.splitlines() if line.strip() in {"hello", "other"}] == ["hello", "other"]


def test_explain_tells_once_what_holds_a_message(playbook: Path, tmp_path: Path) -> None:
    policy = playbook / "policy.yaml"
    policy.write_text(policy.read_text() + 'quiet_hours: {sms: {from: "10:00", until: "15:00"}}\n')
    told = explained(playbook, write(tmp_path, PERSON, ADDED, NOTHING), "--until", "2026-11-02T12:00:00Z")
    assert told.count("these are the person's quiet hours") == 1
    assert "→ holds hello by sms until Mon 2 Nov 15:00 UTC, in 4 hours: these are the person's quiet hours" in told
    assert 'Now:\n  hello for "c1" holds hello. Next: on Mon 2 Nov 15:00 UTC (in 3 hours) it may go\n' in told


WAITING = (
    'Now:\n  hello for "c1" waits at step 0 (wait 1 hour). '
    "Next: on Mon 2 Nov 11:00 UTC (in 50 minutes) it continues at step 1 (send hello by sms)\n"
)


def test_explain_tells_what_comes_next_if_nothing_happens(playbook: Path, tmp_path: Path) -> None:
    assert WAITING in explained(playbook, write(tmp_path, PERSON, ADDED), "--until", "2026-11-02T10:10:00Z")


def test_explain_tells_why_a_message_did_not_go(playbook: Path, tmp_path: Path) -> None:
    told = explained(playbook, write(tmp_path, PERSON, ADDED, NOTHING), "--consent", "explicit")
    assert "Not sent:\n  hello on Mon 2 Nov 11:00 UTC (hello): the person has not agreed to it\n" in told
    why = "(said nothing, and the topic's default is no)"
    assert f"      ✗ hello by sms: the person has not agreed to it {why}\n      → does not send hello: the" in told


def test_explain_tells_of_a_visitor_and_of_who_they_became(playbook: Path, tmp_path: Path) -> None:
    _, output, _ = run("explain", playbook, write(tmp_path, *VISITS), "--profile", "a1")
    assert [line.partition(",")[0] for line in output.splitlines() if ", from " in line] == ["anon:a1", "u1"]
    assert "Now: joined with u1, where the story goes on.\n" in output
    assert "    is one with anon:a1, of whom everything is this person's from now on\n" in output


def test_explain_tells_why_a_run_ended_and_why_nobody_was_joined(playbook: Path, tmp_path: Path) -> None:
    ours = ADDED | {"messageId": "ours", "properties": {"cart_id": "c0"}, "timestamp": "2026-11-02T08:30:00Z"}
    other = PERSON | {"userId": "u2", "anonymousId": "a1", "timestamp": "2026-11-02T09:50:00Z"}
    file = write(tmp_path, VISITS[0], ours, VISITS[1], other)

    _, person, _ = run("explain", playbook, file, "--profile", "u1")
    _, nobody, _ = run("explain", playbook, file, "--profile", "u2")

    assert "→ ends: the person was two, and as one they would not have begun it (run " in person
    assert "is not joined with anon:a1: that is another person's already\n" in nobody


def test_explain_can_tell_it_as_json(playbook: Path, tmp_path: Path) -> None:
    events = write(tmp_path, PERSON, ADDED, NOTHING)
    told = rows(explained(playbook, events, "--json"))
    assert [one["type"] for one in told][:5] == ["happened", "happened", "judged", "judged", "journey_entered"]
    assert told[2]["judgement"] == {"words": "nothing is asked", "holds": True, "until": None, "parts": []}
    assert all({"type", "at", "profile"} <= one.keys() for one in told)


@pytest.mark.parametrize("width", [40, 80])
def test_a_long_line_is_carried_over_a_little_deeper(width: int) -> None:
    line = "      ✗ " + "and so on " * 30
    first, *rest = wrapped(line, width).splitlines()
    assert max(map(len, [first, *rest])) <= width
    assert first.startswith("      ✗ and")
    assert all(len(one) - len(one.lstrip()) == 10 for one in rest)
    assert wrapped(line, None) == line


def test_explain_mentions_lines_that_are_no_events(playbook: Path, tmp_path: Path) -> None:
    code, output, errors = run("explain", playbook, write(tmp_path, ADDED, b"nonsense"), "--profile", "u1")
    assert (code, "nonsense" in output) == (1, False)
    assert "carillon simulate names them" in errors


def test_dates_segments_and_starts_show_at_their_exact_instants(tmp_path: Path) -> None:
    sends = "steps: [{send: hello, via: [sms]}]\n"
    birthday = (
        "purpose: marketing\ntopic: news\nenter: {date: traits.birthday, at: '09:00', offset: -7 days, yearly: true}\n"
    )
    files = {
        "journeys/hello.yaml": f"purpose: marketing\ntopic: news\n{sends}",
        "journeys/birthday.yaml": birthday + "steps: [{start: hello}]\n",
        "journeys/lapsed.yaml": f"purpose: marketing\ntopic: news\nenter: {{segment: lapsed}}\n{sends}",
        "segments/lapsed.yaml": (
            "if: {did: {event: Product Added}, did_not: {event: Product Added, within: 30 days}}\n"
        ),
    }
    playbook = write_playbook(tmp_path / "playbook", files)
    person = PERSON | {"traits": PERSON["traits"] | {"birthday": "1988-03-20", "timezone": "America/New_York"}}
    events = write(tmp_path, person, ADDED)

    code, output, _ = run("simulate", playbook, events, "--until", "2028-03-31T00:00:00Z")

    assert code == 0
    told = [(row["at"], row["journey"]) for row in rows(output) if row["type"] == "journey_entered"]
    assert told == [
        ("2026-12-02T10:00:00.000Z", "lapsed"),
        ("2027-03-13T14:00:00.000Z", "birthday"),
        ("2027-03-13T14:00:00.000Z", "hello"),
        ("2028-03-13T13:00:00.000Z", "birthday"),
        ("2028-03-13T13:00:00.000Z", "hello"),
    ]


def test_explain_says_when_a_date_begins_its_journey_and_what_starts_another(tmp_path: Path) -> None:
    files = {
        "journeys/hello.yaml": HELLO.replace("key: properties.cart_id\n", "").replace(
            "enter:\n  on: Product Added\n", ""
        ),
        "journeys/birthday.yaml": (
            "purpose: marketing\ntopic: news\nenter: {date: traits.birthday}\nsteps: [{start: hello}]\n"
        ),
    }
    playbook = write_playbook(tmp_path / "playbook", files)
    person = PERSON | {"traits": {"birthday": "2026-11-09"}}
    events = write(tmp_path, person)

    _, output, _ = run("explain", playbook, events, "--profile", "u1", "--until", "2026-11-10T00:00:00Z")

    assert "traits.birthday (2026-11-09): it may begin at Mon 9 Nov 09:00 UTC, for 2026-11-09" in output
    assert "      the date has come: traits.birthday, 2026-11-09\n" in output
    assert "      → starts hello\n" in output


def test_explain_tells_which_way_a_split_and_an_await_take_and_what_is_set_and_emitted(tmp_path: Path) -> None:
    journey = """\
purpose: marketing
topic: news
key: properties.cart_id
enter: {on: Product Added}
steps:
  - split: {here: {weight: 1, steps: [{set: {traits.tier: gold}}]}, there: {weight: 0, steps: [{exit: there}]}}
    name: where
  - emit: {event: Tier Reached, properties: {cart: {path: entry.properties.cart_id}}}
  - await: {on: Order Completed, where: {properties.cart_id: {path: entry.properties.cart_id}}}
    timeout: 2 days
    then: [{exit: bought}]
  - await: {on: [Order Refunded, Cart Viewed]}
    timeout: 1 hour
    else: [{exit: unheard}]
"""
    playbook = write_playbook(tmp_path / "playbook", {"journeys/hello.yaml": journey})
    other = {**ADDED, "event": "Order Completed", "messageId": "m2", "properties": {"cart_id": "x"}}
    other["timestamp"] = "2026-11-02T10:30:00Z"
    events = write(tmp_path, PERSON, ADDED, other)

    _, output, _ = run("explain", playbook, events, "--profile", "u1", "--until", "2027-11-10T00:00:00Z")

    said = [line.strip() for line in output.splitlines()]
    for line in (
        "→ split where: on to step 0.here.0 (set tier)",
        '→ sets traits.tier to "gold"',
        '→ emits Tier Reached: cart "c1"',
        '✗ it awaits Order Completed where properties.cart_id ("x") is entry.properties.cart_id ("c1")',
        "→ Order Completed did not come within 2 days: on to step 3 (await Cart Viewed or Order Refunded)",
        "→ Cart Viewed or Order Refunded did not come within 1 hour: on to step 3.else.0 (exit unheard)",
    ):
        assert line in said
    bought = {**other, "properties": {"cart_id": "c1"}}
    _, output, _ = run("explain", playbook, write(tmp_path, PERSON, ADDED, bought), "--profile", "u1")
    assert "→ Order Completed came: on to step 2.then.0 (exit bought)" in output


def test_explain_names_the_year_where_it_is_another(tmp_path: Path) -> None:
    journey = HELLO.replace("wait: 1 hour", "wait: 365 days")
    playbook = write_playbook(tmp_path / "playbook", {"journeys/hello.yaml": journey})
    _, output, _ = run("explain", playbook, write(tmp_path, PERSON, ADDED), "--profile", "u1")
    assert "2 Nov 2027 10:" in output
