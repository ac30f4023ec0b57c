"""A spec file as people wrote it: keys and values as text, each with the comments that belong to it.

Made from the events that the loader reads too: between two of them stand only blanks, marks and comments. The library
that keeps comments loses those inside brackets, and takes a minute for 100,000 entries (ruamel.yaml 0.19, 2026-11).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import yaml
from yaml.events import (
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)

BLANK = ""  # among comments: an empty line
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # what ends a line for YAML
_OUTERMOST = -1


@dataclass(slots=True)
class Item:
    """A value with its key, or one of a list, where the key is None.

    Attributes:
        above: The comment lines above it, and `BLANK` for empty ones.
        behind: The comments behind it, or behind its key.
    """

    key: str | None
    above: list[str]
    value: "str | Branch" = ""
    behind: list[str] = field(default_factory=list)

    @property
    def comments(self) -> Iterator[str]:
        """All comments of the item and inside of it, in the order of the lines."""
        yield from (line for line in self.above if line != BLANK)
        yield from self.behind
        if isinstance(self.value, Branch):
            yield from self.value.comments


@dataclass(slots=True)
class Branch:
    """A mapping or a list.

    Attributes:
        tail: The comment lines after its last item.
        is_short: Whether it stands on one line if it can.
    """

    is_list: bool
    items: list[Item] = field(default_factory=list)
    tail: list[str] = field(default_factory=list)
    is_short: bool = False

    @property
    def branches(self) -> "Iterator[tuple[Item, Branch]]":
        """The items whose values are branches, with these."""
        return ((item, item.value) for item in self.items if isinstance(item.value, Branch))

    @property
    def comments(self) -> Iterator[str]:
        """All comments inside, in the order of the lines."""
        for item in self.items:
            yield from item.comments
        yield from self.tail


class _Comment(NamedTuple):
    text: str
    column: int


def read_tree(text: str) -> Branch:
    """Returns the mapping at the top of a file that is sound as the loader takes it."""
    return _Reader(text).root()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._events: Iterator[Event] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self._end = self._column = 0  # where the last event ended
        self._pending: list[_Comment] = []
        self._open: Item | None = None  # to which a comment on this line belongs

    def root(self) -> Branch:
        event = self._next()
        while not isinstance(event, MappingStartEvent):
            event = self._next()
        top = Item(None, [])
        root = self._branch(event, top, _OUTERMOST)
        for event in self._events:
            self._pass(event)
        root.tail += top.behind + self._comments()
        return root

    def _branch(self, start: CollectionStartEvent, item: Item, outer: int) -> Branch:
        """Returns the mapping or list just begun, which is the value of the item.

        Args:
            outer: The column of what it is inside of: comments at its end that stand further right are its own.
        """
        branch = Branch(isinstance(start, SequenceStartEvent))
        column = _column(start)
        self._open = item if start.flow_style else None
        while not isinstance(event := self._next(), CollectionEndEvent):
            child = Item(None, self._comments())
            if not branch.is_list:
                assert isinstance(event, ScalarEvent)
                column = _column(event)
                child.key = self._scalar(event, child)
                event = self._next()
            child.value = self._value(event, child, column)
            branch.items.append(child)
        branch.tail = self._comments(right_of=_OUTERMOST if start.flow_style else outer)
        self._open = item if start.flow_style else None
        return branch

    def _value(self, event: Event, item: Item, column: int) -> str | Branch:
        if isinstance(event, ScalarEvent):
            item.above += self._comments()
            return self._scalar(event, item)
        assert isinstance(event, CollectionStartEvent)
        branch = self._branch(event, item, _OUTERMOST if event.flow_style else column)
        if not branch.items:
            item.above += branch.tail
            branch.tail = []
        return branch

    def _scalar(self, event: ScalarEvent, item: Item) -> str:
        self._open = item
        if event.style in {"|", ">"}:  # ends on a later line than a comment behind its mark
            mark = event.start_mark
            assert mark is not None
            self._keep(_BREAK.split(self._text[mark.index : self._end], maxsplit=1)[0], mark.column)
            self._open = None
        return event.value.strip()

    def _next(self) -> Event:
        event = next(self._events)
        self._pass(event)
        return event

    def _pass(self, event: Event) -> None:
        """Takes the comments between the event and the one before it."""
        start, end = event.start_mark, event.end_mark
        assert start is not None
        assert end is not None
        first, *others = _BREAK.split(self._text[self._end : start.index])
        self._keep(first, self._column)
        if others:
            self._open = None
        for number, line in enumerate(others, 1):
            if line.strip() or number == len(others):
                self._keep(line, 0)
            else:
                self._pending.append(_Comment(BLANK, 0))
        passed = start if isinstance(event, DocumentStartEvent) else end  # it has comments among its directives
        self._end, self._column = passed.index, passed.column

    def _keep(self, line: str, column: int) -> None:
        before, mark, comment = line.partition("#")
        if mark and self._open:
            self._open.behind.append(f"#{comment.rstrip()}")
        elif mark:
            self._pending.append(_Comment(f"#{comment.rstrip()}", column + len(before)))

    def _comments(self, right_of: int | None = None) -> list[str]:
        """Returns the comment lines not taken yet: all of them, or those further right before the first that is not."""
        count = len(self._pending)
        if right_of is not None:
            is_own = [comment.text == BLANK or comment.column > right_of for comment in self._pending]
            count = is_own.index(False) if False in is_own else count
            while count and self._pending[count - 1].text == BLANK:  # it may be above what follows
                count -= 1
        taken = [comment.text for comment in self._pending[:count]]
        del self._pending[:count]
        return taken


def _column(event: Event) -> int:
    assert event.start_mark is not None
    return event.start_mark.column
