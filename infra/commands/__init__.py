"""The commands of ``carillon``, one a module, by name; one with commands of its own is a ``Typer``.

A command imports what it needs when it runs: `carillon check` must not wait for the AWS clients of `carillon up`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import typer

from infra.commands.backfill import backfill
from infra.commands.bench import bench
from infra.commands.check import check
from infra.commands.consent import consent
from infra.commands.coupons import coupons
from infra.commands.demo import demo
from infra.commands.erase import erase
from infra.commands.explain import explain
from infra.commands.export import export
from infra.commands.keys import keys
from infra.commands.person import person
from infra.commands.preview import preview
from infra.commands.products import products
from infra.commands.quality import quality
from infra.commands.quarantine import quarantine
from infra.commands.redrive import redrive
from infra.commands.segments import segments
from infra.commands.send_test import send_test
from infra.commands.simulate import simulate
from infra.commands.split import split
from infra.commands.suppressions import suppressions
from infra.commands.up import up
from infra.commands.webhooks import webhooks
from infra.commands.wordings import wordings

COMMANDS: Final[Mapping[str, Callable[..., Any] | typer.Typer]] = {
    "up": up,
    "demo": demo,
    "check": check,
    "preview": preview,
    "send-test": send_test,
    "simulate": simulate,
    "explain": explain,
    "backfill": backfill,
    "segments": segments,
    "person": person,
    "consent": consent,
    "suppressions": suppressions,
    "export": export,
    "erase": erase,
    "split": split,
    "products": products,
    "coupons": coupons,
    "quality": quality,
    "quarantine": quarantine,
    "redrive": redrive,
    "keys": keys,
    "webhooks": webhooks,
    "wordings": wordings,
    "bench": bench,
}

PANELS: Final[Mapping[str, Sequence[str]]] = {
    "Write a playbook and try it": ("check", "preview", "send-test", "simulate", "explain", "wordings"),
    "Run it on this machine": ("demo", "up"),
    "Serve people, and their rights": ("person", "consent", "suppressions", "export", "erase", "split", "segments"),
    "Tell it what the shop sells and gives": ("products", "coupons"),
    "Look after a deployment": ("quality", "quarantine", "redrive", "backfill", "keys", "webhooks"),
    "Measure the code": ("bench",),
}
"""Which stand together in `carillon --help`, in the order in which somebody new meets them."""
