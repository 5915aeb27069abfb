"""Each failure of AWS becomes the error that says whether trying again helps."""

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from shared.adapters.aws_errors import INVALID, THROTTLING, error_code, translate
from shared.errors import AmbiguousError, CarillonError, PermanentError, RetryableError, ThrottledError


def an_answer(code: str, status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "to ana@example.com"}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "SendEmail",
    )


URL = {"endpoint_url": "https://example.com"}

CASES: list[tuple[BotoCoreError | ClientError, type[CarillonError]]] = [
    *[(an_answer(code), ThrottledError) for code in sorted(THROTTLING)],
    *[(an_answer(code), PermanentError) for code in sorted(INVALID)],
    (an_answer("AccessDeniedException"), RetryableError),
    (an_answer("ResourceNotFoundException"), RetryableError),
    (an_answer("ServiceUnavailable", 503), RetryableError),
    (an_answer("InternalServerError", 500), AmbiguousError),
    (an_answer("502", 502), AmbiguousError),
    (ReadTimeoutError(**URL), AmbiguousError),
    (ConnectTimeoutError(**URL), AmbiguousError),
    (ConnectionClosedError(**URL), AmbiguousError),
    (EndpointConnectionError(**URL, error="refused"), AmbiguousError),
    (ParamValidationError(report="bad"), PermanentError),
    (NoCredentialsError(), RetryableError),
]


@pytest.mark.parametrize(("error", "expected"), CASES, ids=[error_code(error) for error, _ in CASES])
def test_a_failure_becomes_the_error_that_says_whether_to_retry(
    error: BotoCoreError | ClientError, expected: type[CarillonError]
) -> None:
    assert type(translate(error)) is expected


def test_a_services_own_codes_can_be_permanent() -> None:
    translated = translate(an_answer("MessageRejected"), permanent={"MessageRejected"})

    assert isinstance(translated, PermanentError)
    assert translated.code == "MessageRejected"


def test_the_wording_quotes_nothing_that_aws_said() -> None:
    assert str(translate(an_answer("MessageRejected"))) == "SendEmail: MessageRejected"
