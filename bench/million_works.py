"""What the tool does with ready values, without the command around it: python million_works.py NAME ARGUMENTS.

Prints the CPU seconds of that alone, without the start of the interpreter and without making the values.
"""

import contextlib
import gc
import sys
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

from million_inputs import email_of, people

from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.showing import show
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.model import Count, Entry, Limits, Mode, Profile, Spec, StatusSpec
from omneo_reconcile.core.plan import Header, Plan, Tenant
from omneo_reconcile.core.planning import make_plan
from omneo_reconcile.core.reading import Reading
from omneo_reconcile.spec.load import no_garbage_collection

_HEADER = Header("0", datetime(2026, 6, 15, tzinfo=UTC), date(2026, 6, 15), Tenant("acme", "https://acme.test"), None)
_ALL_ALLOWED = Limits(Count(1 << 30), Count(1 << 30))
_FORMATS = {
    "text": ("text", "full", 0),
    "masked": ("text", "masked", 0),
    "all rows": ("text", "full", 1),
    "json": ("json", "full", 0),
}
"""The format, how emails are shown, and how many `-v` are given."""
_ROWS_OF_A_GROUP = 100  # that are shown without -v
_MIB = 1 << 20


def plan(size: str) -> float:
    """Plans for so many people, one in a hundred of them to be added, and as many to be removed."""
    count = int(size)
    different = count // 100
    spec, reading = _desired(range(count)), _live(range(different, count + different), range(different))
    if not spec.digest:  # which every spec has that a plan follows; this makes it, once
        raise ValueError("a spec without a digest")
    gc.collect()
    began = time.process_time()
    with no_garbage_collection():  # as the command does
        made = make_plan(spec, reading, _HEADER, {})
    seconds = time.process_time() - began
    _check(made, 2 * different)
    return seconds


def show_plan(format_name: str, size: str, path: str) -> float:
    """Shows a plan of so many changes."""
    made = _plan_of(int(size))
    gc.collect()
    began = time.process_time()
    _show(made, format_name, path)
    seconds = time.process_time() - began
    _check_shown(made, format_name, path)
    return seconds


def show_traced(format_name: str, size: str, path: str) -> str:
    """Returns the MiB of a plan of so many changes, of what is shown of it, and the most that showing held besides."""
    tracemalloc.start()
    made = _plan_of(int(size))
    gc.collect()
    plan_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    _show(made, format_name, path)
    _, most_bytes = tracemalloc.get_traced_memory()
    in_mib = (f"{count / _MIB:.3f}" for count in (plan_bytes, Path(path).stat().st_size, most_bytes - plan_bytes))
    return " ".join(in_mib)


def _show(made: Plan, format_name: str, path: str) -> None:
    name, emails, verbosity = _FORMATS[format_name]
    with Path(path).open("w", encoding="utf-8") as file, contextlib.redirect_stdout(file):
        show(made, Edges(environment={}, format=name, verbosity=verbosity), emails)


def _check_shown(made: Plan, format_name: str, path: str) -> None:
    rows = len(made.changes) if format_name in {"all rows", "json"} else min(len(made.changes), 2 * _ROWS_OF_A_GROUP)
    with Path(path).open(encoding="utf-8") as file:
        if sum(1 for _ in file) < rows:
            raise ValueError(f"fewer than {rows} rows are shown")


def _plan_of(count: int) -> Plan:
    """Returns a plan of which one half are adds and the other removals."""
    half = count // 2
    made = make_plan(_desired(range(half)), _live(range(half, 2 * half), range(half)), _HEADER, {})
    _check(made, 2 * half)
    return made


def _desired(numbers: range) -> Spec:
    members = {
        normal_form(person.email): Entry(*person, "specs/members.csv", number + 1)
        for number, person in zip(numbers, people(numbers), strict=True)
    }
    status = StatusSpec("vip", Mode.EXCLUSIVE, limits=_ALL_ALLOWED, members=members)
    return Spec(None, "UTC", {"vip": status}, ("specs/members.csv", "specs/spec.yaml"))


def _live(holders: range, others: range) -> Reading:
    """Returns a reading of who holds the status, and of people looked up who do not."""
    looked_up = {normal_form(email_of(number)): (_profile(number, frozenset()),) for number in others}
    profiles = (_profile(number, frozenset({"vip"})) for number in holders)
    return Reading({"vip": {profile.id: profile for profile in profiles}}, looked_up)


def _profile(number: int, statuses: frozenset[str]) -> Profile:
    return Profile(str(UUID(int=number)), email_of(number), "active", statuses)


def _check(made: Plan, expected: int) -> None:
    if len(made.changes) != expected or made.failure_reason or made.held or made.unresolved:
        raise ValueError(f"{len(made.changes)} changes, not {expected}; {made.failure_reason}")


WORKS: dict[str, Callable[..., object]] = {work.__name__: work for work in (plan, show_plan, show_traced)}

if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    print(WORKS[name](*arguments))
