"""``carillon products``: the shop's catalogue, from its own files to a stage."""

from pathlib import Path
from typing import Annotated

import typer

from infra.commands.up import DEFAULT_PORT, CloudPort, StageOption

products = typer.Typer(help="The shop's catalogue.", no_args_is_help=True, add_completion=False)


@products.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="CSV with a line of names, or JSON lines (.jsonl).")
    ],
    stage: StageOption = "local",
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Put the products of a file into the catalogue. All are checked first; it may be stopped and repeated at will."""
    from infra.operations.catalogue_files import MOST_TOLD, read_file
    from infra.operations.cloud import connect
    from infra.operations.staff import StaffApi

    found = read_file(file)
    if found.faults:
        for fault in found.faults[:MOST_TOLD]:
            print(f"{file.name}:{fault.path}: {fault.message}")
        if len(found.faults) > MOST_TOLD:
            print(f"… and {len(found.faults) - MOST_TOLD:,} more")
        print("Nothing was imported.")
        raise typer.Exit(1)
    api = StaffApi(connect(stage, port))
    written = older = 0
    for some in found.batches():
        answer = api.put_products(some)
        written, older = written + answer["written"], older + answer["older"]
    passed_over = f"; passed over: {', '.join(found.unread)}" if found.unread else ""
    print(f"{written:,} products are in the catalogue, {older:,} were there as of later{passed_over}.")


@products.command()
def show(
    sku: Annotated[str, typer.Argument(help="The product's sku.")],
    stage: StageOption = "local",
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Say what the catalogue holds of a product."""
    import json

    from infra.operations.cloud import connect
    from infra.operations.staff import StaffApi

    found = StaffApi(connect(stage, port)).product(sku)
    if found is None:
        print("The catalogue has no such product.")
        raise typer.Exit(1)
    print(json.dumps(found, indent=2, ensure_ascii=False))
