"""What a spec says must stay true whatever it asks for, and what breaks that."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.model import Bound, Source, Spec, StatusSpec
from omneo_reconcile.errors import FailureName, Fault


class PolicyName(StrEnum):
    """The policies of a status, as a spec writes them."""

    EXCLUSIVE_WITH = "exclusive_with"
    REQUIRES = "requires"
    MIN_MEMBERS = "min_members"
    MAX_MEMBERS = "max_members"
    PROTECTED = "protected"


_ORDER = {name: number for number, name in enumerate(PolicyName)}
_SHOWN_OF_A_POLICY = 20  # errors
_WAYS_OUT = {
    PolicyName.EXCLUSIVE_WITH: "leave the person in one of the two, or change the policy",
    PolicyName.REQUIRES: "give the person both or neither, or change the policy",
    PolicyName.MIN_MEMBERS: "check who would go, or change the policy",
    PolicyName.MAX_MEMBERS: "check who would come, or change the policy",
    PolicyName.PROTECTED: "keep the person as a member, or change the policy",
}
_WAYS_OUT_OF_LISTS = {
    PolicyName.MIN_MEMBERS: "check whether lines are missing, or change the policy",
    PolicyName.MAX_MEMBERS: "check the list, or change the policy",
}


class Violation(Struct, frozen=True):
    """A policy that a spec, or a plan of it, does not keep: of one person, or of a number of members.

    Attributes:
        status: The status that has the policy.
        other: The other status that it is about, or None.
        number: The number that it sets, or None.
        profile_ids: The profiles, or none if the spec alone breaks the policy.
        email: Of the person, as stored or else as written.
        sources: The line of the policy, then those that name the person, or by which the person loses a status.
        what: What is wrong, as said of the person or the status, without an email.
        note: Why the policy is there for this person, in free text of the spec's author.
        in_spec: Whether the spec alone breaks the policy, whatever the tenant answers.
    """

    status: str
    policy: PolicyName
    other: str | None
    number: int | None
    profile_ids: tuple[str, ...]
    email: str | None
    sources: tuple[Source, ...]
    what: str
    note: str | None = None
    in_spec: bool = False

    @property
    def rule(self) -> str:
        """The policy as a spec writes it, such as ``requires: vip``."""
        said = self.other if self.number is None else self.number
        return str(self.policy) if said is None else f"{self.policy}: {said}"

    @property
    def fault(self) -> Fault:
        """The violation as an error, at the line of the policy."""
        subject = "a person" if self.number is None else f"status {self.status}"
        where, *people = *map(str, self.sources), f"status {self.status}"
        ids = self.profile_ids
        profile = f", {'profile' if len(ids) == 1 else 'profiles'} {' and '.join(ids)}" if ids else ""
        lines = f" ({', '.join(people[:-1])})" if people[:-1] else ""
        return Fault(FailureName.POLICY, f"{subject} {self.what}{profile}{lines}", where, self.way_out)

    @property
    def way_out(self) -> str:
        """What to do next."""
        ways = _WAYS_OUT | _WAYS_OUT_OF_LISTS if self.in_spec else _WAYS_OUT
        return ways[self.policy]

    def seen_at(self, planned: Collection[str]) -> str:
        """Returns the status under which it is shown: the one that has the policy, or else the other one."""
        return self.status if self.status in planned else self.other or self.status

    @property
    def rule_of(self) -> tuple[str, PolicyName, str | None]:
        """What tells one policy of a spec from another."""
        return self.status, self.policy, self.other


def of_number(status: str, policy: PolicyName, bound: Bound, what: str) -> Violation:
    """Returns the violation of a number of members."""
    return Violation(status, policy, None, bound.number, (), None, (bound.source,), what)


def faults_of(violations: Iterable[Violation]) -> tuple[Fault, ...]:
    """Returns the violations as errors: of each policy of a status the first, and one for all others of it."""
    by_rule: defaultdict[tuple[object, ...], list[Violation]] = defaultdict(list)
    for violation in violations:
        by_rule[violation.rule_of].append(violation)
    faults: list[Fault] = []
    for rows in by_rule.values():
        faults += (violation.fault for violation in rows[:_SHOWN_OF_A_POLICY])
        if (others := len(rows) - _SHOWN_OF_A_POLICY) > 0:
            what = f"{others:,} more {'person' if others == 1 else 'people'} against {rows[0].rule}"
            faults.append(Fault(FailureName.POLICY, what, f"status {rows[0].status}", "see them in the plan"))
    return tuple(faults)


def in_order(violations: Iterable[Violation]) -> tuple[Violation, ...]:
    """Returns the violations in a fixed order, of two that are about the same thing the first."""
    once: dict[tuple[object, ...], Violation] = {}
    for violation in violations:
        once.setdefault(_order(violation), violation)
    return tuple(once[key] for key in sorted(once))


def _order(violation: Violation) -> tuple[str, int, str, str]:
    person = normal_form(violation.email) if violation.email else "".join(violation.profile_ids)
    return violation.status, _ORDER[violation.policy], violation.other or "", person


class Relation(NamedTuple):
    """A policy between two statuses: `exclusive_with`, which binds both alike, or `requires`."""

    status: str
    policy: PolicyName
    other: str
    source: Source

    def broken(self, what: str, profile_id: str | None, email: str | None, lines: Iterable[Source]) -> Violation:
        """Returns the violation by one person.

        Args:
            what: What is wrong, without an email.
            profile_id: The profile, if it is known.
            email: As stored or as written.
            lines: Those that name the person.
        """
        sources, profile_ids = (self.source, *lines), (profile_id,) if profile_id else ()
        return Violation(self.status, self.policy, self.other, None, profile_ids, email, sources, what)


def has_policies(spec: Spec) -> bool:
    """Tells whether any status of the spec has one."""
    return any(status.policies.is_any for status in (*spec.statuses.values(), *spec.beside.values()))


def neighbours(spec: Spec, handles: Iterable[str]) -> tuple[str, ...]:
    """Returns these statuses and those of the spec that a policy ties to one of them, sorted."""
    tied = relations(spec)
    found = {*handles}
    found |= {one for tie in tied for one in (tie.status, tie.other) if {tie.status, tie.other} & found}
    return tuple(sorted(found & spec.statuses.keys()))


def relations(spec: Spec) -> tuple[Relation, ...]:
    """Returns the policies between two statuses of which a plan of the spec has at least one, each pair once."""
    found: dict[object, Relation] = {}
    for handle, status in sorted((*spec.statuses.items(), *spec.beside.items())):
        for other, source in sorted(status.policies.exclusive_with.items()):
            relation = Relation(handle, PolicyName.EXCLUSIVE_WITH, other, source)
            found.setdefault(frozenset((handle, other)), relation)
        for other, source in sorted(status.policies.requires.items()):
            found[handle, other] = Relation(handle, PolicyName.REQUIRES, other, source)
    return tuple(one for one in found.values() if one.status in spec.statuses or one.other in spec.statuses)


class Question(NamedTuple):
    """Whether people hold some status: those whom this one may be taken from unnamed, and all whom it names if so."""

    status: StatusSpec
    of_named: bool


def questions(spec: Spec) -> dict[str, list[Question]]:
    """Returns what policies ask, by the status that they ask about.

    Whom a required status names need not be asked: nobody loses it by name who was not looked up.
    """
    asked: defaultdict[str, list[Question]] = defaultdict(list)
    for status, policy, other, _ in relations(spec):
        asked[other] += _question(spec, status, of_named=True)
        asked[status] += _question(spec, other, of_named=policy is PolicyName.EXCLUSIVE_WITH)
    return dict(asked)


def _question(spec: Spec, handle: str, *, of_named: bool) -> list[Question]:
    return [Question(spec.statuses[handle], of_named)] if handle in spec.statuses else []
