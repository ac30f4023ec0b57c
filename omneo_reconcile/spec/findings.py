"""What the merge finds wrong or odd: about entries whose column is looked up only when it is shown.

A million entries would each carry a column that nobody reads; finding it again in the file costs nothing until then.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from omneo_reconcile.core.model import Entry
from omneo_reconcile.errors import FailureName, Oddity
from omneo_reconcile.spec.files import SpecFile, lines_of, read_utf8
from omneo_reconcile.spec.problems import Place, Problem

SHOWN_OF_A_KIND = 20  # warnings


class Finding(NamedTuple):
    """One thing that is wrong or odd.

    Attributes:
        where: At which entry or place.
        what: What happened, without an email.
        next_step: What to do next.
        other: The other entry or place that it has to do with.
    """

    where: Entry | Place
    what: str
    next_step: str
    other: Entry | Place | None = None


class Warnings:
    """Odd things by kind. Of each kind the first are kept and the others counted."""

    def __init__(self) -> None:
        """Starts with none."""
        self._kept: defaultdict[str, list[Finding]] = defaultdict(list)
        self._counts: Counter[str] = Counter()

    def add(self, kind: str, findings: Iterable[Finding]) -> None:
        """Adds findings of one kind, which is a noun in the plural."""
        kept = self._kept[kind]
        for finding in findings:
            self._counts[kind] += 1
            if len(kept) < SHOWN_OF_A_KIND:
                kept.append(finding)

    def problems(self, files: Mapping[str, SpecFile]) -> list[Problem]:
        """Returns the warnings kept, each with its place."""
        kept = placed([finding for findings in self._kept.values() for finding in findings], files)
        return [problem._replace(is_odd=True) for problem in kept]

    @property
    def more(self) -> list[Oddity]:
        """One warning for each kind that has more than were kept."""
        more = [(kind, count - SHOWN_OF_A_KIND) for kind, count in self._counts.items() if count > SHOWN_OF_A_KIND]
        return [Oddity(FailureName.INVALID_SPEC, f"{count} more {kind}", "", "see those above") for kind, count in more]


def placed(findings: Iterable[Finding], files: Mapping[str, SpecFile]) -> list[Problem]:
    """Returns the findings as problems, each with file, line and column.

    Args:
        findings: What was found.
        files: Every file that entries come from, by the name shown. Each is read again at most once.
    """
    findings = list(findings)
    things = {thing for finding in findings for thing in (finding.where, finding.other) if thing is not None}
    places = _places(things, files)
    problems = []
    for finding in findings:
        place = places[finding.where]
        other = place if finding.other is None else places[finding.other]
        what = finding.what if other == place else f"{finding.what} ({other})"
        problems.append(Problem(place, what, finding.next_step))
    return problems


def _places(things: Iterable[Entry | Place], files: Mapping[str, SpecFile]) -> dict[Entry | Place, Place]:
    places: dict[Entry | Place, Place] = {}
    wanted: defaultdict[str, defaultdict[int, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for thing in things:
        if isinstance(thing, Place):
            places[thing] = thing
        else:
            wanted[thing.file][thing.line].append(thing)
    for file, entries in wanted.items():
        data = read_utf8(files[file])
        lines = enumerate(lines_of(data) if isinstance(data, bytes) else [], 1)
        texts = {number: text for number, text in lines if number in entries}
        for number, group in entries.items():
            places.update((entry, _place(entry, texts.get(number, ""))) for entry in group)
    return places


def _place(entry: Entry, line: str) -> Place:
    found = re.search(rf"(?<![\w.@+-]){re.escape(entry.email)}(?![\w.@-])", line)
    return Place(entry.file, entry.line, found.start() + 1 if found else 1)
