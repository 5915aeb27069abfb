"""MiniStack, the local AWS: isolated from our packages by uvx, its Lambda workers on the Python that runs us."""

import logging
import sys
import time
from pathlib import Path
from typing import Final

import httpx

from infra.local.errors import LocalCloudError
from infra.local.gateway import ENDPOINTS
from infra.local.processes import Program, clean_environment, find_tool
from shared.domain.timing import Instant

logger = logging.getLogger(__name__)

REQUIREMENT: Final = "ministack==1.5.33"
LAUNCHER: Final = Path(__file__).with_name("ministack_launcher.py")

ACCOUNT: Final = "000000000000"
REGION: Final = "eu-west-1"

START_WITHIN: Final = 120.0
"""Seconds; the first start downloads it."""


class MiniStack:
    """A running MiniStack at ``url``; ``state`` is a folder for what it keeps on disk."""

    def __init__(self, *, url: str, gateway_url: str, speed: float, epoch: Instant, state: Path, log: Path) -> None:
        self.url = url
        uvx = find_tool("uvx", "install uv with `pip install uv`")
        launch = ["python", "-P", str(LAUNCHER), f"--speed={speed}", f"--epoch={epoch}"]
        self.program = Program(
            "MiniStack",
            [uvx, "--python", sys.executable, "--from", REQUIREMENT, *launch],
            log=log,
            environment=clean_environment(
                GATEWAY_PORT=url.rpartition(":")[2],
                BIND_HOST="127.0.0.1",
                MINISTACK_HOST="127.0.0.1",
                MINISTACK_ACCOUNT_ID=ACCOUNT,
                MINISTACK_REGION=REGION,
                TMPDIR=str(state),
                S3_DATA_DIR=str(state / "s3"),
                SFTP_ENABLED="0",
                DOCKER_HOST="unix:///nonexistent/docker.sock",
                AWS_EC2_METADATA_DISABLED="true",
                **{name: f"{gateway_url}{path}" for name, path in ENDPOINTS.items()},
            ),
        )

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_WITHIN
        while time.monotonic() < deadline:
            if not self.program.is_running:
                break
            try:
                if httpx.get(f"{self.url}/_ministack/health", timeout=2.0).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)
        raise LocalCloudError(
            f"MiniStack did not start ({self.program.last_words()})", f"see {self.program.log} and try again"
        )


def aws_environment(endpoint: str) -> dict[str, str]:
    """What AWS's clients need to work with MiniStack and with nothing else."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DEFAULT_ACCOUNT": ACCOUNT,
        "CDK_DEFAULT_REGION": REGION,
    }
