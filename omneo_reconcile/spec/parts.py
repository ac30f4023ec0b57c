"""What one YAML file says, part by part, before the files are merged."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from omneo_reconcile.core.model import Entry, Limit, Mode, UnresolvedPolicy
from omneo_reconcile.spec.files import SpecFile
from omneo_reconcile.spec.problems import Place

Value = TypeVar("Value")


class Setting(NamedTuple, Generic[Value]):
    """A value and where it is written."""

    value: Value
    place: Place


class LimitsPart(NamedTuple):
    """The limits of one file, or of one status in it."""

    max_adds: Setting[Limit] | None = None
    max_removals: Setting[Limit] | None = None


class PoliciesPart(NamedTuple):
    """The policies of a status in one file."""

    exclusive_with: Sequence[Setting[str]] = ()
    requires: Sequence[Setting[str]] = ()
    min_members: Setting[int] | None = None
    max_members: Setting[int] | None = None
    protected: Sequence[Entry] = ()


@dataclass
class StatusPart:
    """What one file says of one status under `statuses`.

    Attributes:
        place: Where the handle stands.
        members: Who should hold it: those who stand here, then those of each list.
        absent: Who should not hold it.
        lists: The paths under `members_from`.
    """

    place: Place
    mode: Setting[Mode] | None
    owner: Setting[str] | None
    unresolved: Setting[UnresolvedPolicy] | None
    allow_empty: Setting[bool] | None
    limits: LimitsPart
    members: list[Sequence[Entry]]
    absent: Sequence[Entry]
    lists: Sequence[Setting[str]]
    policies: PoliciesPart


@dataclass
class Document:
    """What one file says.

    Attributes:
        file: The file.
        statuses: By handle, in the order of the file.
        profiles: The members of a status that stand under `profiles`, by handle.
        empty: Lists without an item, by what they are called, that could as well be left out.
        faulty: Handles of which something could not be read, so that their lists may lack people.
        is_whole: False if the file could not be read to its end, so that any list may lack people.
    """

    file: SpecFile
    tenant: Setting[str] | None = None
    timezone: Setting[str] | None = None
    limits: LimitsPart = field(default_factory=LimitsPart)
    statuses: dict[str, StatusPart] = field(default_factory=dict)
    profiles: dict[str, list[Entry]] = field(default_factory=dict)
    empty: list[Setting[str]] = field(default_factory=list)
    faulty: set[str] = field(default_factory=set)
    is_whole: bool = True
