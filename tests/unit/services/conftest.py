"""What the tests of dispatching share."""

import pytest

from tests.unit.services.dispatching import House


@pytest.fixture
def house() -> House:
    return House()
