"""Mail addresses as SES takes and returns them: ASCII, with international domains in Punycode."""

from shared.domain.normalise.emails import to_ascii_domain, to_own_script
from shared.errors import PermanentError


def to_ascii(address: str) -> str:
    """The address for SES, which has no SMTPUTF8.

    Raises:
        PermanentError: it has a local part that ASCII cannot spell.
    """
    local, _, domain = address.rpartition("@")
    try:
        return f"{local.encode('ascii').decode()}@{to_ascii_domain(domain)}"
    except UnicodeError:
        raise PermanentError("SES cannot write to this address", code="NonAsciiAddress") from None


def from_ascii(address: str) -> str:
    """The address as profiles have it, to find it again there."""
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{to_own_script(domain)}"
    except UnicodeError:
        return address
