"""What a spec sets otherwise than it did, and which of that loosens a guard."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from omneo_reconcile.core.danger import Danger, rank
from omneo_reconcile.core.model import (
    NO_POLICIES,
    Count,
    Entry,
    Limit,
    Mode,
    Policies,
    Share,
    Source,
    Spec,
    StatusSpec,
    UnresolvedPolicy,
)
from omneo_reconcile.core.policies import PolicyName


class SettingChange(Struct, frozen=True):
    """One setting, of a status or of the whole spec, that has another value than at the base.

    Attributes:
        name: As a spec writes it, such as ``limits.max_adds``.
        before: Its effective value at the base, or None without one.
        after: Its effective value now, or None without one.
        source: Where the status is declared now, or None for the whole spec.
    """

    name: str
    before: str | None
    after: str | None
    danger: Danger | None
    source: Source | None


_Texts = Mapping[str, str | None]
_CAREFUL = [UnresolvedPolicy.SKIP, UnresolvedPolicy.HOLD, UnresolvedPolicy.ERROR]  # the most careful last


def spec_setting_changes(before: Spec, after: Spec) -> tuple[SettingChange, ...]:
    """Returns what differs of the whole spec, the dangerous first."""
    was = {"tenant": before.tenant, "timezone": before.timezone}
    now = {"tenant": after.tenant, "timezone": after.timezone}
    return _changes(was, now, {} if before.tenant is None else {"tenant": Danger.TENANT_CHANGED}, None)


def excluding(spec: Spec) -> dict[str, set[str]]:
    """Returns the statuses that exclude each status of a spec, whichever of the two says so."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for handle, status in spec.statuses.items():
        for other in status.policies.exclusive_with:
            found[handle].add(other)
            found[other].add(handle)
    return found


def policies_gone(before: StatusSpec, excluded_by: Collection[str]) -> tuple[SettingChange, ...]:
    """Returns the policies of a status that is in the spec no more; nothing else that it set matters any more."""
    return setting_changes(before, replace(before, policies=NO_POLICIES, source=None), excluded_by)


def setting_changes(
    before: StatusSpec | None, after: StatusSpec, excluded_by: Collection[str]
) -> tuple[SettingChange, ...]:
    """Returns what differs of a status, the dangerous first.

    Args:
        before: The status at the base. If it was not there, what holds where nothing is written stands for it.
        after: The status now.
        excluded_by: The statuses that exclude it now, whichever of the two says so.
    """
    before = before or _usual(after)
    dangers = _dangers(before, after)
    if before.policies.exclusive_with.keys() <= set(excluded_by):
        dangers.pop("exclusive_with", None)
    changes = _changes(_texts(before), _texts(after), dangers, after.source)
    protection = _protection_changes(before.policies.protected, after.policies.protected, after.source)
    return tuple(sorted((*changes, *protection), key=lambda change: rank([change.danger])))


def _usual(status: StatusSpec) -> StatusSpec:
    policy = UnresolvedPolicy.HOLD if status.mode is Mode.EXCLUSIVE else UnresolvedPolicy.SKIP
    return StatusSpec(status.handle, unresolved=policy)


def _texts(status: StatusSpec) -> _Texts:
    policies = status.policies
    return {
        "mode": status.mode,
        "owner": status.owner,
        "unresolved": status.unresolved,
        "allow_empty": str(status.allow_empty).lower(),
        "limits.max_adds": str(status.limits.max_adds),
        "limits.max_removals": str(status.limits.max_removals),
        "exclusive_with": ", ".join(sorted(policies.exclusive_with)) or None,
        "requires": ", ".join(sorted(policies.requires)) or None,
        "min_members": str(policies.min_members.number) if policies.min_members else None,
        "max_members": str(policies.max_members.number) if policies.max_members else None,
    }


def _dangers(before: StatusSpec, after: StatusSpec) -> dict[str, Danger]:
    loosened = {
        "mode": (Danger.MADE_EXCLUSIVE, after.mode is Mode.EXCLUSIVE),
        "unresolved": (
            Danger.UNRESOLVED_LOOSENED,
            _is_loosened(before.unresolved, after),
        ),
        "allow_empty": (Danger.EMPTY_ALLOWED, after.allow_empty and after.mode is Mode.EXCLUSIVE),
        "limits.max_adds": (Danger.LIMIT_RAISED, _may_allow_more(before.limits.max_adds, after.limits.max_adds)),
        "limits.max_removals": (
            Danger.LIMIT_RAISED,
            _may_allow_more(before.limits.max_removals, after.limits.max_removals),
        ),
    } | {name: (Danger.POLICY_LOOSENED, is_so) for name, is_so in _loosened(before.policies, after.policies).items()}
    return {name: danger for name, (danger, is_so) in loosened.items() if is_so}


def _loosened(before: Policies, after: Policies) -> dict[str, bool]:
    fewest, most = before.min_members, before.max_members
    return {
        "exclusive_with": not before.exclusive_with.keys() <= after.exclusive_with.keys(),
        "requires": not before.requires.keys() <= after.requires.keys(),
        "min_members": fewest is not None and (not after.min_members or after.min_members.number < fewest.number),
        "max_members": most is not None and (not after.max_members or after.max_members.number > most.number),
    }


def _is_loosened(before: UnresolvedPolicy, after: StatusSpec) -> bool:
    """Tells whether people who are not found stop less; to hold back guards exclusive removals, so only those."""
    is_guarded = before is UnresolvedPolicy.ERROR or after.mode is Mode.EXCLUSIVE
    return is_guarded and _CAREFUL.index(after.unresolved) < _CAREFUL.index(before)


def _may_allow_more(before: Limit, after: Limit) -> bool:
    """Tells whether a limit is wider; a count and a share cannot be compared, but for one that allows nothing."""
    match before, after:
        case (Count(was), Count(now)) | (Share(was), Share(now)):
            return now > was
        case _, (Count(now) | Share(now)):
            return now > 0
        case _:
            assert_never(after)


def _protection_changes(
    before: Mapping[str, Entry], after: Mapping[str, Entry], declared_at: Source | None
) -> Iterator[SettingChange]:
    """Yields each person who is protected on one side alone, or for another reason."""
    was, now = ({email: _with_reason(email, entry) for email, entry in side.items()} for side in (before, after))
    for email in sorted(was.keys() | now.keys()):
        if was.get(email) != now.get(email):
            danger = None if email in now else Danger.UNPROTECTED
            source = after[email].source if email in after else declared_at
            yield SettingChange(str(PolicyName.PROTECTED), was.get(email), now.get(email), danger, source)


def _with_reason(email: str, entry: Entry) -> str:
    return f"{email} ({entry.reason})" if entry.reason else email


def _changes(
    before: _Texts, after: _Texts, dangers: Mapping[str, Danger], source: Source | None
) -> tuple[SettingChange, ...]:
    changes = [
        SettingChange(name, was, after[name], dangers.get(name), source)
        for name, was in before.items()
        if was != after[name]
    ]
    return tuple(sorted(changes, key=lambda change: (rank([change.danger]), change.name)))
