"""What follows a mail, for the addresses of SES's mailbox simulator."""

import pytest

from infra.local.mailbox_simulator import FATES, fate


@pytest.mark.parametrize(
    ("address", "kinds"),
    [
        ("ana@example.com", ("Send", "Delivery")),
        ("bounce@example.com", ("Send", "Delivery")),
        ("bounce@simulator.amazonses.com", ("Send", "Bounce")),
        ("Bounce+label@Simulator.AmazonSES.com", ("Send", "Bounce")),
        ("complaint+a+b@simulator.amazonses.com", ("Send", "Delivery", "Complaint")),
        ("nobody@simulator.amazonses.com", ("Send", "Delivery")),
    ],
)
def test_the_address_decides(address: str, kinds: tuple[str, ...]) -> None:
    assert fate(address) == kinds


def test_every_fate_begins_with_sending() -> None:
    assert {kinds[0] for kinds in FATES.values()} == {"Send"}
