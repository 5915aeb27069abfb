"""``carillon demo``."""


def demo() -> None:
    """Play a storefront's morning on the local cloud."""
