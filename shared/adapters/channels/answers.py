"""What a provider's error means for a message: one table a channel, and the rules for what no table names."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from shared.adapters.aws_errors import error_code, translate
from shared.errors import AmbiguousError, CarillonError, PermanentError, RetryableError, ThrottledError

Meaning: TypeAlias = type[ThrottledError] | type[RetryableError] | type[PermanentError] | type[AmbiguousError]

NEVER_SENT: Final = (ConnectTimeoutError, EndpointConnectionError)
"""No connection came about. Certain only because the senders' clients try once: see ``bootstrap.aws.SENDS``."""


def translate_answer(error: BotoCoreError | ClientError, meanings: Mapping[str, Meaning]) -> CarillonError:
    """The error to raise ``from`` it. Codes that ``meanings`` lacks go by the general rules of ``aws_errors``.

    Where the service gives a reason beside the code, ``code/reason`` comes before the code alone, and both are told.
    """
    code = error_code(error)
    if isinstance(error, NEVER_SENT):
        return RetryableError(f"no connection: {code}", code=code)
    reason = str(error.response.get("Reason") or "") if isinstance(error, ClientError) else ""
    said = f"{code}/{reason}" if reason else code
    meaning = meanings.get(said) or meanings.get(code)
    return translate(error) if meaning is None else meaning(f"the provider says {said}", code=reason or code)
