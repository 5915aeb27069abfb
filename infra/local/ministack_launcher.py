"""Run MiniStack on our clock, with SES as a source of events, and mended where it differs from AWS.

Executed in MiniStack's own environment (``uvx``), so it imports the standard library and MiniStack only. Everything
changed here goes through ``_change``, and a MiniStack without one of those names is refused rather than run wrongly.
"""

import argparse
import contextvars
import importlib
import inspect
import string
import sys
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any


class FastClock:
    """The ``time`` module, with a ``time()`` that runs ``speed`` times faster since ``epoch`` (milliseconds)."""

    def __init__(self, speed: float, epoch: int) -> None:
        self._speed = speed
        self._epoch = epoch / 1_000

    def time(self) -> float:
        return self._epoch + (time.time() - self._epoch) * self._speed

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--speed", type=float, required=True)
    parser.add_argument("--epoch", type=int, required=True)
    arguments = parser.parse_args()
    sys.argv[1:] = []
    _change_scheduler(arguments.speed, arguments.epoch)
    _allow_events_of_ses()
    _mend_http_api()
    _mend_secrets()
    _answer_sooner()
    importlib.import_module("ministack.app").main()


def _change_scheduler(speed: float, epoch: int) -> None:
    """Schedules come due by the system's clock, and are looked at often enough for one that runs fast."""
    scheduler = importlib.import_module("ministack.services.scheduler")
    if "time.time()" not in inspect.getsource(_known(scheduler, "_tick_schedules")):
        _refuse(scheduler, "_tick_schedules with time.time()")
    _change(scheduler, "time", time if speed == 1 else FastClock(speed, epoch))
    _change(scheduler, "_SCHEDULE_TICK_INTERVAL", 1.0 if speed == 1 else 0.1)


def _allow_events_of_ses() -> None:
    """The recording gateway stands for SES, whose events come from ``aws.ses``, a source closed to customers."""
    eventbridge = importlib.import_module("ministack.services.eventbridge")
    put_events = _known(eventbridge, "_put_events")
    if "allow_aws_source" not in inspect.signature(put_events).parameters:
        _refuse(eventbridge, "_put_events(allow_aws_source)")
    _change(eventbridge, "_put_events", lambda entries: put_events(entries, allow_aws_source=True))


def _mend_http_api() -> None:
    """CORS as CloudFormation spells it is read; an encoded body reaches the function whole, as base64, as on AWS."""
    http_api = importlib.import_module("ministack.services.apigateway")
    for name in ("_cors_response_headers", "_cors_preflight_response"):
        _change(http_api, name, _with_camel_case(_known(http_api, name)))

    is_encoded = contextvars.ContextVar("is_encoded", default=False)
    invoke, is_text = _known(http_api, "_invoke_lambda_proxy"), _known(http_api, "_v2_request_body_is_text")
    if list(inspect.signature(invoke).parameters)[5] != "headers":
        _refuse(http_api, "_invoke_lambda_proxy(…, headers)")

    async def invoke_whole(*arguments: Any, **options: Any) -> Any:
        token = is_encoded.set("content-encoding" in arguments[5])
        try:
            return await invoke(*arguments, **options)
        finally:
            is_encoded.reset(token)

    _change(http_api, "_invoke_lambda_proxy", invoke_whole)
    _change(http_api, "_v2_request_body_is_text", lambda content: not is_encoded.get() and is_text(content))


def _with_camel_case(answer: Callable[..., Any]) -> Callable[..., Any]:
    return lambda settings, origin: answer({name[0].lower() + name[1:]: settings[name] for name in settings}, origin)


def _mend_secrets() -> None:
    """A generated secret without punctuation has none."""
    provisioners = importlib.import_module("ministack.services.cloudformation.provisioners")
    generate = _known(provisioners, "_sm_secret_string")

    def without_punctuation(properties: dict[str, Any]) -> Any:
        rules = properties.get("GenerateSecretString") or {}
        if str(rules.get("ExcludePunctuation", "")).lower() == "true":
            rules = {**rules, "ExcludeCharacters": rules.get("ExcludeCharacters", "") + string.punctuation}
            properties = {**properties, "GenerateSecretString": rules}
        return generate(properties)

    _change(provisioners, "_sm_secret_string", without_punctuation)


def _answer_sooner() -> None:
    """Few workers, woken at once: a laptop has few cores, and every worker is a Python that must start first."""
    functions = importlib.import_module("ministack.services.lambda_svc")
    _change(functions, "_ESM_SQS_DEFAULT_CONCURRENCY", 1)
    _change(functions, "_ESM_IDLE_WAKE_GAP_SECONDS", 0.01)


def _change(module: ModuleType, name: str, value: Any) -> None:
    _known(module, name)
    setattr(module, name, value)


def _known(module: ModuleType, name: str) -> Any:
    if not hasattr(module, name):
        _refuse(module, name)
    return getattr(module, name)


def _refuse(module: ModuleType, name: str) -> None:
    sys.exit(f"this MiniStack has no {module.__name__}.{name}: the launcher must be adapted to it")


if __name__ == "__main__":
    main()
