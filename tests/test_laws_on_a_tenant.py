"""The laws, against the simulated tenant in all its dialects: read, plan, apply, and plan again."""

import asyncio
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from omneo_reconcile.apply.earlier import Earlier
from omneo_reconcile.apply.journal import Journal
from omneo_reconcile.apply.ports import Options, Ports
from omneo_reconcile.apply.run import carry_out
from omneo_reconcile.core.importing import import_statuses, question
from omneo_reconcile.core.model import Spec
from omneo_reconcile.core.plan import Plan
from omneo_reconcile.core.planning import make_plan
from omneo_reconcile.core.run import Outcome, Run
from omneo_reconcile.sandbox import Dialect, NewProfile
from omneo_reconcile.tenant.read import read
from omneo_reconcile.tenant.read_back import ReadBack
from omneo_reconcile.tenant.reader import Reader
from omneo_reconcile.tenant.writer import Writer
from simulated import Tenant
from worlds import AS_OF, HANDLES, HEADER, guarded_specs, plan_for, profiles, spec_of, specs, status_of

# Left out: batches that overwrite each other, which no client could tell; batches that are never carried out, after
# which a plan is not empty; and numbers, of which some are chosen here.
_NEVER = "batch_settles=never"
_NUMBERS = {"page_size_default": ("1", "15"), "batch_hidden_reads": ("0", "2")}
_WORDS = {name: words for name, words in (Dialect.choices() | _NUMBERS).items() if words and name != "batch_writes"}
dialects = st.lists(
    st.sampled_from(sorted(_WORDS))
    .flatmap(lambda name: st.sampled_from([f"{name}={word}" for word in _WORDS[name]]))
    .filter(lambda choice: choice != _NEVER),
    max_size=4,
    unique_by=lambda choice: choice.partition("=")[0],
)


def tenant_with(world, dialect) -> Tenant:
    tenant = Tenant(dialect)
    for handle in HANDLES:
        tenant.store.add_definition(handle, handle)
    tenant.store.add_profiles([NewProfile(row.email, row.type, sorted(row.statuses), row.id) for row in world])
    return tenant


async def plan_on(tenant: Tenant, spec: Spec) -> Plan:
    async with tenant.client() as client:
        return make_plan(spec, await read(Reader(client), spec, AS_OF, {}, lambda *_: None), HEADER, {})


async def apply_on(tenant: Tenant, plan: Plan, folder: Path) -> Run:
    async with tenant.client(may_write=True) as client:
        with Journal(folder, tenant.clock.today) as journal:
            reader = ReadBack(Reader(client), {})
            ports = Ports(reader, journal, tenant.clock, lambda: None, writer=Writer(client))
            return await carry_out(plan, frozenset(), Earlier(), ports, Options(2, 60, 4))


@settings(max_examples=60)
@given(specs(), profiles(), dialects)
def test_after_an_apply_the_next_plan_is_empty_and_no_other_status_moved(
    tmp_path_factory, spec, world, dialect
) -> None:
    tenant = tenant_with(world, dialect)
    others = {membership for membership in tenant.memberships if membership[0] not in spec.statuses}

    async def go() -> tuple[Plan, Run, Plan]:
        plan = await plan_on(tenant, spec)
        run = await apply_on(tenant, plan, tmp_path_factory.mktemp("state"))
        return plan, run, await plan_on(tenant, spec)

    plan, run, again = asyncio.run(go())
    assert not again.changes
    assert {result.outcome for result in run.results} <= {Outcome.ADDED, Outcome.REMOVED}
    assert {membership for membership in tenant.memberships if membership[0] not in spec.statuses} == others
    assert len(run.results) == len(plan.changes)


# Nobody may conclude from a type that was not told, nor find a stored spelling by asking for another one.
_TELLS_LESS = {"profile_type=missing", "email_case=matters", "email_stored=lowered"}


@settings(max_examples=60)
@given(specs() | guarded_specs(), profiles(), dialects)
def test_the_plan_is_the_same_whichever_way_an_undocumented_detail_turns_out(spec, world, dialect) -> None:
    dialect = [choice for choice in dialect if choice not in _TELLS_LESS]
    plan = asyncio.run(plan_on(tenant_with(world, dialect), spec))
    perfect = plan_for(spec, world)
    seen = [(change.status, change.profile_id, change.reason) for change in plan.changes]
    assert seen == [(change.status, change.profile_id, change.reason) for change in perfect.changes]
    assert plan.held == perfect.held
    assert [p.why for p in plan.unresolved] == [p.why for p in perfect.unresolved]
    assert [(v.rule, v.what, v.sources) for v in plan.violations] == [
        (v.rule, v.what, v.sources) for v in perfect.violations
    ]


@settings(max_examples=20)
@given(profiles(), dialects)
def test_a_plan_after_an_import_has_no_changes_whatever_the_dialect(world, dialect) -> None:
    tenant = tenant_with(world, dialect)

    async def go() -> Plan:
        async with tenant.client() as client:
            reading = await read(Reader(client), question(HANDLES), AS_OF, {}, lambda *_: None)
        holders = {handle: rows.values() for handle, rows in reading.holders.items()}
        statuses = import_statuses(holders, None, None, AS_OF)
        return await plan_on(tenant, spec_of(*(status_of(status.handle, *status.add) for status in statuses)))

    plan = asyncio.run(go())
    assert (plan.changes, plan.held, plan.unresolved) == ((), (), ())
