"""A script of faults: which request gets which wrong answer. Data, so that a test or a file can say it in one line."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import NoneType
from urllib.parse import unquote

from starlette.responses import Response

from omneo_reconcile.sandbox.answers import Answer


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the requests it is about, and what they get.

    A request matches if its method and its path do; matching requests are counted from 1 for each fault by itself, and
    the fault is done to number ``nth`` and the ones after it, ``times`` in all. The first fault due is the one done.

    Attributes:
        nth: the first matching request it is done to, from 1.
        method: such as ``GET``; None is any.
        path: a piece of the path with its query, decoded, or a regular expression found in it; None is any.
        status: answer with this HTTP status instead of handling the request; None answers as normal.
        headers: sent with that status.
        body: sent with that status: HTML if it starts with ``<``, else JSON; None is a JSON message.
        times: how many matching requests get it; None is all from ``nth`` on.
        after: handle the request first, and then answer with the status all the same: the answer that got lost.
        forget: a batch is accepted, and reported as a success, and nothing of it is stored: the tenant that lies.
        profile_ids: forget only these profiles of the batch.

    Source: "Bodies of 403, 404, 429, 5xx: undocumented; a 5xx may be HTML"; "A finished batch does not prove the
    state".
    """

    nth: int = 1
    method: str | None = None
    path: str | None = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    times: int | None = 1
    after: bool = False
    forget: bool = False
    profile_ids: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Refuses a fault that does nothing or contradicts itself, with a `ValueError` of one line."""
        if self.status is None and not self.forget:
            raise ValueError("needs a status, or forget")
        if self.status is not None and self.forget and not self.after:
            raise ValueError("forget with a status needs after: what is not handled cannot be forgotten")
        if self.after and self.status is None:
            raise ValueError("after needs a status")
        if self.profile_ids is not None and not self.forget:
            raise ValueError("profile_ids needs forget")
        if self.nth < 1 or (self.times is not None and self.times < 1):
            raise ValueError("nth and times count from 1")
        if self.status is not None and not 200 <= self.status <= 599:
            raise ValueError(f"status {self.status} is not between 200 and 599")
        _compiled(self.path)

    @property
    def instead(self) -> bool:
        """Whether the request is answered without being handled."""
        return self.status is not None and not self.after

    def matches(self, method: str, target: str) -> bool:
        """Whether it is about this request; the target is the path with its query as it travelled."""
        if self.method is not None and self.method.upper() != method:
            return False
        decoded = unquote(target)
        return self.path is None or self.path in decoded or _compiled(self.path).search(decoded) is not None

    def forgets(self, profile_id: str) -> bool:
        """Whether the part of a batch that is about this profile is not carried out."""
        return self.forget and (self.profile_ids is None or profile_id in self.profile_ids)

    def answer(self) -> Response:
        """Returns the answer to send; only for a fault that has a status."""
        status = HTTPStatus.OK if self.status is None else self.status
        if self.body is None:
            return Answer({"message": "The sandbox was told to fail."}, status, self.headers)
        media_type = "text/html" if self.body.lstrip().startswith("<") else "application/json"
        return Response(self.body, status, self.headers, media_type)


class FaultScript:
    """The faults of one application and how often each was matched."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Starts with nothing matched."""
        self._faults = tuple(faults)
        self._matched = [0] * len(self._faults)

    def next(self, method: str, target: str) -> Fault | None:
        """Returns the fault that is due for this request, or None, and counts the request."""
        due = None
        for place, fault in enumerate(self._faults):
            if fault.matches(method, target):
                self._matched[place] += 1
                turn = self._matched[place] - fault.nth
                if due is None and turn >= 0 and (fault.times is None or turn < fault.times):
                    due = fault
        return due


def load_faults(text: str) -> tuple[Fault, ...]:
    """Returns the faults of a text: a JSON array of objects, or one JSON object a line, with the fields of `Fault`.

    Raises:
        ValueError: in one line, with the number of the fault.
    """
    try:
        if text.lstrip().startswith("["):
            found = json.loads(text)
        else:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
    except json.JSONDecodeError as error:
        raise ValueError(f"faults: not JSON: {error}") from None
    return tuple(_fault(number, each) for number, each in enumerate(found, start=1))


_KINDS: Mapping[str, tuple[type, ...]] = {
    "nth": (int,),
    "method": (str, NoneType),
    "path": (str, NoneType),
    "status": (int, NoneType),
    "headers": (dict,),
    "body": (str, NoneType),
    "times": (int, NoneType),
    "after": (bool,),
    "forget": (bool,),
    "profile_ids": (list, NoneType),
}


def _fault(number: int, said: object) -> Fault:
    if not isinstance(said, dict):
        raise ValueError(f"fault {number}: not a JSON object")  # noqa: TRY004 - one error for all that a file gets wrong
    for key, value in said.items():
        if key not in _KINDS:
            raise ValueError(f"fault {number}: no key {key!r}; known: {', '.join(_KINDS)}")
        if not _fits(key, value):
            raise ValueError(f"fault {number}: {key} cannot be {json.dumps(value)}")
    if said.get("profile_ids") is not None:
        said = {**said, "profile_ids": tuple(said["profile_ids"])}
    try:
        return Fault(**said)
    except ValueError as error:
        raise ValueError(f"fault {number}: {error}") from None


def _fits(key: str, value: object) -> bool:
    # A bool is an int to Python; `"nth": true` is a slip all the same.
    if isinstance(value, bool):
        return bool in _KINDS[key]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, _KINDS[key]) and all(isinstance(each, str) for each in inner)


def _compiled(path: str | None) -> re.Pattern[str]:
    try:
        return re.compile(path or "")
    except re.error as error:
        raise ValueError(f"path {path!r} is no regular expression: {error}") from None
