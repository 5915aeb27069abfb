"""A stage whose playbook has partners: its dispatcher may read just the secrets that sign for them."""

from dataclasses import replace
from pathlib import Path

import pytest

from infra.app import chosen_stage
from infra.stages import PROD
from tests.infra.synthesis import Synthesised, synthesised
from tests.infra.test_permissions import MAY, OWN_LOG, grants_of
from tests.unit.infra.playbook_folder import write_playbook

PARTNERS = """\
mailhouse: {url: "https://api.mailhouse.example/"}
cards: {url: "https://api.mailhouse.example/cards", secret: mailhouse}
chat: {url: "https://chat.example.com/hooks"}
"""
SECRET = "arn:<Partition>:secretsmanager:<Region>:<AccountId>:secret:carillon-prod/webhooks/"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    playbook: Path = write_playbook(tmp_path_factory.mktemp("partners"), {"webhooks.yaml": PARTNERS})
    return synthesised(replace(PROD, playbook=str(playbook)))


def test_its_dispatcher_may_read_each_partners_secret_and_no_other(stage: Synthesised) -> None:
    read = {"secretsmanager:GetSecretValue"}
    assert grants_of(stage, "FunctionsDispatchMessageRole") == {
        "FunctionsDispatchMessageLog": OWN_LOG,
        **MAY["DispatchMessage"],
        f"{SECRET}mailhouse-??????": read,
        f"{SECRET}chat-??????": read,
    }


def test_it_breaks_no_rule(stage: Synthesised) -> None:
    assert stage.findings == []


def test_it_is_told_how_the_secrets_are_called_and_of_no_gateway(stage: Synthesised) -> None:
    [told] = [
        function["Environment"]["Variables"]
        for function in stage.resources("AWS::Lambda::Function").values()
        if function["Handler"].startswith("functions.dispatch_message.")
    ]
    assert (told["WEBHOOK_SECRETS"], told["WEBHOOK_GATEWAY"]) == ("carillon-prod/webhooks/", "")


def test_no_deployed_stage_has_a_gateway_in_its_partners_place() -> None:
    with pytest.raises(SystemExit, match="Only the local cloud"):
        chosen_stage({"stage": "prod", "webhook_gateway": "http://127.0.0.1:1/webhooks"})
