"""How a marketing text says that one can opt out: by the words of the country that it is sent to."""

from collections.abc import Mapping

from shared.domain.locales.countries import country_of_number


def ending(words: Mapping[str, str], number: str) -> str | None:
    """The words for a number's country, if it has some; ``words``: by country."""
    return words.get(country_of_number(number) or "") if words else None


def with_opt_out(text: str, words: str | None) -> str:
    """The text with these words on a line of their own, unless it has them."""
    return text if not words or words.casefold() in text.casefold() else f"{text}\n{words}"
