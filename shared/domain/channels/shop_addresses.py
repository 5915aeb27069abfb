"""Which addresses are the shop's own: those on the hosts, and their subdomains, that ``brand.links`` name."""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

_WEB_ADDRESS: Final = re.compile(r"https://([a-zA-Z0-9.-]{1,253})(:[0-9]{1,5})?([/?#][^\s\\\"'<>`^{}|\x00-\x1f\x7f]*)?")
_LONGEST: Final = 2_000


def shop_hosts(brand: Mapping[str, Any]) -> frozenset[str]:
    hosts = (urlsplit(str(link)).hostname for link in brand.get("links", {}).values())
    return frozenset(host.lower().removeprefix("www.") for host in hosts if host)


def is_of_shop(value: object, hosts: Collection[str]) -> bool:
    """Whether it is an https address on one of the hosts, or below one."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return False
    address = _WEB_ADDRESS.fullmatch(value)
    if address is None:
        return False
    host = address[1].lower()
    if host in hosts:
        return True
    return any(host.endswith(f".{own}") for own in hosts)
