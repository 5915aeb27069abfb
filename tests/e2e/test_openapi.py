"""The running stack answers as its own OpenAPI document says, whoever asks, whatever they send."""

import json
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.e2e.conftest import LocalCloud

pytestmark = pytest.mark.e2e

DOCUMENT: Final = json.loads(
    (Path(__file__).parents[2] / "functions/ingest_events/openapi.json").read_text(encoding="utf-8")
)
CHECKS: Final = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
KEYS: Final = ("public", "secret", "wrong", "none")
BOUNDED: Final = settings(
    max_examples=3, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


def described(mode: GenerationMode) -> Any:
    found = schemathesis.openapi.from_dict(DOCUMENT)
    found.config.generation.update(modes=[mode], with_security_parameters=False)
    found.config.phases.coverage.enabled = False
    return found


def call_and_check(case: Any, cloud: LocalCloud, key: str) -> None:
    text = {"public": cloud.write_key, "secret": cloud.secret_key, "wrong": "wrong-key"}.get(key)
    auth = None if text is None else (text, "")
    case.call_and_validate(base_url=cloud.ingest_url, auth=auth, checks=CHECKS, timeout=30, allow_redirects=False)


def test_the_document_is_served_as_it_is_here(cloud: LocalCloud) -> None:
    assert httpx.get(f"{cloud.ingest_url}/openapi.json", timeout=30).json() == DOCUMENT


@pytest.mark.parametrize("key", KEYS)
@described(GenerationMode.POSITIVE).parametrize()  # type: ignore[untyped-decorator]
@BOUNDED
def test_what_is_as_described_is_answered_as_described(cloud: LocalCloud, case: Any, key: str) -> None:
    call_and_check(case, cloud, key)


@pytest.mark.parametrize("key", KEYS)
@described(GenerationMode.NEGATIVE).parametrize()  # type: ignore[untyped-decorator]
@BOUNDED
def test_what_is_not_is_refused_as_described(cloud: LocalCloud, case: Any, key: str) -> None:
    call_and_check(case, cloud, key)
