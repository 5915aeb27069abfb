"""``carillon preview``: every message as it would arrive, in a page that opens."""

import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

PlaybookOption = Annotated[
    Path, typer.Option("--playbook", help="The playbook's folder.", show_default=True, metavar="DIR")
]
MessagesArgument = Annotated[list[str] | None, typer.Argument(help="Names of messages; all unless given.")]
FolderOption = Annotated[
    Path, typer.Option("--to", help="The folder to write the gallery to.", show_default=True, metavar="DIR")
]
NoOpenOption = Annotated[bool, typer.Option("--no-open", help="Write it, and open no browser.")]


def preview(
    messages: MessagesArgument = None,
    playbook: PlaybookOption = Path("templates"),
    folder: FolderOption = Path(".build/preview"),
    no_open: NoOpenOption = False,
) -> None:
    """Show every message on each channel, in each language, by day and by night."""
    from infra.playbook.build import review_playbook
    from infra.preview.contents import shown_messages
    from infra.preview.gallery import write_gallery
    from shared.domain.language.reading import suggestion

    review = review_playbook(playbook)
    if review.faults:
        for fault in review.faults:
            print(fault, file=sys.stderr)
        raise typer.Exit(1)
    known = review.plain["messages"]
    for name in messages or ():
        if name not in known:
            raise typer.BadParameter(f'the playbook has no message "{name}"{suggestion(name, known)}')
    shown = shown_messages(playbook, review.findings, messages or ())
    page = write_gallery(shown, folder, shop=review.plain["brand"]["name"]).resolve()
    print(page)
    if not no_open:
        webbrowser.open(page.as_uri())
