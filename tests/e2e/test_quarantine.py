"""What came in wrong, as an operator of the deployed stack meets it: told of, mended, sent back in; then it counts."""

import json
from pathlib import Path

import pytest

from tests.e2e.commands import carillon
from tests.e2e.conftest import LocalCloud
from tests.e2e.storefront import a_person, identify, signs_up

pytestmark = pytest.mark.e2e


def test_a_refused_event_is_mended_and_its_message_arrives(cloud: LocalCloud, tmp_path: Path) -> None:
    person = a_person()
    cloud.send(identify(person))
    answer = cloud.post("/v1/batch", {"batch": [signs_up(person) | {"event": 5}]})
    assert answer.status_code == 400

    ids = [json.loads(line)["id"] for line in carillon(cloud, "quarantine", "list", "--json").splitlines()]
    (id_, whole) = next(  # the latest first: each look takes hours of the system's time
        (id_, whole)
        for id_ in reversed(ids)
        if person in (whole := carillon(cloud, "quarantine", "show", id_, "--json"))
    )
    file = tmp_path / "kept.json"
    file.write_text(whole.replace('"event": 5', '"event": "Signed Up"'), "utf-8")
    assert "1 events went back in; 0" in carillon(cloud, "quarantine", "redrive", id_, "--file", str(file))

    assert [message["message"] for message in cloud.wait_for(person)] == ["welcome"]
    assert id_ not in carillon(cloud, "quarantine", "list")
    told = [json.loads(line) for line in carillon(cloud, "quality", "--json").splitlines()]
    assert {"invalid_field"} <= {row["reason"] for row in told if row["source"].startswith("http")}
    assert person not in json.dumps(told)
