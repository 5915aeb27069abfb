"""A playbook that asks for something new is deployed, and everybody is filled up: by the command and the function."""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from infra.backfill import people as people_module
from infra.backfill.asked_by import Asked, asked_by
from infra.backfill.asking import MOST_WAITING, PATIENCE, Pace, ask, wait
from infra.backfill.people import generations, people
from infra.backfill.position import Position, load_position, save_position
from infra.cli import app
from infra.errors import CommandError
from infra.operations.cloud import Cloud, CorrectedClock, connect
from shared.adapters.compiled_playbook import LINES, lines_of
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.bootstrap.evaluate_events import evaluate
from shared.domain.behaviour.counting import needed
from shared.domain.identity.merges import tombstone
from shared.domain.playbook import read_playbook
from shared.domain.timing import HOUR, MINUTE
from tests.builders import NOON, an_event
from tests.integration.evaluating import Evaluating, deployed
from tests.integration.lambda_events import fifo_record, raw_fifo_record, sqs_event
from tests.playbooks import PLAIN

PEOPLE = 23

WINBACK = {
    "purpose": "transactional",
    "key": "properties.order_id",
    "enter": {"on": "Page Viewed", "if": {"did": {"event": "Order Completed", "at_least": 2}}},
    "steps": [{"send": "order_confirmation", "via": ["email"]}],
}


@dataclass
class Functions:
    """Lambda, as far as the command asks for it."""

    evaluating: Evaluating

    def invoke(self, *, FunctionName: str, Payload: bytes) -> Mapping[str, Any]:  # noqa: N803  # as AWS spells it
        assert FunctionName == "carillon-dev-evaluate-events"
        return {"Payload": io.BytesIO(json.dumps(self.evaluating.handle(json.loads(Payload))).encode())}


@dataclass
class Time:
    """Passes only while somebody waits."""

    seconds: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds

    def now(self) -> float:
        return self.seconds


@pytest.fixture
def evaluating(table_name: str, tmp_path: Path) -> Iterator[Evaluating]:
    """With people of the time before: everybody ordered twice."""
    with deployed(table_name, tmp_path) as function:
        for number in range(PEOPLE):
            orders = [
                an_event(
                    "Order Completed",
                    id=f"{number}-{n}",
                    profile_id=f"u{number}",
                    at=NOON + n * MINUTE,
                    properties={"order_id": f"o{n}"},
                )
                for n in range(2)
            ]
            function.handle(sqs_event(*map(fifo_record, orders)))
        redeploy(tmp_path)
        yield function


def redeploy(directory: Path, version: str = "new", **journeys: Any) -> None:
    plain = PLAIN | {"version": version, "journeys": PLAIN["journeys"] | {"winback": WINBACK} | journeys}
    (directory / LINES).write_text(lines_of(plain))
    evaluate.cache_clear()


@pytest.fixture
def cloud(evaluating: Evaluating) -> Cloud:
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="events.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    return Cloud(
        stage="dev",
        dynamodb=boto3.client("dynamodb"),
        sqs=sqs,
        functions=Functions(evaluating),
        table=evaluating.table_name,
        queue_url=url,
        clock=CorrectedClock(CorrectedClock(0).wall() - (NOON + HOUR)),
    )


