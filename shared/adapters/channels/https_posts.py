"""One POST to a host of the internet: to a public address alone, over verified TLS, within one deadline.

The address that was checked is the one that is connected to, so a name that points elsewhere a moment later changes
nothing. Each request has a connection of its own: one that was kept open may turn out to be closed only when a request
has gone into it, and then nobody knows whether it arrived. No redirect is followed, no proxy is asked, and of the
answer no more is read than its headers.
"""

import io
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import cache
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from time import monotonic
from typing import Any, Final, NamedTuple, cast
from urllib.parse import urlsplit

from shared.domain.timing import SECOND, Duration
from shared.errors import AmbiguousError, ThrottledError

HTTPS_PORT: Final = 443
CONNECTS_WITHIN: Final = 2.0
"""Seconds for one address; the deadline goes for all of them."""
ADDRESSES_TRIED: Final = 3
NOT_PUBLIC: Final = "NotPublic"
"""Our own word: the name leads into somebody's own network."""


class Answer(NamedTuple):
    """What a server said; ``retry_after`` is empty where it said nothing of that."""

    status: int
    retry_after: str = ""


def addresses_of(host: str, port: int) -> Sequence[str]:
    """The host's IPv4 addresses: a function outside a VPC reaches no others."""
    found = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(address: str) -> bool:
    """Whether the address is one of the internet's: not a private network's, this machine's, or a cloud's own."""
    read = ip_address(address)
    return read.is_global and not read.is_multicast


@cache
def _usual_trust() -> ssl.SSLContext:
    return ssl.create_default_context()


class HttpsPosts:
    """Makes the requests. What the arguments say is for tests: who has which address, and whom to trust."""

    def __init__(
        self,
        *,
        addresses: Callable[[str, int], Sequence[str]] = addresses_of,
        is_allowed: Callable[[str], bool] = is_public,
        trust: Callable[[], ssl.SSLContext] = _usual_trust,
    ) -> None:
        self._addresses = addresses
        self._is_allowed = is_allowed
        self._trust = trust

    def post(self, url: str, headers: Mapping[str, str], body: bytes, *, timeout: Duration) -> Answer:
        """What the server answers.

        Raises:
            ThrottledError: the host cannot be reached; nothing was sent.
            AmbiguousError: there was no answer to what was sent, or none that can be understood.
        """
        deadline = monotonic() + timeout / SECOND
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or HTTPS_PORT
        try:
            connected = self._connected(host, port, deadline)
        except (OSError, UnicodeError) as error:
            raise ThrottledError("no connection", code=type(error).__name__) from error
        with closing(connected):
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            return _exchange(connected, deadline, parts.netloc, target, headers, body)

    def _connected(self, host: str, port: int, deadline: float) -> ssl.SSLSocket:
        found = self._addresses(host, port)
        if not found or not all(map(self._is_allowed, found)):
            raise ThrottledError("the host is not on the internet", code=NOT_PUBLIC)
        context = self._trust()
        plain = _first_connected(found[:ADDRESSES_TRIED], port, deadline)
        try:
            plain.settimeout(_left(deadline))
            return context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise


def _first_connected(addresses: Sequence[str], port: int, deadline: float) -> socket.socket:
    failure: OSError = TimeoutError()
    for address in addresses:
        try:
            return socket.create_connection((address, port), min(CONNECTS_WITHIN, _left(deadline)))
        except OSError as error:
            failure = error
    raise failure


def _exchange(
    connected: ssl.SSLSocket, deadline: float, host: str, target: str, headers: Mapping[str, str], body: bytes
) -> Answer:
    connection = HTTPConnection(host)
    connection.sock = cast("socket.socket", _Timed(connected, deadline))
    try:
        connection.request("POST", target, body, {**headers, "Host": host, "Connection": "close"})
        response = connection.getresponse()
    except (OSError, HTTPException) as error:
        raise AmbiguousError("no answer", code=type(error).__name__) from error
    return Answer(response.status, response.getheader("Retry-After") or "")


class _Timed:
    """As much of a socket as ``http.client`` uses; whatever is sent or read must be before the deadline."""

    def __init__(self, connected: ssl.SSLSocket, deadline: float) -> None:
        self._connected = connected
        self._deadline = deadline

    def sendall(self, piece: Any) -> None:
        self._connected.settimeout(_left(self._deadline))
        self._connected.sendall(piece)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._connected, self._deadline))

    def close(self) -> None:
        """Whoever opened it closes it."""


class _TimedReader(io.RawIOBase):
    def __init__(self, connected: ssl.SSLSocket, deadline: float) -> None:
        super().__init__()
        self._connected = connected
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connected.settimeout(_left(self._deadline))
        return self._connected.recv_into(buffer)


def _left(deadline: float) -> float:
    """Seconds; raises ``TimeoutError`` where there are none left, for a socket would take 0 for no waiting at all."""
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError
    return left
