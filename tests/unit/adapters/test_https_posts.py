"""Requests to a real server on loopback: what goes out, what comes of every way in which an answer can be missing."""

import socket
from collections.abc import Sequence

import pytest

from shared.adapters.channels.https_posts import NOT_PUBLIC, Answer, HttpsPosts, is_public
from shared.domain.timing import SECOND
from shared.errors import AmbiguousError, CarillonError, RetryableError, ThrottledError
from tests.partners import HANGS_UP, HOST, SILENCE, PartnerServer, answer, certificate, partner_server

SOON = SECOND // 4
"""As long as a test waits for what never comes."""


def posts(*, allowed: bool = True) -> HttpsPosts:
    return HttpsPosts(
        addresses=lambda host, _: ["127.0.0.1"] if host == HOST else [],
        is_allowed=(lambda _: True) if allowed else is_public,
        trust=certificate(HOST).trust,
    )


def post(server: PartnerServer, timeout: int = 5 * SECOND, headers: dict[str, str] | None = None) -> Answer:
    return posts().post(server.url, headers or {}, b'{"name": "Ana"}', timeout=timeout)


def test_it_posts_the_body_once_with_its_headers() -> None:
    with partner_server(answer(204)) as server:
        assert post(server, headers={"X-Account": "7", "Content-Type": "application/json"}) == Answer(204)
    [(first, headers, body)] = server.heard
    assert first == "POST /v1/letters?account=7 HTTP/1.1"
    assert body == b'{"name": "Ana"}'
    assert headers == {
        "host": f"{HOST}:{server.port}",
        "x-account": "7",
        "content-type": "application/json",
        "content-length": "15",
        "connection": "close",
        "accept-encoding": "identity",
    }


def test_it_hands_back_how_long_to_wait() -> None:
    with partner_server(answer(429, "Retry-After: 120")) as server:
        assert post(server) == Answer(429, "120")


def test_it_follows_no_redirect() -> None:
    with partner_server(answer(302, f"Location: https://{HOST}/elsewhere")) as server:
        assert post(server).status == 302
    assert len(server.heard) == 1


def test_it_asks_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with partner_server(answer(200)) as server:
        assert post(server).status == 200


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (SILENCE, "TimeoutError"),
        ((b"HTTP/1.1 200 OK\r\n", b"X-Slow: "), "TimeoutError"),
        (b"\x00\x01 no HTTP at all\r\n\r\n", "BadStatusLine"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", "LineTooLong"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "HTTPException"),
    ],
    ids=["silence", "half an answer", "no HTTP", "a line without end", "headers without end"],
)
def test_what_was_sent_and_not_answered_is_in_doubt(told: bytes | Sequence[bytes], code: str) -> None:
    with partner_server(told) as server:
        with pytest.raises(AmbiguousError) as raised:
            post(server, SOON if code == "TimeoutError" else 5 * SECOND)
        assert raised.value.context["code"] == code
        assert len(server.heard) == 1


def test_a_connection_that_is_closed_without_an_answer_leaves_a_doubt() -> None:
    with partner_server(HANGS_UP) as server, pytest.raises(AmbiguousError):
        post(server)


def unsent(code: str, raised: CarillonError) -> None:
    assert type(raised) is ThrottledError
    assert not isinstance(raised, AmbiguousError)
    assert raised.context["code"] == code


def test_a_refused_connection_has_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(RetryableError) as raised:
        post(PartnerServer(port))
    unsent("ConnectionRefusedError", raised.value)


def test_another_hosts_certificate_is_sent_nothing() -> None:
    with partner_server(answer(200), host="other.example") as server, pytest.raises(RetryableError) as raised:
        post(server)
    unsent("SSLCertVerificationError", raised.value)
    assert server.heard == []


def test_who_does_not_speak_tls_in_time_is_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(RetryableError) as raised:
        post(PartnerServer(listener.getsockname()[1]), SOON)
    unsent("TimeoutError", raised.value)


def test_a_name_that_nobody_has_is_sent_nothing() -> None:
    def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(RetryableError) as raised:
        HttpsPosts(addresses=unknown).post("https://gone.example/", {}, b"{}", timeout=SECOND)
    unsent("gaierror", raised.value)


def test_a_name_that_leads_into_this_machine_is_sent_nothing() -> None:
    with partner_server(answer(200)) as server, pytest.raises(RetryableError) as raised:
        posts(allowed=False).post(server.url, {}, b"{}", timeout=SECOND)
    unsent(NOT_PUBLIC, raised.value)
    assert server.heard == []


def test_one_address_within_is_enough_to_be_sent_nothing() -> None:
    both = HttpsPosts(addresses=lambda *_: ["93.184.215.14", "10.0.0.1"])
    with pytest.raises(RetryableError) as raised:
        both.post("https://rebound.example/", {}, b"{}", timeout=SECOND)
    unsent(NOT_PUBLIC, raised.value)


def test_the_name_is_looked_up_once_so_that_the_address_checked_is_the_one_connected_to() -> None:
    asked = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with partner_server(answer(200)) as server:
        answered = HttpsPosts(
            addresses=rebinding, is_allowed=lambda one: one == "127.0.0.1", trust=certificate(HOST).trust
        )
        assert answered.post(server.url, {}, b"{}", timeout=5 * SECOND).status == 200
    assert asked == [HOST]


def test_the_next_address_is_tried_where_one_takes_no_connection() -> None:
    with partner_server(answer(200)) as server:
        two = HttpsPosts(
            addresses=lambda *_: ["127.0.0.2", "127.0.0.1"], is_allowed=lambda _: True, trust=certificate(HOST).trust
        )
        assert two.post(server.url, {}, b"{}", timeout=5 * SECOND).status == 200


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.1", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1",
        "192.0.0.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
        "::1", "fe80::1", "fd00::1",
    ],
)  # fmt: skip
def test_no_address_of_a_network_of_somebodys_own_is_public(address: str) -> None:
    assert not is_public(address)


def test_an_address_of_the_internet_is_public() -> None:
    assert is_public("93.184.215.14")
