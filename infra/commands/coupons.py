"""``carillon coupons``: codes for pools, how many are left, and what became of one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.commands.check import PlaybookOption
from infra.commands.up import DEFAULT_PORT, CloudPort, StageOption

if TYPE_CHECKING:
    from collections.abc import Mapping

AT_ONCE = 1_000

coupons = typer.Typer(help="Coupons that messages give.", no_args_is_help=True, add_completion=False)


@coupons.command()
def add(
    pool: Annotated[str, typer.Argument(help="Its name in coupons.yaml.")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A code a line.")],
    stage: StageOption = "local",
    playbook: PlaybookOption = Path("templates"),
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Put codes into a pool. Those that were given to somebody before are left out; it may be repeated at will."""
    from infra.errors import CommandError
    from infra.operations.cloud import connect
    from shared.adapters.dynamodb.coupons import DynamoCoupons
    from shared.domain.shop.coupon_codes import MAX_CODE, canonical

    if pool not in pools(playbook):
        raise CommandError(f"coupons.yaml has no pool {pool}", "name one of its coupons with `kind: pool`")
    try:
        codes = [line.strip() for line in file.read_text("utf-8-sig").splitlines() if line.strip()]
    except UnicodeDecodeError:
        raise CommandError(f"{file.name} is not UTF-8", "save it as UTF-8") from None
    for number, code in enumerate(codes, start=1):
        if not code.isprintable() or not 0 < len(canonical(code)) <= MAX_CODE:
            raise CommandError(f"code {number} of {file.name} cannot be one", f"codes have 1 to {MAX_CODE} characters")
    cloud = connect(stage, port)
    kept = DynamoCoupons(cloud.dynamodb, table=cloud.table)
    free = sum(kept.add(pool, codes[start : start + AT_ONCE]) for start in range(0, len(codes), AT_ONCE))
    print(f"{free:,} codes of the file are free in {pool}; {len(codes) - free:,} were given before, or stand twice.")


@coupons.command("list")
def list_(
    stage: StageOption = "local", playbook: PlaybookOption = Path("templates"), port: CloudPort = DEFAULT_PORT
) -> None:
    """Say what coupons the playbook has, and how many codes are left in each pool."""
    from infra.operations.cloud import connect
    from infra.playbook.coupons import offers_of
    from shared.adapters.dynamodb.coupons import DynamoCoupons
    from shared.domain.shop.offers import CouponSource

    cloud = connect(stage, port)
    kept = DynamoCoupons(cloud.dynamodb, table=cloud.table)
    for name, offer in offers_of(playbook).items():
        left = f"{kept.left(name):,} left" if offer.source is CouponSource.POOL else "generated"
        print(f"{name}  {left}  {offer.title}", flush=True)


@coupons.command()
def show(
    code: Annotated[str, typer.Argument(help="The code, however it is typed.")],
    stage: StageOption = "local",
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Say who was given a code, by which message, and what became of it."""
    import json

    from infra.operations.cloud import connect
    from infra.operations.staff import StaffApi

    found = StaffApi(connect(stage, port)).coupon(code)
    if found is None:
        print("Nobody was given this code.")
        raise typer.Exit(1)
    print(json.dumps(found, indent=2, ensure_ascii=False))


def low_pools(left: "Mapping[str, int]") -> list[str]:
    """What is to be said of pools with few codes."""
    from shared.adapters.dynamodb.coupons import WINDOW

    return [
        f"The pool of coupons {name} has {count:,} codes left: `carillon coupons add {name} FILE` (docs/personal.md)."
        for name, count in sorted(left.items())
        if count < WINDOW
    ]


def pools(playbook: Path) -> list[str]:
    """The names of the coupons whose codes are uploaded."""
    from infra.playbook.coupons import offers_of
    from shared.domain.shop.offers import CouponSource

    return [name for name, offer in offers_of(playbook).items() if offer.source is CouponSource.POOL]
