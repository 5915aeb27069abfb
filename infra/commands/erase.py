"""``carillon erase``: somebody is forgotten by a deployed Carillon, after a question."""

import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from infra.commands.person import NOBODY
from infra.commands.up import DEFAULT_PORT, CloudPort, StageOption

if TYPE_CHECKING:
    from infra.operations.staff import StaffApi

PATIENCE: Final = 180.0
"""Seconds until the first sweep must have had its turn."""

LOOK_EVERY: Final = 1.0


def erase(
    identifier: Annotated[
        str,
        typer.Argument(
            help="A profile's id, email:ana@example.com, phone:+353…, anonymous:…, or loyalty:… and the like. "
            "With --receipt: the receipt's id."
        ),
    ],
    stage: StageOption = "local",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    receipt: Annotated[bool, typer.Option("--receipt", help="Only tell how far an erasure has come.")] = False,
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Forget a person: everything that is held of them, for good."""
    from infra.operations.cloud import connect
    from infra.operations.staff import StaffApi

    api = StaffApi(connect(stage, port))
    if receipt:
        _tell(api, identifier)
        return
    found = api.find(identifier)
    print(_announcement(found, stage))
    if not yes:
        typer.confirm("Erase?", abort=True)
    order = api.erase(found, identifier)
    print(f"Requested; the receipt is {order['id']}.")
    if found is not None:
        print(f"The first sweep removed {_counts(_first_sweep(api, order['id'])['removed'])}.")
    print("The second follows by itself, 15 minutes after the first; until then it is not done. See it with")
    print(f"  carillon erase --receipt {order['id']} --stage {stage}")


def _announcement(found: Mapping[str, Any] | None, stage: str) -> str:
    if found is None:
        return (
            f"Nobody is known by that in {stage}. What quarantine and dead letters hold of it will be removed.\n"
            "It cannot be undone."
        )
    others = [*(f"{one['kind']}:{one['value']}" for one in found["identifiers"]), *found["joined"]]
    known = f", known by {', '.join(others)}" if others else ""
    return (
        f"This erases {found['id']} in {stage}{known}.\n"
        "Profile, timeline, identifiers, consent history, messages, lists, schedules, exports, and what quarantine\n"
        f"and dead letters hold of them go; journeys under way end: {len(found['runs'])}.\n"
        "Their addresses are not written to again without a new yes. Whoever comes back is a new person.\n"
        "It cannot be undone. `carillon export` first gives them a copy."
    )


def _first_sweep(api: "StaffApi", id_: str) -> dict[str, Any]:
    """The receipt, once something is removed: the sweep counts at its end."""
    from infra.errors import CommandError

    ends_at = time.monotonic() + PATIENCE
    while time.monotonic() < ends_at:
        order = api.receipt(id_)
        if order is not None and (order["removed"] or order["status"] == "done"):
            return order
        time.sleep(LOOK_EVERY)
    raise CommandError(
        f"the request {id_} is taken, but nothing is removed after {PATIENCE:g} s",
        "it goes on by itself: look again with --receipt, or see the log of erase-profiles and its dead letters",
    )


def _tell(api: "StaffApi", id_: str) -> None:
    order = api.receipt(id_)
    if order is None:
        print("There is no such receipt; receipts are kept for 400 days.", file=sys.stderr)
        raise typer.Exit(NOBODY)
    state = f"done at {order['done_at']}" if order["status"] == "done" else "not done yet"
    print(f"Requested at {order['requested_at']}, {state}; removed: {_counts(order['removed'])}.")


def _counts(removed: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in removed.items()) or "nothing"
