"""What every level of tests shares: credentials that reach nothing, and the one table on moto."""

import fcntl
import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from hypothesis import settings

from shared.tables import PARTITION_KEY, SORT_KEY
from tests.aws import pretended_aws

if TYPE_CHECKING:
    from playwright.sync_api import Browser

REGION = "eu-west-1"
SHIPPED_PLAYBOOK = Path(__file__).resolve().parents[1] / "templates"

settings.register_profile("carillon", deadline=None)  # no test depends on how fast the machine is
settings.load_profile("carillon")


TOGETHER = ("tests/e2e", "tests/infra", "tests/unit/templates")
"""What shares something that is dear to make, or that is made once in one place: each of these goes to one worker."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Two workers share the tests."""
    for item in items:
        folder = item.path.relative_to(config.rootpath).as_posix()
        for group in TOGETHER:
            if folder.startswith(f"{group}/"):
                item.add_marker(pytest.mark.xdist_group(group))


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was collected stays to the end: it need not be looked through for garbage again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """One browser a session: a second one beside it could not be driven."""
    from tests.browser import open_browser  # only who looks at pages pays for it

    yield from open_browser()


@pytest.fixture(autouse=True, scope="session")
def aws_environment() -> Iterator[None]:
    """Credentials and a region for botocore, and no way to a real account."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "testing")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        environment.setenv("AWS_DEFAULT_REGION", REGION)
        environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
        environment.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
        environment.delenv("AWS_ENDPOINT_URL", raising=False)
        environment.delenv("AWS_PROFILE", raising=False)
        yield


@pytest.fixture
def aws() -> Iterator[None]:
    """AWS by moto."""
    with pretended_aws():
        yield


@pytest.fixture
def table_name(aws: None) -> str:
    """The one table, empty."""
    return create_table("carillon")


def create_table(name: str) -> str:
    boto3.client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": PARTITION_KEY, "AttributeType": "S"},
            {"AttributeName": SORT_KEY, "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": PARTITION_KEY, "KeyType": "HASH"},
            {"AttributeName": SORT_KEY, "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return name


@pytest.fixture(scope="session")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped playbook, compiled; by whichever worker comes first, for all of them."""
    from infra.playbook.build import build_playbook

    base = tmp_path_factory.getbasetemp()
    target = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "artefact"
    with target.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        build_playbook(SHIPPED_PLAYBOOK, target)
    return target
