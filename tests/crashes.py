"""Kills a function at any of its AWS calls: the calls of a clean run are recorded, then one is made to go wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ReadTimeoutError

Call: TypeAlias = tuple[str, str]
"""Service and operation: ``("dynamodb", "PutItem")``."""


class Killed(BaseException):
    """The process ended here; no ``except Exception`` of the code under test sees it."""


class Accident(StrEnum):
    """What happens to one call."""

    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"
    TIMED_OUT_BEFORE = "timed out, not carried out"
    TIMED_OUT_AFTER = "timed out, carried out"

    @property
    def is_carried_out(self) -> bool:
        return self in {Accident.KILLED_AFTER, Accident.TIMED_OUT_AFTER}

    def error(self) -> BaseException:
        if self in {Accident.KILLED_BEFORE, Accident.KILLED_AFTER}:
            return Killed()
        return ReadTimeoutError(endpoint_url="https://aws.example")


@dataclass
class Calls:
    """The calls that were made; ``at`` is the index of the one that goes wrong."""

    at: int | None = None
    accident: Accident = Accident.KILLED_BEFORE
    made: list[Call] = field(default_factory=list)


@contextmanager
def watched(calls: Calls) -> Iterator[Calls]:
    """Record the AWS calls within, and let the chosen one go wrong."""
    carry_out = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        index = len(calls.made)
        calls.made.append((client.meta.service_model.service_name, operation))
        if index != calls.at:
            return carry_out(client, operation, parameters)
        if calls.accident.is_carried_out:
            carry_out(client, operation, parameters)
        raise calls.accident.error()

    with patch.object(BaseClient, "_make_api_call", call):
        yield calls
