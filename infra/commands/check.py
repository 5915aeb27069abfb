"""``carillon check``: everything that is wrong with a playbook, before anybody is written to."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

PlaybookOption = Annotated[
    Path, typer.Option("--playbook", help="The playbook's folder.", show_default=True, metavar="DIR")
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Take warnings for faults.")]

AgainstOption = Annotated[
    str | None,
    typer.Option(
        "--against",
        help="What is deployed now, a folder or a revision of git: can its people in flight be moved?",
        metavar="DIR|REVISION",
    ),
]


def check(
    playbook: PlaybookOption = Path("templates"), strict: StrictOption = False, against: AgainstOption = None
) -> None:
    """Say all that is wrong with a playbook, a line each; exit 1 where there are faults. Warnings alone are none."""
    from infra.playbook.build import review_playbook
    from infra.playbook.moves import NoSuchPlaybookError, earlier

    try:
        with earlier(playbook, against) if against is not None else nullcontext() as former:
            review = review_playbook(playbook, former)
    except NoSuchPlaybookError as error:
        raise typer.BadParameter(str(error), param_hint="--against") from None
    for finding in review.findings:
        print(finding)
    told = [_counted(len(review.faults), "fault")] if review.faults else []
    told += [_counted(len(review.warnings), "warning")] if review.warnings else []
    if review.faults or (strict and review.warnings):
        print(f"{' and '.join(told)} in {playbook}", file=sys.stderr)
        raise typer.Exit(1)
    counts = [
        _counted(len(review.plain[kind]), kind.removesuffix("s")) for kind in ("journeys", "segments", "messages")
    ]
    counts = [count for count in counts if not count.startswith("0 segments")]
    order = "in order" if not told else f"in order, with {told[0]}"
    print(f"{playbook} is {order}: {', '.join(counts)}")


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
