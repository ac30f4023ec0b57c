"""What is not wrong in a spec, but what hardly anybody means. Each function yields the findings of one kind."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

from omneo_reconcile.core.model import Entry, Mode, StatusSpec
from omneo_reconcile.core.typos import likely_domains
from omneo_reconcile.spec.findings import Finding
from omneo_reconcile.spec.parts import Document, Setting, StatusPart
from omneo_reconcile.spec.problems import Place

_FAR_YEARS = 100


def expired(members: Iterable[Entry], as_of: date) -> Iterator[Finding]:
    """Yields the members whose last day has passed."""
    for entry in members:
        if entry.until is not None and entry.until < as_of:
            next_step = "once an apply took the status away, remove the entry"
            yield Finding(entry, "a member whose `until` has passed", next_step)


def far_away(members: Iterable[Entry], as_of: date) -> Iterator[Finding]:
    """Yields the members whose last day nobody alive will see."""
    last_year = as_of.year + _FAR_YEARS
    for entry in members:
        if entry.until is not None and entry.until.year > last_year:
            what, next_step = f"an `until` more than {_FAR_YEARS} years away", "check the year, or leave `until` out"
            yield Finding(entry, what, next_step)


def mistyped(people: Mapping[str, Entry]) -> Iterator[Finding]:
    """Yields the emails at a domain that looks like a slip of the one that is meant.

    Args:
        people: By email in normal form. There may be a million, so each domain is looked at once.
    """
    if meant := likely_domains({email.rpartition("@")[2] for email in people}):
        for email, entry in people.items():
            if domain := meant.get(email.rpartition("@")[2]):
                yield Finding(entry, "an email whose domain looks mistyped", f"did you mean {domain}?")


def said_in_two_files(name: str, parts: Iterable[StatusPart]) -> Iterator[Finding]:
    """Yields the places that declare a status again."""
    for first, second in pairwise(parts):
        what, next_step = f"{name} is declared in two files", "say all of it in one file if you can"
        yield Finding(second.place, what, next_step, first.place)


def without_effect(parts: Iterable[StatusPart], status: StatusSpec) -> Iterator[Finding]:
    """Yields each `allow_empty: true` on a list that is not empty, and that may be, for nobody would lose a status."""
    for part in parts:
        if part.allow_empty and part.allow_empty.value and status.members and status.mode is not Mode.EXCLUSIVE:
            what, next_step = "`allow_empty` on a status that lists people", "remove it: it has no effect"
            yield Finding(part.allow_empty.place, what, next_step)


def listing_nobody(name: str, parts: Sequence[StatusPart], status: StatusSpec) -> Iterator[Finding]:
    """Yields a status that is declared for no one."""
    says_nothing = not (status.members or status.absent or status.allow_empty or status.policies.is_any)
    if parts and says_nothing and status.mode is Mode.ADDITIVE:
        next_step = "list its members, write `allow_empty: true`, or remove the status from the spec"
        yield Finding(parts[0].place, f"{name} lists nobody", next_step)


def lists_of_nobody(parts: Iterable[StatusPart]) -> Iterator[Finding]:
    """Yields the lists in files that hold no email."""
    for part in parts:
        for path, entries in zip(part.lists, part.members[1:], strict=True):
            if not entries:
                yield Finding(path.place, "this list names nobody", "add its emails to the file, or remove this line")


def lists_named_twice(parts: Iterable[StatusPart]) -> Iterator[Finding]:
    """Yields the lists that a status names again."""
    seen: dict[int, Setting[str]] = {}
    for part in parts:
        for path, entries in zip(part.lists, part.members[1:], strict=True):
            first = seen.setdefault(id(entries), path)
            if first is not path:
                yield Finding(path.place, "a list named twice for a status", "keep one of the two", first.place)


def without_status(documents: Sequence[Document], statuses: Collection[str]) -> Iterator[Finding]:
    """Yields a spec that names no status at all."""
    if documents and not statuses:
        yield Finding(Place(documents[0].file.shown, 1, 1), "the spec names no status", "add `statuses:`")


def empty_keys(documents: Iterable[Document]) -> Iterator[Finding]:
    """Yields the keys that take a list and were given none."""
    for document in documents:
        for name, place in document.empty:
            yield Finding(place, f"{name} is empty", "fill it, or remove it: it has no effect")
