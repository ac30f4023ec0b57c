"""Reads the lists inside a YAML file straight from its events: people, handles and paths.

These are what a spec may have a million of, so they never become part of the tree that the schema checks.
"""

from collections import defaultdict
from collections.abc import Iterator

from yaml.events import MappingStartEvent, NodeEvent, ScalarEvent, SequenceStartEvent

from omneo_reconcile.core.emails import is_address, normal_form
from omneo_reconcile.core.model import Entry
from omneo_reconcile.spec.entries import NOT_A_DATE, NOT_AN_ADDRESS, day_of
from omneo_reconcile.spec.events import Events
from omneo_reconcile.spec.parts import Setting
from omneo_reconcile.spec.problems import Problem, unknown_key
from omneo_reconcile.spec.schema import is_handle, schema


class Rows:
    """Reads rows of one file. Each method consumes the node that was just begun."""

    def __init__(self, file: str, events: Events, problems: list[Problem], empty: list[Setting[str]]) -> None:
        """Notes rows that cannot be used as problems, and leaves them out; people without a status are `empty`."""
        self._file = file
        self._events = events
        self._problems = problems
        self._empty = empty

    def members(self) -> list[Entry]:
        """Returns a list of emails and of entries with `email`, `until` and `reason`."""
        return self._people(schema()["$defs"]["member"]["properties"])

    def named(self) -> list[Entry]:
        """Returns a list of emails and of entries with `email` and `reason`."""
        return self._people(schema()["$defs"]["absentee"]["properties"])

    def handles(self) -> list[Setting[str]]:
        """Returns a list of handles, each with its place."""
        return [Setting(item.value, self._events.place(item)) for item in self._handle_items()]

    def paths(self) -> list[Setting[str]]:
        """Returns a list of paths, each with its place."""
        paths = []
        for item in self._events.items():
            if isinstance(item, ScalarEvent):
                paths.append(Setting(item.value.strip(), self._events.place(item)))
            else:
                self._refuse(item, "not the path of a list", "name a .csv or .txt file beside this file")
        return paths

    def profiles(self) -> tuple[dict[str, list[Entry]], set[str]]:
        """Returns the members of each status that is named, and the statuses of people whose email is no address."""
        members: defaultdict[str, list[Entry]] = defaultdict(list)
        faulty: set[str] = set()
        for key, value in self._events.pairs(normal_form):
            place = self._events.place(key)
            entry = Entry(key.value.strip(), None, None, self._file, place.line)
            before = len(self._problems)
            handles = self._handles(value)
            if not handles and len(self._problems) == before:
                self._empty.append(Setting("the list of a person's statuses", place))
            if is_address(entry.email):
                for handle in handles:
                    members[handle].append(entry)
            else:
                faulty.update(handles)
                self._problems.append(Problem(place, *NOT_AN_ADDRESS))
        return members, faulty

    def _handles(self, value: NodeEvent) -> list[str]:
        if not isinstance(value, SequenceStartEvent):
            self._refuse(value, "not a list of statuses", "write their handles in brackets, such as [vip, media]")
            return []
        return [item.value for item in self._handle_items()]

    def _handle_items(self) -> Iterator[ScalarEvent]:
        for item in self._events.items():
            if isinstance(item, ScalarEvent) and is_handle(item.value):
                yield item
            else:
                self._refuse(item, "not the handle of a status", schema()["$defs"]["handle"]["patternErrorMessage"])

    def _people(self, keys: dict[str, object]) -> list[Entry]:
        entries = []
        for item in self._events.items():
            if isinstance(item, ScalarEvent):
                entry = self._entry(item, None, None)
            elif isinstance(item, MappingStartEvent):
                entry = self._described(item, keys)
            else:
                entry = None
                self._refuse(item, *NOT_AN_ADDRESS)
            if entry is not None:
                entries.append(entry)
        return entries

    def _described(self, start: MappingStartEvent, keys: dict[str, object]) -> Entry | None:
        before = len(self._problems)
        values: dict[str, ScalarEvent] = {}
        for key, value in self._events.pairs():
            if key.value not in keys:
                self._problems.append(unknown_key(self._events.place(key), key.value, keys))
                self._events.skip(value)
            elif isinstance(value, ScalarEvent):
                values[key.value] = value
            else:
                self._refuse(value, f"`{key.value}` is not plain text", "write it as text on one line")
        email = values.get("email")
        if email is not None:
            return self._entry(email, values.get("until"), values.get("reason"))
        if len(self._problems) == before:
            self._events.refuse(start, "an entry without `email`", "add a line `email:` with the address")
        return None

    def _entry(self, email: ScalarEvent, until: ScalarEvent | None, reason: ScalarEvent | None) -> Entry | None:
        address = email.value.strip()
        day = day_of(until.value.strip()) if until else None
        is_sound = is_address(address)
        if not is_sound:
            self._refuse(email, *NOT_AN_ADDRESS)
        if until and not day:
            self._refuse(until, *NOT_A_DATE)
        elif is_sound:
            why = reason.value.strip() or None if reason else None
            return Entry(address, day, why, self._file, self._events.line(email))
        return None

    def _refuse(self, event: NodeEvent, what: str, next_step: str) -> None:
        self._events.refuse(event, what, next_step)
        self._events.skip(event)
