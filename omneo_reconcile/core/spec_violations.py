"""Where a spec breaks its own policies, whatever the tenant answers."""

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from omneo_reconcile.core.model import Mode, Source, Spec, StatusSpec
from omneo_reconcile.core.policies import (
    PolicyName,
    Relation,
    Violation,
    in_order,
    of_number,
    relations,
)


def spec_violations(spec: Spec, as_of: date) -> tuple[Violation, ...]:
    """Returns what in the spec breaks a policy of it on that day. Pure; in a fixed order, each thing once."""
    statuses = {**spec.beside, **spec.statuses}
    found: list[Violation] = []
    for relation in relations(spec):
        status, other = statuses.get(relation.status), statuses.get(relation.other)
        if status and other:
            check = _in_both if relation.policy is PolicyName.EXCLUSIVE_WITH else _without
            found += check(relation, status, other, as_of)
    for status in spec.statuses.values():
        found += _out_of_bounds(status, as_of)
        found += _unprotected(status, as_of)
    return in_order(replace(violation, in_spec=True) for violation in found)


def _in_both(relation: Relation, status: StatusSpec, other: StatusSpec, as_of: date) -> Iterator[Violation]:
    what = f"is listed in {status.handle} and in {other.handle}, which exclude each other"
    ones, others = status.listed(as_of)[0], other.listed(as_of)[0]
    for email in ones.keys() & others.keys():
        yield relation.broken(what, None, ones[email].email, (ones[email].source, others[email].source))


def _without(relation: Relation, status: StatusSpec, other: StatusSpec, as_of: date) -> Iterator[Violation]:
    declared, expired = other.listed(as_of)[:2]
    for email, entry in status.listed(as_of)[0].items():
        if email in declared:
            continue
        lines: tuple[Source, ...]
        if line := other.absent.get(email):
            why, lines = f"under `absent` of {other.handle}", (line.source,)
        elif line := expired.get(email):
            why, lines = f"no longer a member of {other.handle}", (line.source,)
        elif other.mode is Mode.EXCLUSIVE:
            why, lines = f"not on the exclusive list of {other.handle}", (other.source,) if other.source else ()
        else:
            continue
        what = f"is listed in {status.handle} and {why}, which {status.handle} requires"
        yield relation.broken(what, None, entry.email, (entry.source, *lines))


def _out_of_bounds(status: StatusSpec, as_of: date) -> Iterator[Violation]:
    fewest, most = status.policies.min_members, status.policies.max_members
    if not (fewest or most):
        return
    declared = len(status.listed(as_of).declared)
    words = f"{declared} {'member' if declared == 1 else 'members'}"
    if fewest and declared < fewest.number:
        what = f"lists {words} and must have at least {fewest.number}"
        yield of_number(status.handle, PolicyName.MIN_MEMBERS, fewest, what)
    if most and declared > most.number:
        what = f"lists {words} and may have at most {most.number}"
        yield of_number(status.handle, PolicyName.MAX_MEMBERS, most, what)


def _unprotected(status: StatusSpec, as_of: date) -> Iterator[Violation]:
    protected = status.policies.protected
    if not protected:
        return
    expired = status.listed(as_of)[1]
    for email, entry in protected.items():
        if line := status.absent.get(email):
            what = f"is protected in {status.handle} and under `absent` of it"
        elif line := expired.get(email):
            what = f"is protected in {status.handle} and no longer a member of it"
        else:
            continue
        sources = entry.source, line.source
        yield Violation(status.handle, PolicyName.PROTECTED, None, None, (), line.email, sources, what, entry.reason)
