"""What docs/channels.md says of webhooks is a playbook that can be sent."""

import json
from pathlib import Path
from typing import Final

from infra.playbook.build import build_playbook, review_playbook
from shared.adapters.compiled_playbook import load
from shared.adapters.renderer import JinjaRenderer
from shared.domain.channels.content import WebhookContent
from shared.domain.consent.words import Channel
from shared.domain.language.partner_reader import KEYS
from tests.docs.examples import ROOT, blocks
from tests.unit.infra.playbook_folder import write_playbook

PAGE: Final = ROOT / "docs/channels.md"
TRAITS: Final = {"firstName": "Ana", "address": {"street": "Main St 1"}}
ENTRY: Final = {"properties": {"products": [{"sku": "MUG", "quantity": 2}]}}


def test_the_partner_and_the_message_of_the_page_make_a_card(tmp_path: Path) -> None:
    texts = [block.text for block in blocks("yaml", PAGE)]
    (partners,) = (text for text in texts if text.startswith("mailhouse:"))
    (webhook,) = (text for text in texts if text.startswith("partner:"))
    playbook = write_playbook(
        tmp_path / "playbook",
        {
            "webhooks.yaml": partners,
            "messages/card/message.yaml": "title: Card\n",
            "messages/card/webhook.yaml": webhook,
            "messages/card/example.json": json.dumps({"traits": {**TRAITS, "lastName": "Lee"}, "entry": ENTRY}),
        },
    )
    assert [
        fault for fault in review_playbook(playbook).faults if fault.file.startswith(("webhooks", "messages"))
    ] == []
    build_playbook(playbook, tmp_path / "built")
    content = JinjaRenderer(tmp_path / "built").render("card", Channel.WEBHOOK, {"traits": TRAITS, "entry": ENTRY})
    assert content == WebhookContent(
        "mailhouse",
        '{"type":"card.ordered","design":"thank-you-2026","pages":2,"to":{"name":"Ana","street":"Main St 1"},'
        '"lines":[{"sku":"MUG","quantity":2}],"leave":""}',
    )
    assert load(tmp_path / "built").partners["card"].deduplicates


def test_the_page_names_every_key_of_a_partner() -> None:
    section = PAGE.read_text("utf-8").partition("## Webhook\n")[2].partition("\n### Signed")[0]
    assert {key for key in KEYS if f"| `{key}` |" in section} == set(KEYS)
