"""A hundred people under a playbook of every kind of step: the deployed stack sends what ``simulate`` says it would.

What is simulated are the very events that the stack recorded, each with the instant of its arrival.
"""

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner

from infra.cli import app
from shared.adapters.dynamodb.timeline import DynamoTimeline
from shared.adapters.playbook_files import read_yaml
from shared.domain.events import Event, event_to_dict
from shared.domain.timing import DAY, format_instant, parse_instant
from tests.conftest import SHIPPED_PLAYBOOK
from tests.e2e.conftest import LocalCloud, local_cloud, wait_until
from tests.e2e.storefront import identify, track

pytestmark = pytest.mark.e2e

MESSAGES: Final = ("hello", "nudge", "offer", "bye", "receipt")
PEOPLE: Final = [f"person-{number:03}" for number in range(100)]
LASTS: Final = 6 * DAY
"""After the last event, by when all is said."""

Rows = list[dict[str, Any]]
Sent = dict[tuple[str, str], list[tuple[str, str]]]
"""Of each person and journey, what went: message and channel."""


@pytest.fixture(scope="module")
def playbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped brand and mails around journeys, segments and a policy made for this."""
    folder = tmp_path_factory.mktemp("language") / "playbook"
    shutil.copytree(SHIPPED_PLAYBOOK, folder, ignore=shutil.ignore_patterns("journeys"))
    shutil.copytree(Path(__file__).parent / "playbook", folder, dirs_exist_ok=True)
    _add_topics(folder / "policy.yaml", of=SHIPPED_PLAYBOOK / "policy.yaml")
    for name in MESSAGES:
        shutil.copytree(SHIPPED_PLAYBOOK / "messages" / "cart_last_call", folder / "messages" / name)
        _add_push(folder / "messages" / name, of=SHIPPED_PLAYBOOK / "messages" / "cart_reminder")
    return folder


def _add_push(message: Path, *, of: Path) -> None:
    """Another message's notification, with its words in every language."""
    shutil.copy(of / "push.yaml", message)
    for words in (of / "languages").iterdir():
        (push,) = re.findall(r"^push:\n(?: .*\n)+", words.read_text(), re.MULTILINE)
        own = message / "languages" / words.name
        own.write_text(f"{own.read_text()}\n{push}")


def _add_topics(policy: Path, *, of: Path) -> None:
    """Those that the catalogues of the shipped pages name, and that are asked of nobody here."""
    own, shipped = (read_yaml(file, file.name).value["topics"] for file in (policy, of))
    missing = "".join(f"  {name}: {json.dumps(shipped[name])}\n" for name in shipped if name not in own)
    policy.write_text(policy.read_text().replace("topics:\n", f"topics:\n{missing}", 1))


