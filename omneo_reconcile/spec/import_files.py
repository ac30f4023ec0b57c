"""Drafts of the files that say who holds a status now: new ones, and those of a spec with people added.

What is there stays: entries, settings and comments, but for comments of former imports that are not true any more, and
for `allow_empty` where a list that must not be empty anyway gets people. Files that change are written as `fmt` does.
"""

import codecs
import os
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from omneo_reconcile.core.importing import Imported, digest_after
from omneo_reconcile.core.model import Mode
from omneo_reconcile.core.spec_violations import spec_violations
from omneo_reconcile.spec.file_names import file_stem
from omneo_reconcile.spec.files import SPEC_ENDINGS
from omneo_reconcile.spec.fmt import format_file
from omneo_reconcile.spec.fmt_order import arrange
from omneo_reconcile.spec.fmt_text import written
from omneo_reconcile.spec.fmt_tree import Branch, read_tree
from omneo_reconcile.spec.import_comments import add_comments, drop_outdated, said_in
from omneo_reconcile.spec.import_names import Names
from omneo_reconcile.spec.import_people import append, has_key, lists_of, new_tree, remove, statuses_of, with_emails
from omneo_reconcile.spec.load import Loaded, load_spec, no_garbage_collection
from omneo_reconcile.spec.trees import DraftTree

MOST_INLINE = 100
"""People added to a status in its YAML file; more of them go to a list beside it."""


class Drafted(NamedTuple):
    """What is to be written.

    Attributes:
        drafts: What each file is to hold, by resolved path, lists before the files that name them.
        shown: The names to show of the files, by resolved path.
        touched: The files in which each status changes, by handle.
        against: In how many ways the spec breaks a policy of its own then.
    """

    drafts: Mapping[Path, bytes]
    shown: Mapping[Path, str]
    touched: Mapping[str, Sequence[Path]]
    against: int = 0


def draft_import(
    out: Path, before: Loaded | None, tenant: str, imported: Sequence[Imported], *, now: datetime
) -> Drafted:
    """Returns the files that make a spec list the holders of the statuses. Writes nothing.

    The drafts were read as a spec: it means what it meant before, and lists the people who were added.

    Args:
        out: The folder of the spec, as the user wrote it; there may be none yet.
        before: The spec that is there, or None if there is none.
        tenant: What a spec that was not there names.
        now: The present, with its offset.

    Raises:
        OutputError: Another file stands where a new one is to be.
        InvalidSpec: The spec would be invalid.
        RuntimeError: The drafts would mean something else, which is a bug.
    """
    with no_garbage_collection():
        drafting = _Drafting(out, before, tenant)
        for status in imported:
            drafting.add(status)
        drafted = drafting.drafted()
    if drafted.drafts:
        paths = [*([str(out)] if before else []), *drafting.new_files]
        after = load_spec(paths, as_of=None, now=now, tree=DraftTree(drafted.drafts))
        if after.spec.digest != digest_after(before.spec if before else None, tenant, imported):
            raise RuntimeError("the drafts would mean something else")
        return drafted._replace(against=len(spec_violations(after.spec, after.as_of)))
    return drafted


class _Drafting:
    """The files of a spec, while people are added to them.

    Attributes:
        new_files: The spec files that were not there, by the names shown.
    """

    def __init__(self, out: Path, before: Loaded | None, tenant: str) -> None:
        self._tenant = before.spec.tenant if before else tenant
        files = before.files if before else ()
        self._known = before.spec.statuses if before else {}
        self._names = Names(out, files)
        self._trees = {file.path: _tree(file.path) for file in files if file.path.suffix.lower() in SPEC_ENDINGS}
        self._namings = Counter(
            path
            for yaml, tree in self._trees.items()
            for status in statuses_of(tree).values()
            for path in _lists(yaml, status)
        )
        self._homes = {
            handle: path for path, tree in reversed(self._trees.items()) for handle in statuses_of(tree)
        }  # the first file wins
        self._tables: dict[Path, bytes] = {}
        self._touched: defaultdict[str, list[Path]] = defaultdict(list)
        self.new_files: list[str] = []

    def add(self, status: Imported) -> None:
        """Adds what a status needs, to the first file that declares it, or to one of its own."""
        home = self._homes.get(status.handle)
        if home is None and (status.is_new or status.add or status.unlisted):
            home = self._new_home(status)
        if home is not None:
            branch = statuses_of(self._trees[home])[status.handle]
            said = self._tidy(status)
            if status.add:
                self._list_people(home, branch, status)
            if add_comments(branch, status.unlisted, said):
                self._touch(status.handle, home)

    def _tidy(self, status: Imported) -> set[str]:
        """Takes out what is not true any more wherever a status is declared; returns of whom comments tell there."""
        said = set()
        may_be_empty = status.handle in self._known and self._known[status.handle].mode is not Mode.EXCLUSIVE
        for path, tree in self._trees.items():
            if status.handle in statuses_of(tree):
                if drop_outdated(tree, status.handle, status.unlisted):
                    self._touch(status.handle, path)
                if status.add and may_be_empty and remove(tree, status.handle, "allow_empty"):
                    self._touch(status.handle, path)
                said |= said_in(tree, status.handle)
        return said

    def drafted(self) -> Drafted:
        """Returns what became of the files, in the one style."""
        yamls = {}
        for path in dict.fromkeys(path for touched in self._touched.values() for path in touched):
            if tree := self._trees.get(path):
                arrange(tree)
                yamls[path] = format_file(path.suffix.lower(), written(tree).encode())
        return Drafted(self._tables | yamls, self._names.shown, self._touched)

    def _new_home(self, status: Imported) -> Path:
        home, _ = self._names.vacant(self._names.folder, f"{file_stem(status.handle)}.yaml")
        is_empty = status.is_new and not status.add
        self._trees[home] = new_tree(self._tenant, status.handle, status.mode, allow_empty=is_empty)
        if not status.add:
            append(statuses_of(self._trees[home])[status.handle], "members", ())
        self.new_files.append(self._names.shown[home])
        self._touch(status.handle, home)
        return home

    def _list_people(self, home: Path, branch: Branch, status: Imported) -> None:
        """Adds people to a list that is the status's own, or inline, or where they are many to a new list."""
        own = next((path for path in _lists(home, branch) if self._is_own(path)), None)
        is_many = len(status.add) > MOST_INLINE
        if own and (is_many or not has_key(branch, "members")):
            self._tables[own] = with_emails(own.read_bytes(), status.add)
            self._touch(status.handle, own)
            return
        self._touch(status.handle, home)
        if is_many:
            table = with_emails(b"email\n", status.add)
            list_, name = self._names.vacant(home.parent, f"lists/{file_stem(status.handle)}.csv", table)
            self._tables[list_] = table
            append(branch, "members_from", [name])
            self._touch(status.handle, list_)
        else:
            append(branch, "members", status.add)

    def _is_own(self, path: Path) -> bool:
        return path.suffix.lower() == ".csv" and self._namings[path] == 1

    def _touch(self, handle: str, path: Path) -> None:
        if path not in self._touched[handle]:
            self._touched[handle].append(path)


def _tree(path: Path) -> Branch:
    return read_tree(path.read_bytes().removeprefix(codecs.BOM_UTF8).decode())


def _lists(yaml: Path, status: Branch) -> list[Path]:
    return [Path(os.path.realpath(yaml.parent / path)) for path in lists_of(status)]
