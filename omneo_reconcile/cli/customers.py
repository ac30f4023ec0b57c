"""Reads the customers of a simulated tenant from a CSV such as a CRM exports."""

import difflib
import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from omneo_reconcile.core.emails import is_address, normal_form
from omneo_reconcile.errors import FailureName, InvalidUse
from omneo_reconcile.spec.entries import NOT_AN_ADDRESS
from omneo_reconcile.spec.files import SpecFile, read_utf8
from omneo_reconcile.spec.problems import Problem
from omneo_reconcile.spec.schema import is_handle
from omneo_reconcile.spec.tables import Table, cell
from omneo_reconcile.spec.trees import WORK_TREE

_COLUMNS = ("email", "profile_type", "statuses", "profile_id")
_BETWEEN_HANDLES = re.compile(r"[\s|;,]+")
_PROFILE_ID = re.compile(r"(?!\.\.?\Z)[\w.~-]*", re.ASCII)  # stands in the path of a request, where dots alone lead on
_QUOTE = "put double quotes around a field that holds what divides fields"
_LIKENESS = 0.85  # of two names, from 0 to 1: that of `status` and `statuses` is 0.857


class Customer(NamedTuple):
    """A person as the file tells, perhaps in several rows; the first four are what the simulated tenant stores.

    Attributes:
        line: Where the first row of the person begins.
    """

    email: str | None
    profile_type: str
    statuses: tuple[str, ...]
    profile_id: str | None
    line: int


class _Wrong(NamedTuple):
    """What is wrong with a row, in which column, and what to do."""

    column: str
    what: str
    next_step: str


def read_customers(path: Path, profile_types: Collection[str]) -> list[Customer]:
    """Returns the customers of a file, in the order of their first rows.

    Rows with the same profile id are one customer, and so are rows with the same email and no id: with the statuses of
    all of them.

    Args:
        path: A CSV file, as `Table` reads it.
        profile_types: Those that there are.

    Raises:
        InvalidUse: If the file or a row cannot be used; one fault for each such row.
    """
    try:
        path.stat()
    except OSError as error:
        what = "no such file" if isinstance(error, FileNotFoundError) else f"it cannot be read ({error.strerror})"
        raise InvalidUse.of(FailureName.USAGE, what, f"file {path}", "check the path") from None
    problems: list[Problem] = []
    customers: list[Customer] = []
    data = read_utf8(SpecFile(str(path), path, path.parent, "", WORK_TREE))
    if isinstance(data, Problem):
        problems.append(data)
    else:
        customers += _united(Table(str(path), data, problems), profile_types)
    if problems:
        raise InvalidUse(problem._replace(name=FailureName.USAGE).fault() for problem in problems)
    return customers


def _united(table: Table, profile_types: Collection[str]) -> Collection[Customer]:
    people: dict[tuple[str, str | int], Customer] = {}
    by_email: dict[str, Customer] = {}
    for customer, columns in _rows(table):
        first = people.setdefault(_key(customer), customer)
        peer = by_email.setdefault(normal_form(customer.email), customer) if customer.email else customer
        wrong = _wrong(customer, profile_types) or _unlike(first, customer) or _without_id(peer, customer)
        if wrong is not None:
            table.refuse(customer.line, columns[wrong.column], wrong.what, wrong.next_step)
        elif first is not customer:
            statuses = tuple(dict.fromkeys(first.statuses + customer.statuses))
            people[_key(customer)] = first._replace(statuses=statuses)
    return people.values()


def _rows(table: Table) -> Iterator[tuple[Customer, dict[str, int]]]:
    slip = _slip(table.header)
    if slip is not None:
        table.refuse(1, table.header.index(slip[0]), f"no column `{slip[1]}`", "rename the one that looks like it")
    columns = None if slip is not None else table.columns(_COLUMNS)
    if columns is None:
        return
    by_name = dict(zip(_COLUMNS, columns, strict=True))
    width = len(table.header)
    for line, row in table.rows():
        email, kind, statuses, profile_id = (cell(row, column) for column in columns)
        if any(map(str.strip, row[width:])):
            table.refuse(line, width, "a row with more fields than the first line", _QUOTE)
        elif any(map(str.strip, row)):
            yield (
                Customer(email or None, kind.lower() or "active", _handles(statuses), profile_id or None, line),
                by_name,
            )


def _slip(header: Sequence[str]) -> tuple[str, str] | None:
    """Returns a column that is named almost like a known one which is not there, and that one."""
    for known in _COLUMNS:
        near = {_letters(name): name for name in header if name not in _COLUMNS}
        found = difflib.get_close_matches(_letters(known), near, n=1, cutoff=_LIKENESS)
        if found and known not in header:
            return near[found[0]], known
    return None


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name))


@lru_cache(maxsize=4096)
def _handles(text: str) -> tuple[str, ...]:
    return tuple(filter(None, _BETWEEN_HANDLES.split(text)))


def _key(customer: Customer) -> tuple[str, str | int]:
    if customer.profile_id:
        return "profile_id", customer.profile_id
    return ("email", normal_form(customer.email)) if customer.email else ("line", customer.line)


def _wrong(customer: Customer, profile_types: Collection[str]) -> _Wrong | None:
    """Returns what makes a row useless by itself."""
    if customer.email and not is_address(customer.email):
        return _Wrong("email", *NOT_AN_ADDRESS)
    if customer.profile_type not in profile_types:
        next_step = f"the types are {', '.join(profile_types)}; none means active"
        return _Wrong("profile_type", "not a type of profile", next_step)
    if not all(map(is_handle, customer.statuses)):
        return _Wrong("statuses", "not the handle of a status", "look for invisible characters")
    if not _PROFILE_ID.fullmatch(customer.profile_id or ""):
        return _Wrong("profile_id", "not a profile id", "use letters, digits and . _ ~ - alone")
    return None


def _unlike(first: Customer, customer: Customer) -> _Wrong | None:
    """Returns how a row is at odds with the first one of the same person, which it may be itself."""
    for column in ("email", "profile_type"):
        if normal_form(getattr(first, column) or "") != normal_form(getattr(customer, column) or ""):
            what = f"another `{column}` of one person than on line {first.line}"
            return _Wrong(column, what, "write the same on both, or give two people a `profile_id` each")
    return None


def _without_id(first: Customer, customer: Customer) -> _Wrong | None:
    """Returns what is wrong where of the rows of one email some have an id: who are the others?"""
    if bool(first.profile_id) == bool(customer.profile_id):
        return None
    lines = f"of one email only one of two rows has a `profile_id`, the other is on line {first.line}"
    return _Wrong("profile_id", lines, "give every row of this email its `profile_id`")
