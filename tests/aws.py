"""AWS by moto, for any level of tests.

Half of the time of a test on moto went into making clients and reading what they are made from, megabytes of JSON: all
tests share one session, and all that only make calls share their clients, which keep no state.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final, NoReturn
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.core.config import DefaultConfig

ONE_SESSION: Final[DefaultConfig] = {"core": {"reset_boto3_session": False}}

own_client = boto3.client
"""For a test that hooks into its client: what it hangs there would stay with a shared one."""


@contextmanager
def pretended_aws() -> Iterator[None]:
    """An empty account."""
    with mock_aws(config=ONE_SESSION), patch.object(boto3, "client", _shared_client):
        yield


@cache
def _shared_client(service: str, **choices: Any) -> Any:
    client: Any = own_client(service, **choices)  # type: ignore[call-overload]
    client.meta.events.register = client.meta.events.register_first = _refuse
    client.__class__ = type("SharedClient", (client.__class__,), {"__setattr__": _set_what_botocore_keeps})
    return client


def _set_what_botocore_keeps(client: object, name: str, value: object) -> None:
    if not name.startswith("_"):
        _refuse()
    object.__setattr__(client, name, value)


def _refuse(*_: object, **__: object) -> NoReturn:
    raise AssertionError("this client is shared by all tests: take an own_client")
