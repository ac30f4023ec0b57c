"""Small worlds for the laws: a spec, profiles, and the reading that a perfect reader brings home."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st
from msgspec.structs import replace

from omneo_reconcile.core.changes import Add, Change
from omneo_reconcile.core.dropped import BaseInfo
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.model import (
    Bound,
    Entry,
    Limits,
    Mode,
    Policies,
    Profile,
    Share,
    Source,
    Spec,
    StatusSpec,
    UnresolvedPolicy,
)
from omneo_reconcile.core.plan import Header, Plan, Tenant
from omneo_reconcile.core.planning import make_plan
from omneo_reconcile.core.reading import Reading, Rows
from omneo_reconcile.core.wanted import emails_to_look_up
from simulated import NOON

AS_OF = date(2026, 6, 15)
HANDLES = ("media", "staff", "vip")
EMAILS = tuple(f"{name}@example.com" for name in ("ann", "bob", "cyd", "dan", "eve", "fay", "gus"))
HEADER = Header("0", NOON, AS_OF, Tenant("acme", "https://api.acme.getomneo.com/api/v3"), None)
BASE = BaseInfo("HEAD~1", "b" * 40, "d")
ALL_ALLOWED = Limits(max_adds=Share(Decimal(100)), max_removals=Share(Decimal(100)))

_untils = st.sampled_from([None, None, date(2026, 6, 14), AS_OF, date(2027, 1, 1)])


@st.composite
def entries(draw: st.DrawFn, emails: frozenset[str]) -> dict[str, Entry]:
    return {
        email: Entry(draw(st.sampled_from([email, email.upper()])), draw(_untils), None, "spec.yaml", number)
        for number, email in enumerate(sorted(emails), 1)
    }


@st.composite
def status_specs(draw: st.DrawFn, handle: str, policies: st.SearchStrategy[UnresolvedPolicy]) -> StatusSpec:
    people = draw(st.frozensets(st.sampled_from(EMAILS)))
    absent = draw(st.frozensets(st.sampled_from(sorted(people)))) if people else frozenset()
    mode = draw(st.sampled_from(Mode))
    before = draw(st.frozensets(st.sampled_from(EMAILS))) if mode is Mode.TRACKED else frozenset()
    return StatusSpec(
        handle,
        mode=mode,
        unresolved=draw(policies),
        limits=ALL_ALLOWED,
        members=draw(entries(people - absent)),
        absent=draw(entries(absent)),
        dropped=draw(entries(before - people)) if mode is Mode.TRACKED else None,
    )


def status_of(handle: str, *members: str, **settings: object) -> StatusSpec:
    """A status with members who have no end and no reason."""
    entries = {normal_form(email): Entry(email, None, None, "spec.yaml", 1) for email in members}
    return StatusSpec(handle, members=entries, **settings)


def spec_of(*statuses: StatusSpec) -> Spec:
    by_handle = {status.handle: status for status in statuses}
    return Spec(None, "UTC", by_handle, ("spec.yaml",))


@st.composite
def specs(draw: st.DrawFn, policies: st.SearchStrategy[UnresolvedPolicy] | None = None) -> Spec:
    chosen = draw(st.lists(st.sampled_from(HANDLES[1:]), unique=True, min_size=1))
    if policies is None:
        policies = st.sampled_from(list(UnresolvedPolicy))
    return spec_of(*(draw(status_specs(handle, policies)) for handle in sorted(chosen)))


@st.composite
def guarded_specs(draw: st.DrawFn) -> Spec:
    """Specs whose statuses have policies of every kind."""
    statuses = []
    for status in draw(specs()).statuses.values():
        line = Source("policy.yaml", 1)
        others = st.dictionaries(st.sampled_from(sorted({*HANDLES} - {status.handle})), st.just(line), max_size=1)
        bounds = st.none() | st.builds(Bound, st.integers(0, 4), st.just(line))
        protected = draw(st.frozensets(st.sampled_from(EMAILS), max_size=2))
        people = {email: Entry(email, None, None, "policy.yaml", 2) for email in protected}
        policies = Policies(draw(others), draw(others), draw(bounds), draw(bounds), people)
        statuses.append(replace(status, policies=policies))
    return spec_of(*statuses)


@st.composite
def profiles(draw: st.DrawFn, *, plain: bool = False) -> tuple[Profile, ...]:
    """Profiles as the tenant has them; plain ones are active, and no two share an email."""
    emails = st.sampled_from([*EMAILS, *(email.title() for email in EMAILS)])
    kinds = st.just("active") if plain else st.sampled_from(["active"] * 5 + ["pending", "system", "deleted"])
    rows = draw(
        st.lists(
            st.tuples(emails if plain else st.none() | emails, kinds, st.frozensets(st.sampled_from(HANDLES))),
            max_size=8,
            unique_by=(lambda row: normal_form(row[0])) if plain else None,
        )
    )
    return tuple(Profile(f"p{number}", *row) for number, row in enumerate(rows))


def by_id(rows: Iterable[Profile]) -> Rows:
    return {row.id: row for row in rows}


def read_perfectly(spec: Spec, world: tuple[Profile, ...]) -> Reading:
    """Returns what a reader brings home whom no answer misled."""
    holders = {handle: by_id(row for row in world if handle in (row.statuses or ())) for handle in spec.statuses}
    by_email = defaultdict(list)
    for row in world:
        if row.email is not None:
            by_email[normal_form(row.email)].append(row)
    wanted = emails_to_look_up(spec, AS_OF, holders)
    return Reading(holders, {email: tuple(by_email[email]) for email in wanted})


def plan_for(spec: Spec, world: tuple[Profile, ...]) -> Plan:
    base = BASE if any(status.dropped is not None for status in spec.statuses.values()) else None
    return make_plan(spec, read_perfectly(spec, world), replace(HEADER, base=base), {})


def replay(changes: tuple[Change, ...], world: tuple[Profile, ...]) -> tuple[Profile, ...]:
    statuses = {row.id: set(row.statuses or ()) for row in world}
    for change in changes:
        if isinstance(change, Add):
            statuses[change.profile_id].add(change.status)
        else:
            statuses[change.profile_id].remove(change.status)
    return tuple(replace(row, statuses=frozenset(statuses[row.id])) for row in world)


def same_but_for_lines(plan: Plan) -> Plan:
    return replace(
        plan,
        changes=tuple(replace(change, source=None) for change in plan.changes),
        unresolved=tuple(replace(person, source=None) for person in plan.unresolved),
        expiring=tuple(replace(row, source=None) for row in plan.expiring),
        checksum="",
    )