@pytest.fixture(scope="module")
def cloud(playbook: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with local_cloud(tmp_path_factory.mktemp("cloud") / "up.log", f"--playbook={playbook}") as cloud:
        yield cloud


def test_the_deployed_stack_sends_what_simulate_says(cloud: LocalCloud, playbook: Path, tmp_path: Path) -> None:
    """The same messages to the same people on the same channels, none more, none less; in order within a run."""
    rows = _simulate(playbook, _record(cloud, _live(cloud), tmp_path / "events.jsonl"))
    simulated = _by_journey(row for row in rows if row["type"] == "send")
    assert {message for sent in simulated.values() for message, _ in sent} == set(MESSAGES)
    assert {channel for sent in simulated.values() for _, channel in sent} == {"email", "push", "sms"}
    assert {"held", "dropped", "goal_reached", "segment_entered", "segment_left"} <= {row["type"] for row in rows}

    expected = sum(map(len, simulated.values()))
    wait_until(lambda: len(cloud.all_messages()) >= expected, f"{expected} messages", within=90)
    cloud.pass_hours(4)  # for what should not come

    runs = Counter((row["profile"], row["journey"]) for row in rows if row["type"] == "journey_entered")
    several = {key for key, count in runs.items() if count > 1}
    assert _settled(_by_journey(cloud.all_messages()), several) == _settled(simulated, several)


def _live(cloud: LocalCloud) -> dict[str, str]:
    """Three moments of a hundred lives; who does what follows from their number. All that happened: id → person."""
    told: dict[str, str] = {}
    for part, hours in ((_first, 2), (_second, 8), (_third, 0)):
        events = [event for number in range(100) for event in part(number)]
        cloud.send(*events)
        told |= {event["messageId"]: event["userId"] for event in events}
        cloud.pass_hours(hours)
    return told


def _first(number: int) -> Iterator[dict[str, Any]]:
    person = PEOPLE[number]
    renews_at = datetime.now(UTC) + timedelta(hours=number % 7)
    traits: dict[str, Any] = {
        "country": ("FR", "IE", "GB", "JP")[number % 4],
        "plan": "gold yearly" if number % 3 == 0 else "tin",
        "renews_at": renews_at.isoformat(),
    }
    if number % 5 in {1, 2}:
        traits["phone"] = f"+35386{number:07}"
    yield identify(person, device=f"token-{number}" if number % 5 == 0 else None, **traits)
    if number % 2 == 0:
        yield track(person, "User Signed Up", source=("website", "app", "till")[number % 3])
    yield _adds(person, "a", price=15 + number % 10)
    if number % 4 == 1:
        yield _adds(person, "b", price=50)
    if number % 10 == 3:
        yield _orders(person, "x", total=70)


def _second(number: int) -> Iterator[dict[str, Any]]:
    person = PEOPLE[number]
    if number % 4 == 1:
        yield _orders(person, "o1", cart_id="a", total=60)
    if number % 8 == 1:
        yield _orders(person, "o2", total=45.5)
    if number % 6 == 2:  # overtaken by its order, and two hours late
        order = _orders(person, "o3", cart_id="c", total=20)
        yield order
        yield _adds(person, "c", price=90) | {"timestamp": _ago(1)}
    if number % 9 == 4:
        yield identify(person, staff="true") | {"traits": {"staff": True}}
    if number % 11 == 7:
        yield track(person, "Subscribed", topic="offers")
    if number % 12 == 5:
        yield track(person, "Unsubscribed", channel="email")


def _third(number: int) -> Iterator[dict[str, Any]]:
    person = PEOPLE[number]
    if number % 3 == 0:
        yield track(person, "Link Followed", cart_id="a")
    if number % 7 == 2:
        yield track(person, "Link Followed", cart_id="elsewhere")
    if number % 10 == 3:
        yield _orders(person, "y", total=40)
    if number % 5 == 4:
        yield _adds(person, "d", price=33)


def _adds(person: str, cart: str, *, price: float) -> dict[str, Any]:
    return track(person, "Product Added", cart_id=cart, product_id="p1", name="Oak board", price=price, quantity=1)


def _orders(person: str, order: str, **properties: Any) -> dict[str, Any]:
    return track(person, "Order Completed", order_id=f"{person}-{order}", currency="EUR", **properties)


def _ago(hours: float) -> str:
    """So long before now, as a client dates it: by the wall's clock."""
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


def _record(cloud: LocalCloud, told: Mapping[str, str], file: Path) -> Path:
    """What happened, as the stack wrote it down, in the order in which it was told.

    What the system itself added is left out: ``simulate`` tells it anew.
    """
    timeline = DynamoTimeline(cloud.client("dynamodb"), table=cloud.environment["TABLE_NAME"])
    recorded: dict[str, Event] = {}

    def is_complete() -> bool:
        for person in {told[id_] for id_ in told.keys() - recorded.keys()}:
            recorded.update((event.id, event) for _, page in timeline.pages(person) for event in page)
        return recorded.keys() >= told.keys()

    wait_until(is_complete, "all events in the timeline")
    file.write_text("".join(json.dumps(event_to_dict(recorded[id_])) + "\n" for id_ in told), encoding="utf-8")
    return file


def _simulate(playbook: Path, recording: Path) -> Rows:
    arrivals = [parse_instant(json.loads(line)["receivedAt"]) for line in recording.read_text("utf-8").splitlines()]
    until = format_instant(max(arrivals) + LASTS)
    options = ["--events", str(recording), "--playbook", str(playbook), "--consent", "explicit", "--until", until]
    result = CliRunner().invoke(app, ["simulate", *options])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def _by_journey(messages: Iterable[Mapping[str, Any]]) -> Sent:
    found: Sent = {}
    for one in messages:
        found.setdefault((one["profile"], one["journey"]), []).append((one["message"], one["channel"]))
    return found


def _settled(sent: Sent, several: Set[tuple[str, str]]) -> Sent:
    """In order, but where a person has several runs of the journey, which pass each other as queues go."""
    return {key: sorted(messages) if key in several else messages for key, messages in sent.items()}
