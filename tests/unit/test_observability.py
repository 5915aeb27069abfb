"""Errors in the log: where and what kind, never the values that they choked on."""

from shared.errors import ConflictError
from shared.observability import error_fields


def caught(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as raised:
        return raised


def test_our_own_errors_are_quoted_with_their_context() -> None:
    fields = error_fields(caught(ConflictError("another writer was first", profile="u1")))

    assert (fields["error"], fields["reason"], fields["profile"]) == ("ConflictError", "another writer was first", "u1")


def test_others_are_not_quoted() -> None:
    fields = error_fields(caught(ValueError("invalid address ana@example.com")))

    assert fields["error"] == "ValueError"
    assert "ana@example.com" not in str(fields)


def test_the_place_is_told() -> None:
    place = str(error_fields(caught(KeyError("email")))["at"])

    assert "test_observability.py:" in place
    assert " caught" in place


def test_context_never_hides_what_went_wrong() -> None:
    fields = error_fields(caught(ConflictError("said", error="context", at="context", reason="context")))

    assert (fields["error"], fields["reason"]) == ("ConflictError", "said")
