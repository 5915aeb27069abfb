"""Coupons that messages ask for and ``coupons.yaml`` lacks; and an example of one."""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.playbook.messages import CompiledMessage
from shared.domain.language.coupon_reader import FILE
from shared.domain.language.reading import quoted, suggestion
from shared.errors import PlaybookFault


def unknown_coupons(
    playbook: Path, messages: Mapping[str, CompiledMessage], offers: Collection[Any]
) -> Iterator[PlaybookFault]:
    """Each coupon that a message asks for and nobody offers, where it first does."""
    for name, message in messages.items():
        for coupon in sorted(message.coupons - set(offers)):
            file, line = _place(playbook, name, coupon)
            known = suggestion(coupon, map(str, offers)) or (f"; it has {quoted(sorted(offers))}" if offers else "")
            yield PlaybookFault(file, line, "", f'{FILE} has no coupon "{coupon}"{known}')


def _place(playbook: Path, message: str, coupon: str) -> tuple[str, int]:
    asked = re.compile(rf"\bcoupon\s*\(\s*['\"]{re.escape(coupon)}['\"]")
    for path in sorted((playbook / "messages" / message).rglob("*")):
        if path.is_file() and (found := asked.search(text := path.read_text("utf-8", errors="replace"))):
            return path.relative_to(playbook).as_posix(), 1 + text.count("\n", 0, found.start())
    return f"messages/{message}/message.yaml", 1