def work_off(cloud: Cloud, evaluating: Evaluating) -> int:
    """Hand what is in the queue to the function, as Lambda would; how many events that were."""
    handled = 0
    while messages := cloud.sqs.receive_message(QueueUrl=cloud.queue_url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            person = json.loads(message["Body"])["profileId"]
            evaluating.handle(sqs_event(raw_fifo_record(message["Body"], person, message["MessageId"])))
            cloud.sqs.delete_message(QueueUrl=cloud.queue_url, ReceiptHandle=message["ReceiptHandle"])
            handled += 1
    return handled


def begun(cloud: Cloud, **changes: Any) -> Position:
    return Position(**{"generation": cloud.agreed().latest, "everybody": False, "began_at": NOON} | changes)


def ask_all(cloud: Cloud, position: Position) -> list[Position]:
    time = Time()
    return list(ask(cloud, position, Pace(cloud, rate=1_000, pause=time.pause, clock=time.now)))


def test_everybody_is_asked_filled_up_and_then_whole(cloud: Cloud, evaluating: Evaluating) -> None:
    position = begun(cloud)
    assert generations(cloud) == {0: PEOPLE}

    assert ask_all(cloud, position)[-1].asked == PEOPLE
    assert work_off(cloud, evaluating) == PEOPLE

    assert generations(cloud) == {cloud.agreed().latest: PEOPLE}
    assert list(wait(cloud, position.generation)) == [0]
    assert [len(at) for at in evaluating.profile("u7").aggregates.values()] == [2]


def test_a_tombstone_is_nobody(cloud: Cloud) -> None:
    profiles = DynamoProfiles(cloud.dynamodb, table=cloud.table)
    [first, *_] = [person for page in people(cloud, below=None, start=None) for person in page.people]
    profiles.save(tombstone(profiles.load(first), "u1", NOON), [])

    assert generations(cloud) == {0: PEOPLE - 1}
    assert first not in [person for page in people(cloud, below=None, start=None) for person in page.people]


def test_who_is_whole_is_asked_no_second_time(cloud: Cloud, evaluating: Evaluating) -> None:
    ask_all(cloud, begun(cloud))
    work_off(cloud, evaluating)

    assert ask_all(cloud, begun(cloud, began_at=NOON + HOUR))[-1].asked == 0
    assert ask_all(cloud, begun(cloud, began_at=NOON + HOUR, everybody=True))[-1].asked == PEOPLE


def test_who_is_whole_for_an_earlier_deployment_is_asked_again(
    cloud: Cloud, evaluating: Evaluating, tmp_path: Path
) -> None:
    ask_all(cloud, begun(cloud))
    work_off(cloud, evaluating)
    redeploy(
        tmp_path, "newer", another=WINBACK | {"enter": {"on": "Page Viewed", "if": {"did": {"event": "Cart Viewed"}}}}
    )

    assert ask_all(cloud, begun(cloud))[-1].asked == PEOPLE


def test_asked_twice_within_minutes_is_asked_once(cloud: Cloud, evaluating: Evaluating) -> None:
    for _ in range(2):
        ask_all(cloud, begun(cloud))

    assert work_off(cloud, evaluating) == PEOPLE


def test_who_came_after_the_deployment_need_not_be_asked(cloud: Cloud, evaluating: Evaluating) -> None:
    position = begun(cloud)
    evaluating.handle(sqs_event(fifo_record(an_event(profile_id="new", at=NOON + HOUR))))

    asked = [person for page in people(cloud, below=position.generation, start=None) for person in page.people]

    assert sorted(asked) == sorted(f"u{number}" for number in range(PEOPLE))


def test_broken_off_it_goes_on_where_it_was(cloud: Cloud, evaluating: Evaluating, monkeypatch: Any) -> None:
    monkeypatch.setattr(people_module, "_profiles_of", limited(people_module._profiles_of, 20))
    position = begun(cloud)
    asking = ask(cloud, position, Pace(cloud, rate=1_000, pause=Time().pause))
    first = next(asking)

    found = load_position(cloud, generation=position.generation, everybody=False)
    assert found == first
    assert 0 < first.asked < PEOPLE
    assert ask_all(cloud, found)[-1].asked == PEOPLE
    assert work_off(cloud, evaluating) == PEOPLE, "nobody twice, nobody left out"
    assert load_position(cloud, generation=position.generation, everybody=False) is None, "it is done"


def limited(request: Any, items: int) -> Any:
    """Small pages, as a large table has many."""
    return lambda *given: request(*given) | {"Limit": items}


@pytest.mark.parametrize("other", [{"generation": 99}, {"everybody": True}], ids=["another deployment", "another kind"])
def test_where_another_back_fill_was_broken_off_is_no_place_to_go_on(cloud: Cloud, other: Mapping[str, Any]) -> None:
    save_position(cloud, begun(cloud, **other))

    assert load_position(cloud, generation=cloud.agreed().latest, everybody=False) is None


def test_no_more_are_asked_in_a_second_than_the_rate_says(cloud: Cloud) -> None:
    time = Time()

    list(ask(cloud, begun(cloud), Pace(cloud, rate=5, pause=time.pause, clock=time.now)))

    assert time.seconds == pytest.approx(4), "ten at once, ten two seconds later, and three after two more"


def test_while_the_queue_is_full_nobody_else_is_asked(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    depths = iter([MOST_WAITING + 1, MOST_WAITING + 1, MOST_WAITING])
    monkeypatch.setattr(Cloud, "waiting", lambda _: next(depths))
    time = Time()

    Pace(cloud, rate=1_000, pause=time.pause, clock=time.now).let(10)

    assert time.pauses == [1.0, 1.0]


def test_those_who_cannot_be_filled_up_are_given_up_at_last(cloud: Cloud) -> None:
    time = Time()

    counts = list(wait(cloud, cloud.agreed().latest, pause=time.pause))

    assert set(counts) == {PEOPLE}
    assert PATIENCE <= time.seconds < 2 * PATIENCE


def test_a_function_that_does_not_start_is_told(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Functions, "invoke", lambda *_, **__: {"FunctionError": "Unhandled"})

    with pytest.raises(CommandError, match="carillon-dev-evaluate-events does not start"):
        cloud.agreed()


def test_a_stage_that_is_not_deployed_is_told(aws: None) -> None:
    with pytest.raises(CommandError, match="carillon-dev-messaging cannot be found"):
        connect("dev", 4600)


def test_a_local_cloud_that_does_not_run_is_told(aws: None) -> None:
    with pytest.raises(CommandError, match="carillon up"):
        connect("local", 1)


def test_what_asks_for_an_aggregate_is_found_by_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "journeys").mkdir()
    (tmp_path / "journeys" / "winback.yaml").write_text(
        "purpose: transactional\n"
        "enter:\n"
        "  on: Page Viewed\n"
        "  if:\n"
        "    all:\n"
        "      - did: {event: [A, B], within: 7 days, where: {properties.x: 1}}\n"
        "      - did_not: {event: C}\n"
        "      - sum: {event: A, of: properties.revenue, at_least: 3}\n"
        "steps: [{exit: done}]\n"
    )
    from infra.playbook.source import read_source

    playbook, faults = read_playbook(read_source(tmp_path).plain)
    assert not faults

    found = asked_by(tmp_path)

    assert found.keys() == needed(playbook).keys()
    assert sorted(found.values()) == [
        [Asked("journeys/winback.yaml:6", "did A or B, within 7 days, where …")],
        [Asked("journeys/winback.yaml:7", "did not C")],
        [Asked("journeys/winback.yaml:8", "sum A, of properties.revenue, at_least 3")],
    ]


# the command


@pytest.fixture
def connected(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    monkeypatch.setattr("infra.operations.cloud.connect", lambda stage, _port: {"dev": cloud}[stage])
    return cloud


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The playbook's own, where the back-fill is started."""
    journeys = tmp_path / "templates" / "journeys"
    journeys.mkdir(parents=True)
    (journeys / "winback.yaml").write_text("enter:\n  if:\n    did: {event: Order Completed, at_least: 2}\n")
    return tmp_path / "templates"


def carillon_backfill(*options: str) -> tuple[int, str]:
    answer = CliRunner().invoke(app, ["backfill", "--stage", "dev", *options])
    return answer.exit_code, " ".join(line for line in answer.output.splitlines() if "CloudWatchMetrics" not in line)


def test_the_status_names_who_asks_for_what_is_incomplete(connected: Cloud, folder: Path) -> None:
    code, said = carillon_backfill("--status", "--playbook", str(folder))

    assert code == 0
    assert f"Incomplete for {PEOPLE} of {PEOPLE} people" in said
    assert "journeys/winback.yaml:3: did Order Completed, at_least 2: counted only since " in said


def test_without_waiting_everybody_is_asked_and_nothing_is_promised(connected: Cloud, folder: Path) -> None:
    code, said = carillon_backfill("--no-wait", "--playbook", str(folder))

    assert code == 0
    assert f"{PEOPLE} people are asked; `carillon backfill --status` tells" in said


def test_with_waiting_it_ends_when_everybody_is_whole(
    connected: Cloud, evaluating: Evaluating, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cloud, "waiting", lambda cloud: 0 if work_off(cloud, evaluating) >= 0 else 1)

    code, said = carillon_backfill("--playbook", str(folder))

    assert code == 0
    assert f"Complete: all that the playbook asks is counted of all {PEOPLE} people." in said


def test_it_fails_where_some_stay_incomplete(connected: Cloud, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.backfill.asking.wait", lambda *_: iter([PEOPLE]))

    code, said = carillon_backfill("--playbook", str(folder))

    assert code == 1
    assert "winback" in said
