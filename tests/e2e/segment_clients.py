"""Segment's own clients for Node and for browsers: pinned, and installed once into the user's cache."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

HERE: Final = Path(__file__).parent / "clients"
INSTALL_WITHIN: Final = 180
SAY_WITHIN: Final = 60


def installed() -> Path:
    """The folder with the clients' ``node_modules``; skips the test where npm's registry cannot be reached."""
    pinned = (HERE / "package-lock.json").read_bytes()
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = caches / "carillon" / f"segment-clients-{hashlib.sha256(pinned).hexdigest()[:16]}"
    if (folder / "complete").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    command = [str(_beside_python("npm")), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        ended = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=INSTALL_WITHIN)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm does not reach its registry within {INSTALL_WITHIN} s")
    if ended.returncode:
        pytest.skip(f"npm does not install Segment's clients: {ended.stderr.strip()[-500:]}")
    (folder / "complete").touch()
    return folder


def say_from_node(url: str, key: str, *calls: tuple[str, dict[str, Any]]) -> None:
    """Through ``@segment/analytics-node``; fails unless all was taken."""
    command = [
        str(_beside_python("node")),
        str(HERE / "phone.cjs"),
        json.dumps({"url": url, "key": key, "calls": calls}),
    ]
    environment = os.environ | {"NODE_PATH": str(installed() / "node_modules")}
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=SAY_WITHIN, env=environment)
    assert ended.returncode == 0, ended.stderr


@contextmanager
def shop_page() -> Iterator[str]:
    """The address of a page that has ``@segment/analytics-next``."""
    client = installed() / "node_modules" / "@segment" / "analytics-next" / "dist" / "umd"

    class Shop(SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            return str(HERE / "shop.html") if path == "/" else super().translate_path(path)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Shop, directory=str(client)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def _beside_python(name: str) -> Path:
    return Path(sys.executable).with_name(name)
