"""What can go wrong while the local cloud starts, told in one sentence with the remedy."""

from infra.errors import CommandError


class LocalCloudError(CommandError):
    """The local cloud cannot start or go on."""
