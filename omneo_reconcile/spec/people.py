"""Merges the lists of one status: each person once, whatever the order of files and rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.model import Entry
from omneo_reconcile.spec.findings import Finding

Double = tuple[Entry, Entry]


def merge_people(lists: Iterable[Sequence[Entry]]) -> tuple[dict[str, Entry], list[Double]]:
    """Returns one entry for each email in normal form, and the pairs of entries that name the same person.

    Of two entries the one with a reason is kept, then the first by reason, spelling, file and line.
    """
    people: dict[str, Entry] = {}
    doubles: list[Double] = []
    for entries in lists:
        for entry in entries:
            email = normal_form(entry.email)
            other = people.setdefault(email, entry)
            if other is not entry:
                doubles.append((other, entry))
                people[email] = min(other, entry, key=_preference)
    return people, doubles


def clashes(doubles: Iterable[Double]) -> Iterator[Finding]:
    """Yields the people who are listed twice with two last days."""
    for first, second in map(_in_order, doubles):
        if first.until != second.until:
            next_step = "write the same `until` at both, or keep one of them"
            yield Finding(second, "a member listed twice with two last days", next_step, first)


def repeats(doubles: Iterable[Double]) -> Iterator[Finding]:
    """Yields the people who are listed at several places that say the same."""
    for first, second in map(_in_order, doubles):
        if first.until == second.until:
            yield Finding(second, "a person listed more than once in a status", "keep one of the two", first)


def contradictions(members: Mapping[str, Entry], absent: Mapping[str, Entry]) -> Iterator[Finding]:
    """Yields the people who are both member and absent."""
    for email in members.keys() & absent.keys():
        first, second = _in_order((members[email], absent[email]))
        yield Finding(second, "one email both member and absent of a status", "keep one of the two", first)


def _in_order(pair: Double) -> Double:
    first, second = sorted(pair, key=_source)
    return first, second


def _source(entry: Entry) -> tuple[str, int]:
    return entry.file, entry.line


def _preference(entry: Entry) -> tuple[bool, str, str, str, int]:
    return entry.reason is None, entry.reason or "", entry.email, entry.file, entry.line
