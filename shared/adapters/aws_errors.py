"""AWS's failures in our words, so that every adapter answers alike whether trying again helps."""

from collections.abc import Collection
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, ParamValidationError
from botocore.exceptions import ConnectionError as BotoConnectionError

from shared.errors import AmbiguousError, CarillonError, PermanentError, RetryableError, ThrottledError

AWS_ERRORS: Final = (BotoCoreError, ClientError)

THROTTLING: Final = frozenset(
    {
        "BandwidthLimitExceeded",
        "KmsThrottled",
        "OverLimit",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)

INVALID: Final = frozenset(
    {
        "InvalidParameter",
        "InvalidParameterException",
        "InvalidParameterValue",
        "InvalidParameterValueException",
        "SerializationException",
        "ValidationError",
        "ValidationException",
    }
)
"""Refusals of what was asked. Missing permissions and resources are not among them: those are ours to mend, and
what waited for them may be tried again then."""

UNTOLD: Final = frozenset({500, 502, 504})
"""Answers after which the call may have been carried out all the same. 503 is a refusal."""


def translate(error: BotoCoreError | ClientError, *, permanent: Collection[str] = ()) -> CarillonError:
    """The error to raise ``from`` it. ``permanent``: a service's own codes for "never".

    The wording holds operation and code only: AWS's messages quote addresses.
    """
    if isinstance(error, ClientError):
        return _translate_answer(error, permanent)
    name = type(error).__name__
    if isinstance(error, ParamValidationError):
        return PermanentError("the request to AWS is malformed", code=name)
    if isinstance(error, HTTPClientError | BotoConnectionError):
        # All of them, even a refused connection: botocore may have tried before, and that attempt got through.
        return AmbiguousError(f"no answer from AWS: {name}", code=name)
    return RetryableError(f"could not call AWS: {name}", code=name)


def error_code(error: BotoCoreError | ClientError) -> str:
    """AWS's word for what went wrong, such as ``ConditionalCheckFailedException``."""
    return str(error.response["Error"].get("Code", "")) if isinstance(error, ClientError) else type(error).__name__


def _translate_answer(error: ClientError, permanent: Collection[str]) -> CarillonError:
    code = error_code(error)
    wording = f"{error.operation_name}: {code}"
    if code in permanent or code in INVALID:
        return PermanentError(wording, code=code)
    if code in THROTTLING:
        return ThrottledError(wording, code=code)
    if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") in UNTOLD:
        return AmbiguousError(wording, code=code)
    return RetryableError(wording, code=code)
