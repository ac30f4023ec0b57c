"""Specs built by hand and a tenant full of hard cases, for tests that read one."""

from datetime import UTC, date, datetime

from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.model import Entry, Mode, Spec, StatusSpec, UnresolvedPolicy
from omneo_reconcile.core.plan import Header
from omneo_reconcile.core.plan import Tenant as PlanTenant
from omneo_reconcile.core.planning import make_plan
from omneo_reconcile.sandbox import NewProfile
from omneo_reconcile.tenant.read import read
from omneo_reconcile.tenant.reader import Reader
from simulated import BASE_URL

AS_OF = date(2026, 6, 18)
DAY_SECONDS = 86_400


def entries(*emails):
    return {normal_form(email): Entry(email, None, None, "s.yaml", line) for line, email in enumerate(emails, 1)}


def status(handle, mode=Mode.ADDITIVE, members=(), absent=(), **more):
    return StatusSpec(handle, mode, members=entries(*members), absent=entries(*absent), **more)


def spec_of(*statuses):
    return Spec(None, "UTC", {each.handle: each for each in statuses}, ("s.yaml",))


SPEC = spec_of(
    status(
        "vip",
        Mode.EXCLUSIVE,
        ["jane@example.com", "Sam@Example.com", "gone@example.com", "plus+tag@example.com"],
        unresolved=UnresolvedPolicy.SKIP,
    ),
    status(
        "media",
        members=[
            "twin@example.com",
            "robot@example.com",
            "Mixed.Case@Example.com",
            "half@example.com",
            "dead@example.com",
        ],
        absent=["old@example.com", "never@example.com", "nobody@example.com", "same@example.com"],
    ),
    status("trial", Mode.EXCLUSIVE, ["ran.out@example.com", "jane@example.com"], absent=["over@example.com"]),
    status("empty", Mode.TRACKED, ["jane@example.com"]),
    status("held", Mode.EXCLUSIVE, ["sam@example.com", "gone@example.com"], unresolved=UnresolvedPolicy.HOLD),
    status("none", Mode.EXCLUSIVE, ["nowhere@example.com"]),
)


def fill(tenant):
    store = tenant.store
    for handle in ("vip", "media", "empty", "held", "none", *(f"other-{number}" for number in range(20))):
        store.add_definition(handle, handle.title())
    store.add_definition("trial", "Trial", period_days=1)
    for email, kind, statuses in (
        ("jane@example.com", "active", ["vip", "trial"]),
        ("jane@example.com.au", "active", ["vip"]),
        ("sam@example.com", "active", []),
        ("plus+tag@example.com", "pending", []),
        ("stranger@example.com", "active", ["vip", "media", "held"]),
        (None, "temporary", ["vip"]),
        ("deleted@example.com", "deleted", ["vip", "media", "held"]),
        ("dead@example.com", "deleted", []),
        ("twin@example.com", "active", []),
        ("TWIN@example.com".lower(), "active", []),
        ("robot@example.com", "system", []),
        ("Mixed.Case@Example.com", "active", []),
        ("half@example.com", "incomplete", []),
        ("old@example.com", "active", ["media"]),
        ("never@example.com", "active", []),
        ("same@example.com", "active", ["media"]),
        ("same@example.com", "active", []),
        ("ran.out@example.com", "active", ["trial"]),
        ("over@example.com", "active", ["trial"]),
        ("expired.stranger@example.com", "active", ["trial"]),
    ):
        store.add_profile(email, profile_type=kind, statuses=statuses)
        tenant.clock.waited += 1
    fillers = ((f"filler{number}@example.com", ["media"] if number % 2 else []) for number in range(40))
    store.add_profiles([NewProfile(email, statuses=statuses) for email, statuses in fillers])
    tenant.clock.waited += 3 * DAY_SECONDS
    store.attach(store.add_profile("fresh@example.com"), ["trial"])
    return tenant


def plan_of(tenant, spec, using, overrides=None):
    async def work(client):
        reading = await read(Reader(client), spec, AS_OF, overrides or {}, lambda *_: None)
        header = Header("0", datetime(2026, 6, 18, tzinfo=UTC), AS_OF, PlanTenant("acme", BASE_URL), None)
        return make_plan(spec, reading, header, overrides or {})

    return using(tenant.client(), work)


def outcome(plan):
    """What a plan does, with emails in normal form: a tenant may store them in lower case."""
    changes = {
        (type(change).__name__, change.status, change.profile_id, normal_form(change.email or ""), change.reason)
        for change in plan.changes
    }
    held = {(each.status, each.profile_id, each.why) for each in plan.held}
    unresolved = {(each.status, normal_form(each.email), each.why, each.profile_ids) for each in plan.unresolved}
    return changes, held, unresolved
