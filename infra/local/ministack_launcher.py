"""Run MiniStack on our clock, with SES as a source of events, and mended where it differs from AWS.

Executed in MiniStack's own environment (``uvx``), so it imports the standard library and MiniStack only. Everything
changed here goes through ``_change``, and a MiniStack without one of those names is refused rather than run wrongly.
"""

import argparse
import contextvars
import hashlib
import importlib
import inspect
import string
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any


class Overlay:
    """A module with some of its names replaced."""

    def __init__(self, module: ModuleType, **replaced: Any) -> None:
        self.__dict__.update(replaced)
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def fast_time(speed: float, epoch: int) -> Callable[[], float]:
    """``time.time``, but ``speed`` times faster since ``epoch`` (milliseconds)."""
    began = epoch / 1_000
    return lambda: began + (time.time() - began) * speed


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
    _change(scheduler, "time", time if speed == 1 else Overlay(time, time=fast_time(speed, epoch)))
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
    """Few workers, woken at once, that share their files: a laptop has few cores, and each worker must start first."""
    functions = importlib.import_module("ministack.services.lambda_svc")
    _change(functions, "_ESM_SQS_DEFAULT_CONCURRENCY", 1)
    _change(functions, "_ESM_IDLE_WAKE_GAP_SECONDS", 0.01)

    runtime = importlib.import_module("ministack.core.lambda_runtime")
    _change(runtime, "zipfile", Overlay(zipfile, ZipFile=SharedArchive))


class SharedArchive(zipfile.ZipFile):
    """Extracts an archive once, however many workers ask for it, and links to that; nobody writes there."""

    _extracting = threading.Lock()

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        digest = hashlib.sha256(Path(str(self.filename)).read_bytes()).hexdigest()[:32]
        extracted = Path(tempfile.gettempdir(), f"extracted-{digest}")
        with self._extracting:
            if not extracted.exists():
                unfinished = extracted.with_suffix(".part")
                super().extractall(unfinished, members, pwd)
                unfinished.rename(extracted)
        for item in extracted.iterdir():
            Path(path, item.name).symlink_to(item)


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
