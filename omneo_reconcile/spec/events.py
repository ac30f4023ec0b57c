"""YAML text as a stream of events with their places, and what the format has no use for refused on the way.

Nothing is constructed from the text, so no tag runs anything; aliases are refused, so nothing grows. The event stream
of the C parser is also what a million members can be read with: a tree of nodes costs ten times that.
"""

from collections.abc import Callable, Iterator
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    Event,
    MappingEndEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from omneo_reconcile.spec.problems import Place, Problem, place_at, quoted

_DEEPEST = 100  # levels; a spec has five
_Node = AliasEvent | ScalarEvent | CollectionStartEvent  # what a `NodeEvent` may be


class Events:
    """The nodes of one YAML file in the order of its lines.

    Whoever gets a node consumes all of it, by `pairs`, `items` or `skip`, before asking for the next one.
    """

    def __init__(self, file: str, text: str, problems: list[Problem]) -> None:
        """Starts at the top.

        Args:
            file: The name that places show.
            text: The YAML text.
            problems: Takes what is refused, syntax errors excepted: these are raised as `yaml.YAMLError`.
        """
        self._file = file
        self._problems = problems
        # libyaml takes text as UTF-8 anyway; a lone surrogate cannot come from the decoder.
        self._stream: Iterator[Any] = iter(yaml.CSafeLoader(text).get_event, None)

    def root(self) -> NodeEvent | None:
        """Returns the node at the top, or None, with the problem noted, if there is none that can be used."""
        next(self._stream)
        event = next(self._stream)
        if not isinstance(event, StreamEndEvent):
            event = next(self._stream)
        if isinstance(event, StreamEndEvent) or is_nothing(event):
            self.refuse(event, "the file is empty", "begin it with `version: 1`, or delete it")
            return None
        return event if isinstance(event, _Node) and self._is_usable(event) else None

    def end(self) -> None:
        """Checks that nothing follows the root, once that is consumed."""
        next(self._stream)
        event = next(self._stream)
        if not isinstance(event, StreamEndEvent):
            self.refuse(event, "a second YAML document in one file", "put it in a file of its own")

    def pairs(self, same: Callable[[str], str] = str) -> Iterator[tuple[ScalarEvent, NodeEvent]]:
        """Yields key and value of each usable entry of the mapping just begun.

        Args:
            same: Maps keys to the form in which two of them are one.
        """
        seen: dict[str, int] = {}
        while not isinstance(key := next(self._stream), MappingEndEvent):
            sound_key = self._sound_key(key, same, seen)
            value = next(self._stream)
            if self._is_usable(value) and sound_key and self._has_value(sound_key, value):
                yield sound_key, value
            else:
                self.skip(value)

    def items(self) -> Iterator[NodeEvent]:
        """Yields the usable items of the sequence just begun."""
        while not isinstance(event := next(self._stream), SequenceEndEvent):
            if self._is_usable(event):
                yield event

    def skip(self, event: Event) -> None:
        """Consumes the rest of the node that the event began.

        Raises:
            yaml.MarkedYAMLError: If it is nested deeper than anyone writes: libyaml takes quadratic time for that.
        """
        depth = int(isinstance(event, CollectionStartEvent))
        while depth:
            event = next(self._stream)
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > _DEEPEST:
                mark: Any = event.start_mark  # the stubs do not know that the C parser's marks will do
                raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=mark)

    def place(self, event: Event) -> Place:
        """Returns where the event begins."""
        mark: Any = event.start_mark
        return Place(self._file, mark.line + 1, mark.column + 1)

    def line(self, event: Event) -> int:
        """Returns the line of the event alone, for the million rows that need no more."""
        mark: Any = event.start_mark
        line: int = mark.line + 1
        return line

    def refuse(self, event: Event, what: str, next_step: str) -> None:
        """Notes a problem at the event."""
        self._problems.append(Problem(self.place(event), what, next_step))

    def _is_usable(self, event: _Node) -> bool:
        if isinstance(event, AliasEvent):
            self.refuse(event, "YAML aliases (`*name`) are not read", "write it out, or share a list by `members_from`")
            return False
        if event.tag is not None:
            self.refuse(event, "YAML tags (`!name`) are not read", "remove the tag: all is read as text")
        return True

    def _sound_key(self, event: _Node, same: Callable[[str], str], seen: dict[str, int]) -> ScalarEvent | None:
        if not self._is_usable(event):
            return None
        if not isinstance(event, ScalarEvent):
            self.refuse(event, "a key that is not plain text", "write it as one word before the colon")
            self.skip(event)
            return None
        line = self.line(event)
        form = same(event.value)
        first = seen.get(form)
        if first is not None:
            name = quoted(event.value, "this key")
            self.refuse(event, f"{name} stands here twice, first in line {first}", "keep one of the two")
            return None
        seen[form] = line
        return event

    def _has_value(self, key: ScalarEvent, value: Event) -> bool:
        if is_nothing(value):
            name = quoted(key.value, "the key")
            self.refuse(key, f"{name} has no value", "write one, [] for an empty list, or remove the key")
            return False
        return True


def is_nothing(event: Event) -> bool:
    """Tells whether the event stands for a value that was left out."""
    return isinstance(event, ScalarEvent) and event.style == "" and not event.value


def syntax_problem(file: str, text: str, error: yaml.YAMLError) -> Problem:
    """Returns the parser's error as a problem with its place."""
    if isinstance(error, yaml.reader.ReaderError):
        place = place_at(file, text.encode(), error.position)
        return Problem(
            place, "a control character that YAML does not allow", "remove it, or save the file as UTF-8 text"
        )
    assert isinstance(error, yaml.MarkedYAMLError)
    mark = error.problem_mark or error.context_mark
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
    return Problem(
        place, f"not valid YAML ({error.problem})", "check indents, colons and quotes on this line and above"
    )
