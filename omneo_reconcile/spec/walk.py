"""Walks once over the events of one YAML file: a small tree for the schema to check, and the long lists beside it."""

import re
from collections.abc import Callable
from typing import TypeVar

from yaml.events import MappingStartEvent, NodeEvent, ScalarEvent, SequenceStartEvent

from omneo_reconcile.core.model import Entry
from omneo_reconcile.spec.events import Events
from omneo_reconcile.spec.parts import Setting
from omneo_reconcile.spec.problems import Place, Problem
from omneo_reconcile.spec.rows import Rows
from omneo_reconcile.spec.schema import is_handle, schema
from omneo_reconcile.spec.shape import Path

Item = TypeVar("Item")

_DEEPEST = 5  # keys from the root down; the format itself needs four
_COUNTS = {"version", "max_adds", "max_removals", "min_members", "max_members"}
_COUNT = re.compile("[0-9]{1,15}")
_TRUTH = {"true": True, "false": False}


class Walk:
    """What a walk over one file found, as far as it came.

    Attributes:
        tree: The tree, with empty lists and mappings in place of the long ones.
        keys: Where the key of each value of the tree stands.
        values: Where each value of the tree begins.
        people: The entries under `members`, `absent` and `protected`, by handle and key.
        handles: The handles under `exclusive_with` and `requires`, by handle and key.
        lists: The paths under `members_from`, by handle.
        profiles: The entries under `profiles`, by handle.
        empty: Lists without an item, by what they are called, that could as well be left out.
        faulty: Handles of which something could not be read.
    """

    def __init__(self, file: str, text: str, problems: list[Problem]) -> None:
        """Gets ready to walk; what is refused on the way is noted in `problems`."""
        self.tree: object = {}
        self.keys: dict[Path, Place] = {}
        self.values: dict[Path, Place] = {(): Place(file, 1, 1)}
        self.people: dict[tuple[str | int, str], list[Entry]] = {}
        self.handles: dict[tuple[str | int, str], list[Setting[str]]] = {}
        self.lists: dict[str | int, list[Setting[str]]] = {}
        self.profiles: dict[str, list[Entry]] = {}
        self.empty: list[Setting[str]] = []
        self.faulty: set[str] = set()
        self._problems = problems
        self._events = Events(file, text, problems)
        self._rows = Rows(file, self._events, problems, self.empty)

    def run(self) -> bool:
        """Walks to the end and tells whether there was anything.

        Raises:
            yaml.YAMLError: The text is no YAML. What was found until there is kept.
        """
        root = self._events.root()
        if root is None:
            return False
        self.values[()] = self._events.place(root)
        self.tree = self._value(root, ())
        self._events.end()
        return True

    def _value(self, event: NodeEvent, path: Path) -> object:
        match path, event:
            case _, ScalarEvent():
                return _scalar(event, path)
            case ("statuses", handle, "members" | "absent" | "protected" as key), SequenceStartEvent():
                rows = self._rows
                self.people[handle, key] = rows.members() if key == "members" else self._list(key, event, rows.named)
                return []
            case ("statuses", handle, "exclusive_with" | "requires" as key), SequenceStartEvent():
                self.handles[handle, key] = self._list(key, event, self._rows.handles)
                return []
            case ("statuses", handle, "members_from"), SequenceStartEvent():
                self.lists[handle] = self._list("members_from", event, self._rows.paths)
                return []
            case ("profiles",), MappingStartEvent():
                self.profiles, faulty = self._rows.profiles()
                self.faulty |= faulty
                return {}
            case _:
                return self._branch(event, path)

    def _list(self, key: str, start: NodeEvent, read: Callable[[], list[Item]]) -> list[Item]:
        before = len(self._problems)
        items = read()
        if not items and len(self._problems) == before:
            self.empty.append(Setting(f"`{key}`", self._events.place(start)))
        return items

    def _branch(self, event: NodeEvent, path: Path) -> object:
        if len(path) >= _DEEPEST:
            self._events.refuse(event, "nested deeper than anything in this format", "check the indents")
            self._events.skip(event)
            return None
        if isinstance(event, MappingStartEvent):
            return self._statuses() if path == ("statuses",) else self._mapping(path)
        return [self._value(item, (*path, number)) for number, item in enumerate(self._events.items())]

    def _mapping(self, path: Path) -> dict[str, object]:
        tree = {}
        for key, value in self._events.pairs():
            tree[key.value] = self._entry(key, value, (*path, key.value))
        return tree

    def _statuses(self) -> dict[str, object]:
        tree = {}
        for key, value in self._events.pairs():
            handle = key.value
            if is_handle(handle):
                before = len(self._problems)
                tree[handle] = self._entry(key, value, ("statuses", handle))
                if len(self._problems) > before:
                    self.faulty.add(handle)
            else:
                next_step = schema()["$defs"]["handle"]["patternErrorMessage"]
                self._events.refuse(key, "not the handle of a status", next_step)
                self._events.skip(value)
        return tree

    def _entry(self, key: ScalarEvent, value: NodeEvent, path: Path) -> object:
        self.keys[path] = self._events.place(key)
        self.values[path] = self._events.place(value)
        return self._value(value, path)


def _scalar(event: ScalarEvent, path: Path) -> object:
    """Everything is text, quoted or not, but counts and truth values at the few keys that take them."""
    text = event.value.strip()
    name = path[-1] if path else ""
    if event.style == "" and name in _COUNTS and _COUNT.fullmatch(text):
        return int(text)
    if event.style == "" and name == "allow_empty":
        return _TRUTH.get(text.lower(), text)
    return text
