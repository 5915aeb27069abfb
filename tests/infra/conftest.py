"""Every stage, synthesised once a session and without building what is packed."""

import pytest

from infra.stages import STAGES
from tests.infra.synthesis import Synthesised, stage_of


@pytest.fixture(scope="session", params=list(STAGES))
def every(request: pytest.FixtureRequest) -> Synthesised:
    """Each stage in turn."""
    return stage_of(request.param)


@pytest.fixture(scope="session")
def prod() -> Synthesised:
    return stage_of("prod")
