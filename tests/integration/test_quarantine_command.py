"""``carillon quarantine`` on moto, with the real doors: what is mended goes back in, and nothing is dropped."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner, Result

import infra.errors
import infra.operations.cloud
from infra.cli import app
from infra.quarantine import doors
from shared.adapters.clock import SystemClock
from shared.domain.events import Trust
from shared.domain.timing import parse_instant
from tests.builders import NOON
from tests.crashes import Accident, Calls, Killed, watched
from tests.http_requests import PUBLIC_KEY, SECRET_KEY, request
from tests.integration.ways_in import BUCKET, WaysIn, forget, open_ways_in

BAD_NAME = {"type": "track", "event": 5, "userId": "u1", "messageId": "m1"}
BAD_TIME = {"type": "track", "event": "Product Added", "userId": "u1", "timestamp": "yesterday"}
TILL = {
    "id": "e1",
    "source": "shop.till",
    "detail-type": "Order Completed",
    "time": "2026-11-02T12:00:00Z",
    "detail": {"properties": {"email": "ben at example.com"}},
}


class LocalClient:
    """The API by its own function, in this process."""

    @staticmethod
    def post(url: str, *, json: Any, auth: tuple[str, str], timeout: float) -> Any:
        assert (url, timeout) == ("https://api.example/v1/batch", 30)
        answer = request("/v1/batch", json, key=auth[0])
        return SimpleNamespace(status_code=answer.status, json=lambda: answer.json)


@pytest.fixture
def ways_in(monkeypatch: pytest.MonkeyPatch, table_name: str) -> Iterator[WaysIn]:
    ways_in = open_ways_in(monkeypatch, table_name)
    sqs, secrets = boto3.client("sqs"), boto3.client("secretsmanager")
    inbound = sqs.create_queue(QueueName="carillon-local-inbound")["QueueUrl"]
    cloud = SimpleNamespace(
        sqs=sqs,
        queue_url=f"{inbound.rpartition('/')[0]}/carillon-local-events.fifo",
        clock=SystemClock(),
        client=boto3.client,
        outputs={
            "ApiUrl": "https://api.example",
            "QuarantineBucketName": BUCKET,
            "WriteKeySecretArn": secrets.describe_secret(SecretId="write")["ARN"],
            "SecretKeySecretArn": secrets.describe_secret(SecretId="secret")["ARN"],
        },
    )
    monkeypatch.setattr(infra.operations.cloud, "connect", lambda *_: cloud)
    monkeypatch.setattr(doors.HttpDoor.__init__, "__kwdefaults__", {"client": LocalClient})
    yield ways_in
    forget()


def quarantine(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["quarantine", *arguments])


def kept_ids(*options: str) -> list[str]:
    return [json.loads(line)["id"] for line in quarantine("list", "--json", *options).output.splitlines()]


def deliver_inbound(ways_in: WaysIn) -> None:
    """What stands in the queue of the bus goes to its function."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="carillon-local-inbound")["QueueUrl"]
    for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        assert ways_in.deliver(message["Body"]) == []
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def mended(tmp_path: Path, id_: str, old: str, new: str) -> str:
    """What ``show --json`` prints, with a text replaced."""
    file = tmp_path / "mended.json"
    whole = quarantine("show", id_, "--json").output
    assert old in whole
    file.write_text(whole.replace(old, new), "utf-8")
    return str(file)


def test_a_batch_is_listed_shown_mended_and_goes_back_in_by_its_key(ways_in: WaysIn, tmp_path: Path) -> None:
    request("/v1/batch", {"batch": [BAD_NAME, BAD_TIME]}, key=SECRET_KEY)
    (id_,) = kept_ids()
    assert "batch.0.event: must be a string" in quarantine("list").output
    shown = quarantine("show", id_).output
    assert "batch.0.event: must be a string\n    5\n" in shown
    assert '"yesterday"' in shown

    first = quarantine("redrive", id_, "--file", mended(tmp_path, id_, '"event": 5', '"event": "Product Added"'))
    assert (first.exit_code, f"{id_}: 1 sent, 1 stay" in first.output) == (1, True)
    assert [(event.id, event.trust) for event in ways_in.queued()] == [("m1", Trust.SECRET)]
    (left,) = ways_in.quarantined()
    assert (left["raw"]["batch"], left["reasons"][0]["path"]) == ([BAD_TIME], "batch.0.timestamp")

    second = quarantine("redrive", id_, "--file", mended(tmp_path, id_, "yesterday", "2026-11-02T11:00:00Z"))
    assert second.exit_code == 0
    assert [event.profile_id for event in ways_in.queued()] == ["u1"]
    assert not ways_in.quarantined()


