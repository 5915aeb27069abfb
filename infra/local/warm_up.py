"""Start every function's first worker before anyone waits for it, by an invocation that asks it for nothing."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from infra.local.aws_clients import aws_client
from infra.local.errors import LocalCloudError

EMPTY_BATCH: Final[dict[str, Any]] = {"Records": []}

HEALTH: Final[dict[str, Any]] = {
    "version": "2.0",
    "routeKey": "GET /v1/health",
    "rawPath": "/v1/health",
    "rawQueryString": "",
    "headers": {"host": "127.0.0.1"},
    "requestContext": {
        "http": {"method": "GET", "path": "/v1/health", "sourceIp": "127.0.0.1"},
        "requestId": "warm-up",
        "stage": "$default",
        "routeKey": "GET /v1/health",
    },
    "isBase64Encoded": False,
}
"""A request for the state of health; a function without that route answers that it has none."""

NOT_STARTED: Final = "init failed"
"""MiniStack's word for a function that cannot be imported. Some refuse an empty batch: those have started."""

BEHIND_HTTP: Final = ("ingest", "preferences")

AT_ONCE: Final = 4


def warm_up(endpoint: str, *, log: Path) -> None:
    """Raises ``LocalCloudError`` where a function cannot even start."""
    functions = aws_client("lambda", endpoint)
    names = [
        function["FunctionName"]
        for page in functions.get_paginator("list_functions").paginate()
        for function in page["Functions"]
        if function.get("Runtime", "").startswith("python") and function["FunctionName"].startswith("carillon-")
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for name, answer in zip(names, pool.map(lambda name: _invoke(functions, name), names), strict=True):
            reason = str(json.loads(answer["Payload"].read())) if "FunctionError" in answer else ""
            if NOT_STARTED in reason:
                raise LocalCloudError(f"the function {name} does not start ({reason})", f"read {log}")


def _invoke(functions: Any, name: str) -> Any:
    event = HEALTH if any(part in name for part in BEHIND_HTTP) else EMPTY_BATCH
    return functions.invoke(FunctionName=name, Payload=json.dumps(event).encode())
