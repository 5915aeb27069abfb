"""``carillon wordings``: each text that people agree to, with the version under which their yes is kept."""

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

PlaybookOption = Annotated[
    Path, typer.Option("--playbook", help="The playbook's folder.", show_default=True, metavar="DIR")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def wordings(playbook: PlaybookOption = Path("templates"), as_json: JsonOption = False) -> None:
    """List what people agree to on the pages, each text with its version."""
    from infra.playbook.build import build_playbook
    from shared.adapters.compiled_playbook import load
    from shared.adapters.playbook_artefact import load_plain
    from shared.adapters.renderer import JinjaRenderer
    from shared.domain.consent.preferences import used_channels, wording_of

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "playbook"
        build_playbook(playbook, target)
        pages, rules = JinjaRenderer(target, playbook=load_plain(target)), load(target)
        for language in pages.languages():
            for page in ("preferences", "confirm"):
                for topic in (*rules.topics, *((None,) if page == "confirm" else ())):
                    for channel in sorted(used_channels(rules)):
                        text = pages.agreement(language, page, topic, channel)
                        row = {"wording": wording_of(language, text), "page": page, "topic": topic, "channel": channel}
                        shown = " / ".join(text.split("\n"))
                        print(json.dumps({**row, "text": text}) if as_json else f"{row['wording']}  {shown}")