def test_what_came_by_a_public_key_goes_back_in_by_one(ways_in: WaysIn, tmp_path: Path) -> None:
    consent = {"type": "track", "event": "Subscribed", "userId": "u1", "properties": {"channel": "email"}}
    request("/v1/batch", {"batch": [consent, BAD_NAME]}, key=PUBLIC_KEY)
    (id_,) = kept_ids()
    result = quarantine("redrive", id_, "--file", mended(tmp_path, id_, '"event": 5', '"event": "Product Added"'))

    assert "1 sent, 1 stay" in result.output
    assert [event.trust for event in ways_in.queued()] == [Trust.PUBLIC]


def test_a_delivery_of_the_bus_goes_back_in_with_its_own_id_and_time(ways_in: WaysIn, tmp_path: Path) -> None:
    ways_in.deliver(TILL)
    (id_,) = kept_ids("--source", "bus")
    assert quarantine("redrive", "--all").exit_code == 1
    assert "ben at" in quarantine("show", id_).output

    result = quarantine("redrive", id_, "--file", mended(tmp_path, id_, "ben at ", "ben@"))
    assert result.exit_code == 0, result.output
    deliver_inbound(ways_in)
    (event,) = ways_in.queued()
    assert (event.id, event.source, event.at) == ("e1", "bus:shop.till", NOON)
    assert not ways_in.quarantined()


def test_the_list_is_filtered(ways_in: WaysIn) -> None:
    request("/v1/batch", {"batch": [BAD_NAME]})
    ways_in.deliver(TILL, "not JSON")

    assert len(kept_ids()) == 3
    assert len(kept_ids("--source", "http")) == 1
    assert len(kept_ids("--reason", "is not JSON")) == 1
    assert len(kept_ids("--since", "2020-01-01")) == 3
    assert kept_ids("--since", "2200-01-01") == []
    assert "Nothing in quarantine is like that" in quarantine("list", "--source", "erp").output


def test_a_text_that_is_no_json_stays_until_it_is_mended(ways_in: WaysIn, tmp_path: Path) -> None:
    ways_in.deliver("not JSON")
    (id_,) = kept_ids()
    assert quarantine("redrive", id_).exit_code == 1
    assert len(ways_in.quarantined()) == 1
    file = tmp_path / "mended.json"
    file.write_text(json.dumps(TILL | {"detail": {"userId": "u1"}}), "utf-8")

    assert quarantine("redrive", id_, "--file", str(file)).exit_code == 0
    deliver_inbound(ways_in)
    assert [event.profile_id for event in ways_in.queued()] == ["u1"]


@pytest.mark.parametrize("arguments", [["redrive"], ["redrive", "--all", "--file", "x"], ["redrive", "a", "--all"]])
def test_it_must_be_said_what_is_redriven(ways_in: WaysIn, arguments: list[str]) -> None:
    assert quarantine(*arguments).exit_code == 2


def test_an_id_that_nothing_has_is_told(ways_in: WaysIn) -> None:
    result = quarantine("show", "2026-11-02/abcdef")

    assert isinstance(result.exception, infra.errors.CommandError)


def test_dates_are_by_the_senders_clock_of_that_day_and_ids_are_the_same_at_every_attempt(
    ways_in: WaysIn, tmp_path: Path
) -> None:
    late = {"type": "track", "event": 5, "userId": "u1", "timestamp": "2020-01-01T10:00:00Z"}
    request("/v1/batch", {"batch": [late, late], "sentAt": "2020-01-01T11:00:00Z"})
    (kept,) = ways_in.quarantined()
    (id_,) = kept_ids()
    quarantine("redrive", id_, "--file", mended(tmp_path, id_, '"event": 5', '"event": "Product Added"'))

    events = ways_in.queued()
    assert len({event.id for event in events}) == 2
    received = parse_instant(kept["received_at"])
    assert {event.at for event in events} == {received - 3_600_000}


@pytest.mark.filterwarnings("ignore:No application metrics")  # the dead count nothing
@pytest.mark.parametrize("accident", [Accident.KILLED_BEFORE, Accident.KILLED_AFTER])
@pytest.mark.parametrize("at", range(7))
@pytest.mark.parametrize("way", ["http", "bus"])
def test_dying_at_any_call_drops_nothing_and_doubles_nothing(
    ways_in: WaysIn, tmp_path: Path, way: str, at: int, accident: Accident
) -> None:
    if way == "http":
        request("/v1/batch", {"batch": [BAD_TIME]})
    else:
        ways_in.deliver(TILL)
    (id_,) = kept_ids()
    file = mended(tmp_path, id_, *(("yesterday", "2026-11-02T11:00:00Z") if way == "http" else ("ben at ", "ben@")))
    with watched(Calls(at, accident)) as calls, suppress(Killed):
        quarantine("redrive", id_, "--file", file)
    assert way == "bus" or len(calls.made) <= 7, "there are more calls than are tried"

    for left in kept_ids():
        assert quarantine("redrive", left, "--file", file).exit_code == 0
    if way == "bus":
        deliver_inbound(ways_in)
    assert len({event.id for event in ways_in.queued()}) == 1
    assert not ways_in.quarantined()
