"""The command `apply`: which plan, and whether it may be carried out here and now."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import click
from msgspec.structs import replace

from omneo_reconcile.apply.journal import Journal
from omneo_reconcile.apply.recheck import read_people
from omneo_reconcile.apply.state_folder import locked, make_state_folder
from omneo_reconcile.cli.carrying_out import Applying, CarryingOut
from omneo_reconcile.cli.documents import check_can_save, load_document
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.interrupts import Interrupts
from omneo_reconcile.cli.loading import check_named, only
from omneo_reconcile.cli.planning import Planning, plan_spec
from omneo_reconcile.cli.resuming import Resuming
from omneo_reconcile.cli.showing import print_failure, show
from omneo_reconcile.cli.tracking import load_tracked
from omneo_reconcile.cli.wiring import Connection, find_tenant, open_client
from omneo_reconcile.core import binding, bound_limits
from omneo_reconcile.core.journal import history
from omneo_reconcile.core.limits import Overrides
from omneo_reconcile.core.model import Limits, Membership
from omneo_reconcile.core.plan import Plan, refusals
from omneo_reconcile.core.policies import faults_of, has_policies
from omneo_reconcile.core.receipt import Live
from omneo_reconcile.core.seal import how_fingerprints_differ
from omneo_reconcile.errors import FailureName, InvalidUse, PlanRejected, Refused
from omneo_reconcile.spec.load import Loaded
from omneo_reconcile.tenant.read import check_defined, count_holders
from omneo_reconcile.tenant.read_back import ReadBack
from omneo_reconcile.tenant.reader import Reader


class Ready(NamedTuple):
    """A plan that may be carried out, and what is so just before the first write.

    Attributes:
        already: Changes of the plan that are true already.
        live: Holders of each status, None where they were not counted.
    """

    plan: Plan
    already: frozenset[Membership]
    live: Live


def run(edges: Edges, *, paths: Sequence[str], **chosen: Any) -> int:  # noqa: ANN401 - options as click passes them
    """Applies a plan file or a spec. Returns the exit code."""
    command = ApplyCommand(edges, Connection.of(chosen), Planning.of(chosen), Applying.of(chosen))
    return command.run(paths)


class ApplyCommand:
    """One call of `apply`: everything the user said, and the steps from there to a plan that may be carried out."""

    def __init__(self, edges: Edges, connection: Connection, planning: Planning, applying: Applying) -> None:
        """Does nothing yet."""
        self._edges = edges
        self._connection = connection
        self._planning = planning
        self._applying = applying
        self._interrupts = Interrupts()

    def run(self, paths: Sequence[str]) -> int:
        """Applies what the paths name. Returns the exit code."""
        from_file = _is_plan_file(paths)
        self._check_use(from_file=from_file)
        if self._applying.receipt is not None:
            check_can_save(self._applying.receipt)
        source = self._load_plan(Path(paths[0])) if from_file else self._load_spec(paths, self._planning)
        tenant, state_dir = find_tenant(self._connection), self._connection.state_dir
        with (
            locked(make_state_folder(state_dir), self._applying.lock_seconds),
            Journal(state_dir, self._edges.clock.today) as journal,
        ):
            expected = source.fingerprint if isinstance(source, Plan) else self._applying.expect
            past = history(journal.entries(), tenant, expected)
            resuming = Resuming(self._edges, self._connection, self._interrupts, past)
            earlier = resuming.read_open(tenant, journal, self._applying.settle_seconds)
            ready = self._from_file(source) if isinstance(source, Plan) else self._from_spec(source, resuming)
            if isinstance(ready, int):
                return ready
            carrying_out = CarryingOut(self._edges, self._connection, self._applying, self._interrupts, journal)
            return carrying_out.run(*ready, earlier)

    def _check_use(self, *, from_file: bool) -> None:
        applying, planning = self._applying, self._planning
        if from_file and planning.status:
            raise InvalidUse.of(FailureName.USAGE, "--status is for a spec, not for a plan file", "", "plan it anew")
        for option, value in (("--as-of", planning.as_of), ("--base", planning.base)):
            if from_file and value and not applying.trusted:
                what = f"{option} is for a spec, not for a plan file"
                raise InvalidUse.of(FailureName.USAGE, what, "", "plan it anew")
        if planning.base and applying.receipt and applying.receipt.resolve() == Path(planning.base).resolve():
            what, next_step = "the receipt would be written over the base", "save it under another name"
            raise InvalidUse.of(FailureName.USAGE, what, f"file {applying.receipt}", next_step)
        if not from_file and applying.trusted:
            raise InvalidUse.of(FailureName.USAGE, "--spec is for a plan file", "", "pass the spec itself alone")
        if not (from_file or applying.auto_approve or applying.expect or self._edges.can_ask):
            raise InvalidUse.of(
                FailureName.APPROVAL_NEEDED,
                "there is no terminal to show the plan and ask on",
                "",
                "pass --auto-approve, or --expect FINGERPRINT of the reviewed plan",
            )

    def _load_spec(self, paths: Sequence[str], planning: Planning) -> Loaded:
        return load_tracked(paths, self._connection, planning, self._edges)

    def _load_plan(self, path: Path) -> Plan:
        """Returns the plan of a file, if it is one for here and now."""
        plan = load_document(path)
        if not isinstance(plan, Plan):
            raise InvalidUse.of(
                FailureName.NOT_A_PLAN, "this is a receipt, not a plan", f"file {path}", "pass the plan it came from"
            )
        if self._applying.expect not in {None, plan.fingerprint}:
            raise self._unexpected(plan)
        planning = self._planning
        check_named({*planning.allow_adds, *planning.allow_removals}, [s.handle for s in plan.statuses], "plan")
        max_age = timedelta(days=self._applying.max_age)
        binding.check_place_and_age(plan, find_tenant(self._connection), self._edges.clock.today(), max_age)
        return plan

    def _unexpected(self, plan: Plan) -> PlanRejected:
        why = how_fingerprints_differ(self._applying.expect or "", plan)
        what = f"this is another plan than the one expected: {why}"
        return PlanRejected.of(FailureName.PLAN_UNEXPECTED, what, f"tenant {plan.tenant.name}", "plan and review again")

    def _from_spec(self, loaded: Loaded, resuming: Resuming) -> Ready | int:
        plan = self._interrupts.run(plan_spec(loaded, self._connection, self._planning, self._edges))
        whole = plan if self._applying.expect in {None, plan.fingerprint} else resuming.whole(plan)
        if whole is None:
            raise self._unexpected(plan)
        refused = refusals(plan)
        if self._edges.format == "text" or refused:
            show(plan, self._edges, self._applying.emails)
        if refused:
            print_failure(refused, self._edges, in_result=True)
            return refused[0].name.exit_code
        if plan.changes and not (self._applying.auto_approve or self._applying.expect):
            _ask(plan)
            # Policies are about people whom the plan does not change too: after a while that takes a plan anew.
            fresh = self._plan_again(plan, loaded) if has_policies(loaded.spec) else None
            return self._checked(plan, fresh, *bound_limits.limits_of_plan(plan, {}))
        left = {(change.status, change.profile_id) for change in plan.changes}
        done = frozenset((change.status, change.profile_id) for change in whole.changes) - left
        return Ready(whole, done, {status.handle: status.live for status in plan.statuses})

    def _from_file(self, plan: Plan) -> Ready:
        fresh = None
        limits, overrides = bound_limits.limits_of_plan(plan, self._planning.overrides)
        if self._applying.trusted:
            fresh, limits = self._plan_trusted(plan)
            overrides = self._planning.overrides
        return self._checked(plan, fresh, limits, overrides)

    def _checked(self, plan: Plan, fresh: Plan | None, limits: Mapping[str, Limits], overrides: Overrides) -> Ready:
        """Returns a plan that was made earlier, if nothing that is so now keeps it from being applied."""
        ready = self._interrupts.run(self._recheck(plan, fresh, limits, overrides))
        unresolved = [fault for fault in refusals(fresh or plan) if fault.name is FailureName.UNRESOLVED]
        against = [fault for one in (plan, fresh) if one for fault in faults_of(one.violations)]
        if refused := [*dict.fromkeys(against), *unresolved]:
            raise Refused(refused)
        return ready

    def _plan_trusted(self, plan: Plan) -> tuple[Plan, dict[str, Limits]]:
        """Returns what the trusted spec says now of the statuses that a plan would change, and its limits."""
        free = Planning(self._planning.as_of, self._planning.base, (), {}, {})  # the plan's own changes meet limits
        handles = tuple(status.handle for status in plan.statuses)
        loaded = self._load_spec(self._applying.trusted, dataclasses.replace(free, status=handles))
        return self._plan_again(plan, loaded), bound_limits.limits_of_spec(plan, only(loaded.spec, handles))

    def _plan_again(self, plan: Plan, loaded: Loaded) -> Plan:
        """Returns what the spec says now of the statuses of a plan, with its changes held against policies."""
        free = Planning(self._planning.as_of, self._planning.base, (), {}, {})  # the plan's own changes meet limits
        loaded = loaded._replace(spec=only(loaded.spec, [status.handle for status in plan.statuses]))
        made = {(change.status, change.profile_id) for change in plan.changes}
        return self._interrupts.run(plan_spec(loaded, self._connection, free, self._edges, made))

    async def _recheck(
        self, plan: Plan, fresh: Plan | None, limits: Mapping[str, Limits], overrides: Overrides
    ) -> Ready:
        """Reads again the people whom a plan made earlier would change, and holds it against what is live now.

        Args:
            fresh: A plan made now from the trusted spec, which every change must follow, if there is one. Whom it
                would change was read just now.
        """
        async with open_client(self._connection, plan.tenant, self._edges) as client:
            reader = Reader(client)
            back = ReadBack(reader, {status.handle: status.live for status in plan.statuses})
            just_read = {(change.status, change.profile_id) for change in fresh.changes} if fresh else frozenset()
            unread = [change for change in plan.changes if (change.status, change.profile_id) not in just_read]
            if fresh is None:
                await check_defined(reader, plan)
            already = binding.already_true(replace(plan, changes=unread), await read_people(unread, back))
            if fresh is not None:
                plan = binding.as_derived(plan, fresh, already)
            todo = [change for change in plan.changes if (change.status, change.profile_id) not in already]
            needed = bound_limits.statuses_to_count(todo, limits, overrides)
            live = await count_holders(reader, needed)
            if over := bound_limits.check_limits_again(todo, limits, live, overrides):
                raise Refused(over)
            live |= await back.count({status.handle for status in plan.statuses} - live.keys())
        if fresh is not None:
            plan = bound_limits.with_limits_held(plan, todo, limits, live, overrides)
        return Ready(plan, already, live)


def _ask(plan: Plan) -> None:
    summary = plan.summary
    question = f"Apply it to tenant {plan.tenant.name}: add {summary.add}, remove {summary.remove}?"
    if not click.confirm(question, default=False, err=True):
        raise Refused.of(FailureName.DECLINED, "not approved, nothing was sent", "", "run it again when it is right")


def _is_plan_file(paths: Sequence[str]) -> bool:
    """Tells a plan file from a spec: one path that is neither a folder nor YAML."""
    path = Path(paths[0])
    return len(paths) == 1 and not path.is_dir() and path.suffix.lower() not in {".yaml", ".yml"}
