"""Merges all that the files say of one status."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import chain

from omneo_reconcile.core.model import Bound, Entry, Limits, Mode, Policies, StatusSpec, UnresolvedPolicy
from omneo_reconcile.spec import oddities
from omneo_reconcile.spec.findings import Finding, Warnings
from omneo_reconcile.spec.parts import Document, PoliciesPart, Setting, Value
from omneo_reconcile.spec.people import clashes, contradictions, merge_people, repeats
from omneo_reconcile.spec.policies import first_lines, nonsense, source_at
from omneo_reconcile.spec.problems import quoted
from omneo_reconcile.spec.settings import one_value


class StatusMerge:
    """The merge of one status."""

    def __init__(self, handle: str, documents: Sequence[Document], faults: list[Finding], warnings: Warnings) -> None:
        """Starts with the documents that mention the status, in the order of their names.

        Args:
            handle: The status.
            documents: At least one.
            faults: Takes what does not go together.
            warnings: Takes what does, but is odd.
        """
        self._handle = handle
        self._name = quoted(handle, "this status")
        self._documents = documents
        self._parts = [document.statuses[handle] for document in documents if handle in document.statuses]
        self._faults = faults
        self._warnings = warnings

    def status(self, as_of: date, *, is_whole: bool) -> StatusSpec:
        """Returns the merged status.

        Args:
            as_of: The day that tells whose `until` has passed.
            is_whole: Whether everything was read that may name people of this status.
        """
        before = len(self._faults)
        status = self._merged()
        self._faults.extend(contradictions(status.members, status.absent))
        self._faults.extend(nonsense(self._handle, [part.policies for part in self._parts]))
        is_sound = is_whole and len(self._faults) == before
        self._note_oddities(status, as_of, is_sound=is_sound)
        if is_sound and status.mode is Mode.EXCLUSIVE and not status.allow_empty:
            self._check_empty(status, as_of)
        return status

    def _merged(self) -> StatusSpec:
        parts = self._parts
        mode = self._one("mode", (part.mode for part in parts)) or Mode.ADDITIVE
        usual = UnresolvedPolicy.HOLD if mode is Mode.EXCLUSIVE else UnresolvedPolicy.SKIP
        profiles = (document.profiles.get(self._handle, []) for document in self._documents)
        return StatusSpec(
            handle=self._handle,
            mode=mode,
            owner=self._one("owner", (part.owner for part in parts)),
            unresolved=self._one("unresolved", (part.unresolved for part in parts)) or usual,
            limits=self._limits(),
            members=self._people(chain(*(part.members for part in parts), profiles)),
            absent=self._people(part.absent for part in parts),
            source=source_at(parts[0].place) if parts else None,
            allow_empty=self._one("allow_empty", (part.allow_empty for part in parts)) or False,
            policies=self._policies([part.policies for part in parts]),
        )

    def _one(self, key: str, settings: Iterable[Setting[Value] | None]) -> Value | None:
        return one_value(f"`{key}` of {self._name}", settings, self._faults)

    def _limits(self) -> Limits:
        usual = Limits()
        own = [part.limits for part in self._parts]
        of_files = [document.limits for document in self._documents]
        return Limits(
            max_adds=self._one("max_adds", (limits.max_adds for limits in own))
            or self._one("max_adds", (limits.max_adds for limits in of_files))
            or usual.max_adds,
            max_removals=self._one("max_removals", (limits.max_removals for limits in own))
            or self._one("max_removals", (limits.max_removals for limits in of_files))
            or usual.max_removals,
        )

    def _policies(self, parts: Sequence[PoliciesPart]) -> Policies:
        return Policies(
            exclusive_with=first_lines(self._handle, (part.exclusive_with for part in parts)),
            requires=first_lines(self._handle, (part.requires for part in parts)),
            min_members=self._bound("min_members", (part.min_members for part in parts)),
            max_members=self._bound("max_members", (part.max_members for part in parts)),
            protected=self._people(part.protected for part in parts),
        )

    def _bound(self, key: str, settings: Iterable[Setting[int] | None]) -> Bound | None:
        given = [setting for setting in settings if setting]
        number = self._one(key, given)
        return None if number is None else Bound(number, source_at(given[0].place))

    def _people(self, lists: Iterable[Sequence[Entry]]) -> Mapping[str, Entry]:
        people, doubles = merge_people(lists)
        self._faults.extend(clashes(doubles))
        self._warnings.add("people listed more than once in a status", repeats(doubles))
        return people

    def _note_oddities(self, status: StatusSpec, as_of: date, *, is_sound: bool) -> None:
        add, name, parts = self._warnings.add, self._name, self._parts
        add("members whose `until` has passed", oddities.expired(status.members.values(), as_of))
        add("members with an `until` far away", oddities.far_away(status.members.values(), as_of))
        for people in (status.members, status.absent, status.policies.protected):
            add("emails whose domain looks mistyped", oddities.mistyped(people))
        add("statuses declared in two files", oddities.said_in_two_files(name, parts))
        add("`allow_empty` without effect", oddities.without_effect(parts, status))
        if is_sound:  # else it may be a fault that hides who is listed
            add("statuses that list nobody", oddities.listing_nobody(name, parts, status))
            add("lists that name nobody", oddities.lists_of_nobody(parts))
            add("lists named twice for a status", oddities.lists_named_twice(parts))

    def _check_empty(self, status: StatusSpec, as_of: date) -> None:
        if not any(entry.until is None or entry.until >= as_of for entry in status.members.values()):
            place = next(part.mode.place for part in self._parts if part.mode)
            what = f"{self._name} is exclusive and has no member on {as_of}: everybody would lose it"
            self._faults.append(Finding(place, what, "list its members, or write `allow_empty: true`"))
