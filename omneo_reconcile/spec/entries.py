"""What makes a row of a list: an address, perhaps a last day, perhaps a reason; the same for YAML, CSV and text."""

from datetime import date
from functools import lru_cache

NOT_AN_ADDRESS = ("not an email address", "write one address and nothing else")
NOT_A_DATE = ("not a date", "write a real day as YYYY-MM-DD, for example 2026-12-31")


@lru_cache(maxsize=4096)
def day_of(text: str) -> date | None:
    """Returns the day written as YYYY-MM-DD, or None if the text is not exactly that."""
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
