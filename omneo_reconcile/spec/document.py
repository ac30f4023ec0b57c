"""Reads one YAML file into typed parts, each with its place, and notes all that is wrong with it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from omneo_reconcile.core.model import Count, Limit, Mode, Share, UnresolvedPolicy
from omneo_reconcile.spec.events import syntax_problem
from omneo_reconcile.spec.files import SpecFile, read_utf8
from omneo_reconcile.spec.parts import Document, LimitsPart, PoliciesPart, Setting, StatusPart, Value
from omneo_reconcile.spec.problems import Problem
from omneo_reconcile.spec.shape import Path, Tree, prune
from omneo_reconcile.spec.walk import Walk


def read_document(file: SpecFile, problems: list[Problem]) -> Document:
    """Returns what could be read of the file; `problems` takes all that could not."""
    data = read_utf8(file)
    if isinstance(data, Problem):
        problems.append(data)
        return Document(file, is_whole=False)
    text = data.decode()
    walk = Walk(file.shown, text, problems)
    try:
        if not walk.run():
            return Document(file, is_whole=False)
    except yaml.YAMLError as error:
        problems.append(syntax_problem(file.shown, text, error))
        # Without its end the tree would only add faults that are none, such as a version that is missing.
        return Document(file, is_whole=False)
    tree, misfits = prune(walk.tree, walk.keys, walk.values)
    problems.extend(misfits.values())
    walk.faulty.update(str(path[1]) for path in misfits if path[:1] == ("statuses",) and len(path) > 1)
    return _Parts(walk, tree, problems).document(file)


class _Parts:
    """Makes typed parts of a tree that fits the schema."""

    def __init__(self, walk: Walk, tree: Tree, problems: list[Problem]) -> None:
        self._walk = walk
        self._tree = tree
        self._problems = problems

    def document(self, file: SpecFile) -> Document:
        tree = self._tree
        return Document(
            file=file,
            tenant=self._setting(tree, ("tenant",), str),
            timezone=self._timezone(),
            limits=self._limits(tree, ("limits",)),
            statuses={handle: self._status(handle, body) for handle, body in tree.get("statuses", {}).items()},
            profiles=self._walk.profiles,
            empty=self._walk.empty,
            faulty=self._walk.faulty,
        )

    def _status(self, handle: str, body: Tree) -> StatusPart:
        walk = self._walk
        path: Path = ("statuses", handle)
        return StatusPart(
            place=walk.keys[path],
            mode=self._setting(body, (*path, "mode"), Mode),
            owner=self._setting(body, (*path, "owner"), str),
            unresolved=self._setting(body, (*path, "unresolved"), UnresolvedPolicy),
            allow_empty=self._setting(body, (*path, "allow_empty"), bool),
            limits=self._limits(body, (*path, "limits")),
            members=[walk.people.get((handle, "members"), [])],
            absent=walk.people.get((handle, "absent"), []),
            lists=walk.lists.get(handle, []),
            policies=PoliciesPart(
                exclusive_with=walk.handles.get((handle, "exclusive_with"), []),
                requires=walk.handles.get((handle, "requires"), []),
                min_members=self._setting(body, (*path, "min_members"), int),
                max_members=self._setting(body, (*path, "max_members"), int),
                protected=walk.people.get((handle, "protected"), []),
            ),
        )

    def _limits(self, body: Tree, path: Path) -> LimitsPart:
        limits = body.get("limits", {})
        return LimitsPart(*(self._setting(limits, (*path, name), _limit) for name in LimitsPart._fields))

    def _timezone(self) -> Setting[str] | None:
        zone = self._setting(self._tree, ("timezone",), str)
        if zone and not _is_known_zone(zone.value):
            what, next_step = "this time zone is not known", "write an IANA name such as Australia/Melbourne"
            self._problems.append(Problem(zone.place, what, next_step))
            return None
        return zone

    def _setting(self, body: Tree, path: Path, make: Callable[[Any], Value]) -> Setting[Value] | None:
        name = path[-1]
        return Setting(make(body[name]), self._walk.values[path]) if name in body else None


def _limit(written: int | str) -> Limit:
    if isinstance(written, int):
        return Count(written)
    # 25.0% and 25% mean the same, so they must not differ in the digest.
    return Share(Decimal(f"{Decimal(written[:-1]).normalize():f}"))


def _is_known_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # A name that is a folder of the zone database raises OSError, one that would leave it ValueError.
        return False
    return True
