"""Customers from CSV: the sample ones that every sandbox starts with, and files in the same form."""

import csv
import io
from collections.abc import Iterator
from importlib.resources import files

from omneo_reconcile.sandbox.people import NewProfile

DEFINITIONS = {
    "vip": "VIP",
    "media": "Media",
    "staff": "Staff",
    "influencer": "Influencer",
    "wholesale": "Wholesale",
}
"""The status definitions of a fresh sandbox: handle and name."""

PROFILE_TYPES = ("active", "incomplete", "pending", "temporary", "dependant", "system", "deleted")
"""Every type of profile.

Source: "profile_type: active incomplete pending temporary dependant system deleted".
"""

_COLUMNS = ("email", "profile_type", "statuses")
_FIRST_CREATED_AT = 1_611_705_600.0  # 2021-01-27, the date in the documentation's examples
_HOUR_SECONDS = 3600


def sample_customers() -> tuple[NewProfile, ...]:
    """Returns the sample customers, the same at every call, ids and dates included once they are stored."""
    text = files("omneo_reconcile.sandbox").joinpath("samples.csv").read_text("utf-8")
    return tuple(
        customer._replace(created_at=_FIRST_CREATED_AT + _HOUR_SECONDS * row)
        for row, customer in enumerate(read_customers(text))
    )


def read_customers(text: str) -> tuple[NewProfile, ...]:
    """Returns the customers of a CSV text with the columns ``email``, ``profile_type`` and ``statuses``.

    Only ``email`` is needed; an empty one is a profile without an email, an empty type is ``active``, and several
    statuses stand with spaces between them. Other columns are ignored.

    Raises:
        ValueError: in one line, with the line of the text.
    """
    return tuple(_customers(text))


def _customers(text: str) -> Iterator[NewProfile]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    if "email" not in (reader.fieldnames or ()):
        raise ValueError(f"line 1: no column 'email'; the columns are {', '.join(_COLUMNS)}")
    for row in reader:
        email, profile_type, statuses = ((row.get(column) or "").strip() for column in _COLUMNS)
        if profile_type not in ("", *PROFILE_TYPES):
            raise ValueError(
                f"line {reader.line_num}: no profile type {profile_type!r}; known: {', '.join(PROFILE_TYPES)}"
            )
        yield NewProfile(email or None, profile_type or "active", tuple(statuses.split()))
