"""The OpenAPI document: valid, and true of what the function does."""

from collections.abc import Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from openapi_spec_validator import validate

from functions.ingest_events.problems import PROBLEMS
from functions.serve_profiles import problems as staff_problems
from functions.serve_shop import problems as shop_problems
from shared.domain.intake.segment_spec import CALLS
from tests.http_requests import SECRET_KEY, a_call, in_batch, request
from tests.unit.functions.conftest import Inside

DOCUMENT: dict[str, Any] = request("/openapi.json", "", method="GET", key=None).json
REQUESTS = [
    pytest.param(path, example["value"], id=f"{path} {name}")
    for path, operations in DOCUMENT["paths"].items()
    if "post" in operations and operations["post"]["tags"] == ["Events"]
    for name, example in operations["post"]["requestBody"]["content"]["application/json"]["examples"].items()
]


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]})


def test_the_document_is_valid() -> None:
    validate(DOCUMENT)


def test_every_call_is_described() -> None:
    assert {path for path in DOCUMENT["paths"] if path.startswith("/v1/") and not is_of_staff(path)} == {
        "/v1/batch",
        "/v1/health",
        "/v1/webhooks/shopify",
        *(f"/v1/{name}" for name in CALLS),
    }


def is_of_staff(path: str) -> bool:
    return any(operation["tags"] in (["People"], ["Shop"]) for operation in DOCUMENT["paths"][path].values())


@pytest.mark.parametrize(
    ("name", "problems"), [("StaffProblem", staff_problems.PROBLEMS), ("ShopProblem", shop_problems.PROBLEMS)]
)
def test_every_problem_of_staff_is_described(name: str, problems: Mapping[str, Any]) -> None:
    described = DOCUMENT["components"]["schemas"][name]["properties"]["type"]["enum"]

    assert described == [f"urn:carillon:problem:{code}" for code in problems]


def test_every_request_of_staff_asks_for_the_secret_key_and_tells_what_refuses_it() -> None:
    for path, operations in DOCUMENT["paths"].items():
        for operation in operations.values() if is_of_staff(path) else ():
            assert operation["security"] == [{"secretKey": []}, {"secretToken": []}]
            assert {"401", "404", "500", "503"} <= operation["responses"].keys()


def test_every_problem_is_described() -> None:
    described = DOCUMENT["components"]["schemas"]["Problem"]["properties"]["type"]["enum"]

    assert described == [f"urn:carillon:problem:{code}" for code in PROBLEMS]


@pytest.mark.parametrize(("path", "example"), REQUESTS)
def test_every_example_is_as_described_and_accepted(inside: Inside, path: str, example: Any) -> None:
    schema(path.removeprefix("/v1/").capitalize()).validate(example)

    answer = request(path, example, key=SECRET_KEY)
    assert answer.json == {"success": True}
    schema("Accepted").validate(answer.json)


@pytest.mark.parametrize("name", DOCUMENT["components"]["responses"])
def test_every_example_of_a_problem_is_as_described(name: str) -> None:
    content = DOCUMENT["components"]["responses"][name]["content"]["application/problem+json"]
    for example in content["examples"].values():
        schema("Problem").validate(example["value"])
        code = example["value"]["type"].rpartition(":")[2]
        problem = PROBLEMS[code]
        assert (example["value"]["status"], example["value"]["title"], example["value"]["detail"]) == (
            problem.status,
            problem.title,
            problem.detail,
        )


@pytest.mark.parametrize(
    ("path", "content", "name"),
    [
        ("/v1/track", a_call(event=5), "Problem"),
        ("/v1/track", "{", "Problem"),
        ("/v1/batch", in_batch(a_call(), a_call(event=5)), "Accepted"),
        ("/v1/nothing", {}, "Problem"),
    ],
)
def test_answers_are_as_described(inside: Inside, path: str, content: Any, name: str) -> None:
    schema(name).validate(request(path, content).json)
