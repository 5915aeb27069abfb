"""The front door: what goes through it arrives as it was sent, both ways."""

import gzip
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from infra.local.front_door import FrontDoor
from infra.local.outbox import Outbox, OutboxMessage
from infra.local.servers import Servers, listen

BODY = gzip.compress(b'{"batch": []}')


class Upstream:
    """Keeps the requests and answers each alike."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, str, dict[str, str], bytes]] = []

    async def answer(self, request: Request) -> Response:
        asked = request.scope["raw_path"].decode(), request.url.query
        self.requests.append((request.method, *asked, dict(request.headers), await request.body()))
        response = Response(gzip.compress(b"teapot"), 418, headers={"Content-Encoding": "gzip", "X-Kept": "yes"})
        response.headers.append("Set-Cookie", "a=1")
        response.headers.append("Set-Cookie", "b=2")
        return response


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def door(upstream: Upstream, outbox: Outbox) -> Iterator[httpx.Client]:
    behind = Starlette(routes=[Route("/{path:any}", upstream.answer, methods=["GET", "POST", "OPTIONS", "DELETE"])])
    with listen(0) as back, listen(0) as front:
        front_door = FrontDoor(outbox=outbox, api_base=f"http://127.0.0.1:{back.getsockname()[1]}/_aws/api/$default")
        applications: list[tuple[socket.socket, ASGIApp]] = [(back, behind), (front, front_door.application())]
        with (
            Servers(applications, before_stop=outbox.close),
            httpx.Client(base_url=f"http://127.0.0.1:{front.getsockname()[1]}") as client,
        ):
            yield client


def a_sent_message(id_: str = "m1", **changes: str) -> OutboxMessage:
    fields = {"channel": "email", "to": "ana@example.com", "text": "Hello", "at": "2026-11-02T12:00:00.000Z"}
    return OutboxMessage(id=id_, html="<p>Hello</p>", is_settled=True, **(fields | changes))  # type: ignore[arg-type]


def test_a_request_arrives_as_it_was_sent(door: httpx.Client, upstream: Upstream) -> None:
    headers = {"Content-Encoding": "gzip", "Authorization": "Basic eDo=", "X-Odd": "Grüße"}

    door.post("/v1/batch?a=1&a=%2F", content=BODY, headers=httpx.Headers(headers, encoding="latin-1"))

    ((method, path, query, received, body),) = upstream.requests
    assert (method, path, query, body) == ("POST", "/_aws/api/$default/v1/batch", "a=1&a=%2F", BODY)
    assert {name: received[name.lower()] for name in headers} == headers
    assert "x-forwarded-for" not in received


def test_a_path_with_a_line_break_arrives_too(door: httpx.Client, upstream: Upstream) -> None:
    assert door.get("/v1/profiles/a%0Ab").status_code == 418
    assert upstream.requests[0][1].endswith("/v1/profiles/a%0Ab")


def test_an_answer_comes_back_as_it_was_given(door: httpx.Client) -> None:
    answer = door.get("/v1/unsubscribe/a-token")

    assert (answer.status_code, answer.text) == (418, "teapot")
    assert answer.headers["x-kept"] == "yes"
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize("method", ["OPTIONS", "DELETE"])
def test_every_method_goes_through(door: httpx.Client, upstream: Upstream, method: str) -> None:
    assert door.request(method, "/v1/batch").status_code == 418
    assert upstream.requests[0][0] == method


def test_before_the_deployment_the_door_says_so() -> None:
    with listen(0) as front, Servers([(front, FrontDoor(outbox=Outbox()).application())]):
        answer = httpx.get(f"http://127.0.0.1:{front.getsockname()[1]}/v1/health")

    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")


def test_the_outbox_is_listed_and_filtered(door: httpx.Client, outbox: Outbox) -> None:
    outbox.put(a_sent_message("m1"))
    outbox.put(a_sent_message("m2", channel="sms", to="+353871234567"))

    assert [message["id"] for message in door.get("/outbox/messages").json()] == ["m1", "m2"]
    assert [message["id"] for message in door.get("/outbox/messages?channel=sms").json()] == ["m2"]
    assert door.get("/outbox/messages", params={"to": "ana@example.com"}).json()[0]["html"] == "<p>Hello</p>"


def test_a_message_that_may_still_be_explained_is_not_shown_yet(door: httpx.Client, outbox: Outbox) -> None:
    outbox.put(OutboxMessage(id="m1", channel="sms", to="+353871234567", text="Hello", at="2026-11-02T12:00:00.000Z"))
    before = door.get("/outbox/messages").json()
    outbox.attribute("m1", journey="welcome", message="welcome", profile="u1")

    assert before == []
    assert door.get("/outbox/messages").json()[0]["profile"] == "u1"


def test_a_mail_is_shown_where_it_can_do_no_harm(door: httpx.Client, outbox: Outbox) -> None:
    outbox.put(a_sent_message())

    shown = door.get("/outbox/messages/m1/html")

    assert shown.text == "<p>Hello</p>"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert door.get("/outbox/messages/other/html").status_code == 404


def test_messages_are_told_as_they_come(door: httpx.Client, outbox: Outbox) -> None:
    with door.stream("GET", "/outbox/stream") as stream:
        lines = stream.iter_lines()
        assert next(lines) == ": open"
        timer = threading.Timer(0.1, lambda: _put_until_seen(outbox))
        timer.start()
        told = next(line for line in lines if line.startswith("data: "))
        timer.join()

    assert '"id": "m1"' in told


def _put_until_seen(outbox: Outbox) -> None:
    outbox.put(a_sent_message())


@pytest.mark.parametrize("path", ["/", "/outbox"])
def test_the_pages_need_nothing_from_elsewhere(door: httpx.Client, path: str) -> None:
    page = door.get(path)

    assert page.headers["content-type"].startswith("text/html")
    assert 'src="http' not in page.text
    assert "@import" not in page.text
    assert '<link rel="stylesheet"' not in page.text
