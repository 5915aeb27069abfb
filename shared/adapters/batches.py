"""The batch calls of SQS and EventBridge take ten entries and about a megabyte: lists are cut to that."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

Entry = TypeVar("Entry")

MAX_ENTRIES: Final = 10

MAX_BYTES: Final = 1_000_000
"""Both services take 1 MiB, and count a little more than what is measured here."""

ATTEMPTS: Final = 3
"""How often entries are offered that a service did not take though it took others."""


def in_batches(entries: Iterable[Entry], size: Callable[[Entry], int]) -> Iterator[list[Entry]]:
    """The entries in order, in as few batches as fit; ``size`` in bytes. One that is too large goes alone."""
    batch: list[Entry] = []
    total = 0
    for entry in entries:
        length = size(entry)
        if batch and (len(batch) == MAX_ENTRIES or total + length > MAX_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(entry)
        total += length
    if batch:
        yield batch
