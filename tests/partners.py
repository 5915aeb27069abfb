"""A partner's server on loopback, behind TLS: it notes what it is sent, and answers what it is told to."""

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Final, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST: Final = "api.mailhouse.example"
SILENCE: Final = b""
"""Told to a server: take the request, and say nothing."""
HANGS_UP: Final = None
"""… and close the connection."""
Told: TypeAlias = bytes | Sequence[bytes] | None
_BIT: Final = 65_536


@dataclass(frozen=True)
class Certificate:
    """Of the host, signed by itself, so that whoever trusts it trusts nothing else."""

    path: Path

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.path))


@cache
def certificate(host: str) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    begin = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = Path(mkdtemp()) / "partner.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return Certificate(path)


@dataclass
class PartnerServer:
    """``heard``: each request as it came, headers and body."""

    port: int
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/v1/letters?account=7"


def answer(status: int, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status} Whatever", *headers, "Content-Length: 0", "", ""]).encode()


@contextmanager
def partner_server(*answers: Told, host: str = HOST) -> Iterator[PartnerServer]:
    """One connection an answer; one in pieces comes piece by piece, each when the one before was taken."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(host).path)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = PartnerServer(listener.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(listener, context, answers, server, ended), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            ended.set()
            listener.close()
            with socket.socket() as knock:  # wakes an accept that waits
                knock.settimeout(1)
                knock.connect_ex(("127.0.0.1", server.port))
            thread.join(5)


def _serve(
    listener: socket.socket,
    context: ssl.SSLContext,
    answers: Sequence[Told],
    server: PartnerServer,
    ended: threading.Event,
) -> None:
    for told in answers:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        with plain:
            try:
                with context.wrap_socket(plain, server_side=True) as connection:
                    server.heard.append(_read(connection))
                    for piece in (told,) if isinstance(told, bytes) else told or ():
                        connection.sendall(piece)
                    if told is not HANGS_UP and (told == SILENCE or not isinstance(told, bytes)):
                        ended.wait(10)
            except OSError:
                continue


def _read(connection: ssl.SSLSocket) -> tuple[str, dict[str, str], bytes]:
    text = b""
    while b"\r\n\r\n" not in text:
        text += connection.recv(_BIT)
    head, _, body = text.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    while len(body) < int(headers["content-length"]):
        body += connection.recv(_BIT)
    return first, headers, body
