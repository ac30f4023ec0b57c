"""Very many people, the same in each run, and the specs that list them: python million_inputs.py KIND SIZE FOLDER.

Run as a process of its own, so that the one that measures never holds them.
"""

import csv
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import NamedTuple

_FIRST = ("jane", "sam", "priya", "wei", "oliver", "mia", "noah", "aisha", "lucas", "chloe", "arjun", "grace")
_LAST = ("smith", "nguyen", "singh", "jones", "brown", "chen", "kelly", "patel", "ryan", "white", "walker", "lee")
_BETWEEN = (".", ".", "", "", "_", "-")
_AFTER = (*9 * ("",), "+shop")
_PROVIDERS = ("gmail.com", "outlook.com", "hotmail.com", "yahoo.com.au", "icloud.com", "bigpond.com", "live.com.au")
_TRADES = ("harbour", "coastal", "northside", "summit", "wattle", "ironbark", "southern", "heritage", "metro")
_FIRMS = ("legal", "freight", "dental", "studio", "foods", "energy", "realty", "motors", "joinery", "health", "books")
_FIRM_DOMAINS = tuple(f"{trade}{firm}.com.au" for trade, firm in product(_TRADES, _FIRMS))
_TIERS = ("Gold tier", "Silver tier", "Launch guest", "Store opening", "Staff family", "Press list")
_REASONS = tuple(f"{tier}, CRM-{number}" for tier, number in product(_TIERS, range(101, 109)))
_SCATTER = 2_654_435_761  # Knuth's multiplier: neighbours get nothing in common
_HEAD = "version: 1\ntimezone: Australia/Melbourne\nstatuses:\n  vip:\n"


class Person(NamedTuple):
    """One row of a list."""

    email: str
    until: date
    reason: str


def email_of(number: int) -> str:
    """Returns the email of a person: each another one, at a few providers and a hundred firms, some with capitals."""
    left = number * _SCATTER % (1 << 32)
    left, first = divmod(left, len(_FIRST))
    left, last = divmod(left, len(_LAST))
    left, between = divmod(left, len(_BETWEEN))
    left, after = divmod(left, len(_AFTER))
    left, in_case = divmod(left, 20)
    domains = _PROVIDERS if left % 3 else _FIRM_DOMAINS
    local = f"{_FIRST[first]}{_BETWEEN[between]}{_LAST[last]}{number}{_AFTER[after]}"
    return f"{local if in_case else local.title()}@{domains[left // 3 % len(domains)]}"


def people(numbers: range) -> Iterator[Person]:
    """Yields people whose last days are spread over the year that comes, with some dozens of reasons."""
    days = [date.today() + timedelta(days=1 + ahead) for ahead in range(365)]  # noqa: DTZ011 - a day more or less
    for number in numbers:
        yield Person(email_of(number), days[number * 7 % len(days)], _REASONS[number % len(_REASONS)])


def write_txt(folder: Path, size: int) -> None:
    """Writes a spec with its members in a text file."""
    _write_spec(folder, "members.txt")
    with (folder / "members.txt").open("w", encoding="utf-8") as file:
        file.writelines(f"{email_of(number)}\n" for number in range(size))


def write_csv(folder: Path, size: int) -> None:
    """Writes a spec with its members in a table."""
    _write_spec(folder, "members.csv")
    with (folder / "members.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(Person._fields)
        rows.writerows(people(range(size)))


def write_plain_yaml(folder: Path, size: int) -> None:
    """Writes a spec that lists the emails of its members."""
    with (folder / "spec.yaml").open("w", encoding="utf-8") as file:
        file.write(f"{_HEAD}    mode: exclusive\n    members:\n")
        file.writelines(f"      - {email_of(number)}\n" for number in range(size))


def write_mappings(folder: Path, size: int) -> None:
    """Writes a spec that says all it can of each of its members."""
    with (folder / "spec.yaml").open("w", encoding="utf-8") as file:
        file.write(f"{_HEAD}    mode: exclusive\n    members:\n")
        for email, until, reason in people(range(size)):
            file.write(f"      - email: {email}\n        until: {until}\n        reason: {reason}\n")


def write_holder(folder: Path, size: int) -> None:
    """Writes a spec of some of those who hold the status in the tenant."""
    write_txt(folder, size)
    _write_spec(folder, "members.txt", mode="additive")


def write_tenant(folder: Path, size: int) -> None:
    """Makes a tenant, and writes a spec of exactly those who hold the status there."""
    from omneo_reconcile.sandbox import NewProfile, Store  # noqa: PLC0415 - the other kinds need none of it

    write_txt(folder, size)
    store = Store.open(folder / "tenant.sqlite")
    store.add_definition("vip", "VIP")
    store.add_profiles(
        NewProfile(email_of(number), statuses=("vip",), created_at=1_600_000_000 + number) for number in range(size)
    )
    store.close()


def _write_spec(folder: Path, members: str, mode: str = "exclusive") -> None:
    spec = f"{_HEAD}    mode: {mode}\n    members_from: [{members}]\n"
    (folder / "spec.yaml").write_text(spec, encoding="utf-8")


KINDS: dict[str, Callable[[Path, int], None]] = {
    "txt": write_txt,
    "csv": write_csv,
    "plain-yaml": write_plain_yaml,
    "mappings": write_mappings,
    "tenant": write_tenant,
    "holder": write_holder,
}

if __name__ == "__main__":
    kind, size, folder = sys.argv[1:]
    Path(folder).mkdir()
    KINDS[kind](Path(folder), int(size))
