"""The staff API of a stage, asked by its secret key: the same answers as a shop's own tools get."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import quote

import httpx

from infra.errors import CommandError
from infra.operations.cloud import Cloud
from infra.operations.keys import KeyRing, Which

TIMEOUT: Final = 60.0
UNFIT: Final = frozenset("/%")
"""What an id in a path may not hold (docs/staff-api.md)."""


class StaffApi:
    """People, their export and erasure; the catalogue and coupons. ``transport`` stands for the network in tests."""

    def __init__(self, cloud: Cloud, *, transport: httpx.BaseTransport | None = None) -> None:
        key = KeyRing(cloud).value(Which.SECRET)
        if "ApiUrl" not in cloud.outputs:
            raise CommandError("the stack does not say where its API is", "deploy it again")
        credentials = base64.b64encode(f"{key}:".encode()).decode()
        self._headers = {"Authorization": f"Basic {credentials}"}
        self._url = cloud.outputs["ApiUrl"].rstrip("/")
        self._client = httpx.Client(timeout=TIMEOUT, transport=transport)

    def find(self, identifier: str) -> dict[str, Any] | None:
        """The person; ``None``: nobody is known by that. The identifier stands in no address."""
        answer = self._ask("POST", "/v1/profiles/search", json={"identifier": identifier})
        return None if answer.status_code == httpx.codes.NOT_FOUND else self._read(answer)

    @contextmanager
    def export(self, person: dict[str, Any], identifier: str) -> Iterator[Iterator[bytes]]:
        """The document, piece by piece; a large one is fetched where the answer points to, without the key."""
        answer = self._ask("GET", f"/v1/profiles/{_in_path(person['id'], identifier)}/export")
        if answer.status_code != httpx.codes.SEE_OTHER:
            self._read(answer)
            yield iter([answer.content])
            return
        with self._mended(), self._client.stream("GET", answer.headers["location"]) as kept:
            if kept.status_code != httpx.codes.OK:
                raise CommandError(f"the kept export cannot be fetched ({kept.status_code})", "ask for it again")
            yield kept.iter_bytes()

    def erase(self, person: dict[str, Any] | None, identifier: str) -> dict[str, Any]:
        """The receipt of a request to erase."""
        path = _in_path(identifier if person is None else person["id"], identifier)
        return self._read(self._ask("DELETE", f"/v1/profiles/{path}"))

    def receipt(self, id_: str) -> dict[str, Any] | None:
        """How far an erasure has come; ``None``: there is none of that id."""
        answer = self._ask("GET", f"/v1/erasures/{quote(id_, safe='')}")
        return None if answer.status_code == httpx.codes.NOT_FOUND else self._read(answer)

    def put_products(self, products: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """How many are kept now, and of how many something later was."""
        return self._read(self._ask("POST", "/v1/products", json={"products": products}))

    def product(self, sku: str) -> dict[str, Any] | None:
        """What the catalogue holds of it."""
        answer = self._ask("GET", f"/v1/products/{quote(sku, safe='')}")
        return None if answer.status_code == httpx.codes.NOT_FOUND else self._read(answer)

    def coupon(self, code: str) -> dict[str, Any] | None:
        """What became of a code."""
        answer = self._ask("GET", f"/v1/coupons/{quote(code, safe='')}")
        return None if answer.status_code == httpx.codes.NOT_FOUND else self._read(answer)

    def _ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        with self._mended():
            return self._client.request(method, self._url + path, headers=self._headers, **content)

    def _read(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            document = answer.json()
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise CommandError(f"the API answers {answer.status_code}, and not in JSON", "look at its log")
        if answer.is_success:
            return document
        faults = [f"{fault['path']} {fault['message']}" for fault in document.get("errors", ())]
        problem = document.get("title") or document.get("message") or "no reason is given"
        remedy = "; ".join(faults) or str(document.get("detail") or "look at the log of serve-profiles")
        raise CommandError(f"the API refuses ({answer.status_code}): {problem}", remedy.rstrip("."))

    @contextmanager
    def _mended(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            raise CommandError(
                f"the API at {self._url} does not answer ({type(error).__name__})", "try again"
            ) from None


def _in_path(id_: str, identifier: str) -> str:
    for text in (id_, identifier):
        if not UNFIT & set(text):
            return quote(text, safe="")
    raise CommandError("an id with a slash or a percent sign cannot stand in an address", "name the person otherwise")
