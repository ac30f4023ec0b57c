"""Merges the policies that several files give one status, and finds those that nobody could keep."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from omneo_reconcile.core.model import Source
from omneo_reconcile.spec.findings import Finding
from omneo_reconcile.spec.parts import Document, PoliciesPart, Setting
from omneo_reconcile.spec.problems import Place, quoted


def source_at(place: Place) -> Source:
    """Returns the line of a place."""
    return Source(place.file, place.line)


def first_lines(handle: str, lists: Iterable[Sequence[Setting[str]]]) -> dict[str, Source]:
    """Returns the other handles on any of the lists of a status, each with the first line that names it."""
    lines: dict[str, Source] = {}
    for setting in chain.from_iterable(lists):
        if setting.value != handle:
            lines.setdefault(setting.value, source_at(setting.place))
    return lines


def nonsense(handle: str, parts: Iterable[PoliciesPart]) -> Iterator[Finding]:
    """Yields the policies of one status that cannot be meant."""
    parts = list(parts)
    fewest = next((part.min_members for part in parts if part.min_members), None)
    most = next((part.max_members for part in parts if part.max_members), None)
    if fewest and most and fewest.value > most.value:
        what = f"`min_members: {fewest.value}` is more than `max_members: {most.value}`"
        yield Finding(fewest.place, what, "lower the one or raise the other", most.place)
    for part in parts:
        for key in ("exclusive_with", "requires"):
            for setting in getattr(part, key):
                if setting.value == handle:
                    yield Finding(setting.place, f"`{key}` names the status itself", "name another status")


def impossible(documents: Iterable[Document]) -> Iterator[Finding]:
    """Yields the statuses that require one which excludes them, so that nobody could hold them."""
    parts = [(handle, part.policies) for document in documents for handle, part in document.statuses.items()]
    excluded: dict[frozenset[str], Place] = {}
    for handle, part in parts:
        for setting in part.exclusive_with:
            excluded.setdefault(frozenset((handle, setting.value)), setting.place)
    for handle, part in parts:
        for setting in part.requires:
            other = excluded.get(frozenset((handle, setting.value)))
            if other and setting.value != handle:
                what = f"{quoted(handle, 'this status')} requires a status that it excludes"
                yield Finding(setting.place, f"{what}, so nobody could hold it", "keep one of the two policies", other)
