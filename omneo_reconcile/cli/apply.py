"""The command `apply`: which plan, whether it may, then do it and prove it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, Self

import click
from msgspec.structs import replace

from omneo_reconcile import __version__
from omneo_reconcile.apply.batch_run import Options, Ports
from omneo_reconcile.apply.recheck import read_people
from omneo_reconcile.apply.run import carry_out
from omneo_reconcile.apply.state_folder import Journal, locked, make_state_folder
from omneo_reconcile.cli.documents import check_can_save, load_document, save, show
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.interrupts import Interrupts, undisturbed
from omneo_reconcile.cli.output import print_failure
from omneo_reconcile.cli.planning import Planning, check_named, load, only, plan_spec
from omneo_reconcile.cli.progress import WatchedJournal, progress
from omneo_reconcile.cli.wiring import Connection, find_tenant, open_client, open_writing_client
from omneo_reconcile.core import binding
from omneo_reconcile.core.limits import Overrides
from omneo_reconcile.core.model import Limits
from omneo_reconcile.core.plan import Plan, refusals
from omneo_reconcile.core.receipt import Live, Receipt, Run, failures, make_receipt
from omneo_reconcile.errors import FailureName, Fault, InvalidUse, OutputError, PlanRejected, Refused
from omneo_reconcile.tenant.read import count_holders
from omneo_reconcile.tenant.reader import Reader
from omneo_reconcile.tenant.writer import Writer


class Now(NamedTuple):
    """What is so just before the first write.

    Attributes:
        already: Changes of the plan that are true already.
        live: Holders of each status, None where they were not counted.
    """

    already: frozenset[binding.Membership]
    live: Live


@dataclass(frozen=True)
class Applying:
    """What the user said about applying, as the options of the command."""

    auto_approve: bool
    expect: str | None
    trusted: tuple[str, ...]
    emails: str | None
    receipt: Path | None
    batch_size: int
    settle_seconds: float
    max_age: int
    lock_seconds: float

    @classmethod
    def of(cls, options: dict[str, Any]) -> Self:
        """Takes its own out of the options of a command."""
        return cls(**{field.name: options.pop(field.name) for field in fields(cls)})


def run(edges: Edges, *, paths: Sequence[str], **chosen: Any) -> int:  # noqa: ANN401 - options as click passes them
    """Applies a plan file or a spec. Returns the exit code."""
    command = ApplyCommand(edges, Connection.of(chosen), Planning.of(chosen), Applying.of(chosen))
    return command.run(paths)


class ApplyCommand:
    """One call of `apply`: everything the user said, and the steps from there to the receipt."""

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
        with locked(make_state_folder(self._connection.state_dir), self._applying.lock_seconds):
            return self._apply_file(Path(paths[0])) if from_file else self._apply_spec(paths)

    def _check_use(self, *, from_file: bool) -> None:
        applying, planning = self._applying, self._planning
        if from_file and planning.status:
            raise InvalidUse.of(FailureName.USAGE, "--status is for a spec, not for a plan file", "", "plan it anew")
        if from_file and planning.as_of and not applying.trusted:
            raise InvalidUse.of(FailureName.USAGE, "--as-of is for a spec, not for a plan file", "", "plan it anew")
        if not from_file and applying.trusted:
            raise InvalidUse.of(FailureName.USAGE, "--spec is for a plan file", "", "pass the spec itself alone")
        if not (from_file or applying.auto_approve or applying.expect or self._edges.can_ask):
            raise InvalidUse.of(
                FailureName.APPROVAL_NEEDED,
                "there is no terminal to ask on",
                "",
                "pass --auto-approve, or --expect FINGERPRINT of the reviewed plan",
            )

    def _apply_spec(self, paths: Sequence[str]) -> int:
        loaded = load(paths, self._planning.as_of, self._edges)
        plan = self._interrupts.run(plan_spec(loaded, self._connection, self._planning, self._edges))
        self._check_expected(plan)
        refused = refusals(plan)
        if self._edges.format == "text" or refused:
            show(plan, self._edges, self._applying.emails)
        if refused:
            print_failure(refused, self._edges, in_result=True)
            return refused[0].name.exit_code
        now = Now(frozenset(), {status.handle: status.live for status in plan.statuses})
        if plan.changes and not (self._applying.auto_approve or self._applying.expect):
            _ask(plan)
            now = self._interrupts.run(self._recheck(plan, None, *binding.limits_of_plan(plan, {})))
        return self._send(plan, now)

    def _apply_file(self, path: Path) -> int:
        plan = load_document(path)
        if not isinstance(plan, Plan):
            raise InvalidUse.of(
                FailureName.NOT_A_PLAN, "this is a receipt, not a plan", f"file {path}", "pass the plan it came from"
            )
        self._check_expected(plan)
        planning = self._planning
        check_named({*planning.allow_adds, *planning.allow_removals}, [s.handle for s in plan.statuses], "plan")
        max_age = timedelta(days=self._applying.max_age)
        binding.check_place_and_age(plan, find_tenant(self._connection), self._edges.clock.today(), max_age)
        fresh = None
        limits, overrides = binding.limits_of_plan(plan, planning.overrides)
        if self._applying.trusted:
            fresh, limits = self._plan_trusted(plan)
            overrides = planning.overrides
        if unresolved := [fault for fault in refusals(fresh or plan) if fault.name is FailureName.UNRESOLVED]:
            raise Refused(unresolved)
        now = self._interrupts.run(self._recheck(plan, fresh, limits, overrides))
        return self._send(plan if fresh is None else replace(plan, spec=fresh.spec), now)

    def _plan_trusted(self, plan: Plan) -> tuple[Plan, dict[str, Limits]]:
        """Returns what the trusted spec says now of the statuses that a plan would change, and its limits."""
        loaded = load(self._applying.trusted, self._planning.as_of, self._edges)
        spec = only(loaded.spec, {change.status for change in plan.changes})
        limits = binding.limits_of_spec(plan, spec)
        free = Planning(self._planning.as_of, (), {}, {})  # limits are held against the plan's own changes
        loaded = loaded._replace(spec=spec)
        return self._interrupts.run(plan_spec(loaded, self._connection, free, self._edges)), limits

    def _check_expected(self, plan: Plan) -> None:
        if self._applying.expect not in {None, plan.fingerprint}:
            summary = plan.summary
            raise PlanRejected.of(
                FailureName.PLAN_UNEXPECTED,
                f"this is another plan than the one expected: {summary.add} to add, {summary.remove} to remove",
                f"tenant {plan.tenant.name}",
                "plan and review again",
            )

    async def _recheck(self, plan: Plan, fresh: Plan | None, limits: Mapping[str, Limits], overrides: Overrides) -> Now:
        """Reads again the people whom a plan made earlier would change, and holds it against what is live now.

        Args:
            fresh: A plan made now from the trusted spec, which every change must follow, if there is one.
        """
        async with open_client(self._connection, plan.tenant, self._edges) as client:
            reader = Reader(client)
            already = binding.already_true(plan, await read_people(plan.changes, reader, client.concurrency))
            if fresh is not None:
                binding.check_follows(plan, fresh, already)
            todo = [change for change in plan.changes if (change.status, change.profile_id) not in already]
            needed = binding.statuses_to_count(todo, limits, overrides)
            counted = {status.handle for status in plan.statuses if status.live is not None} | set(needed)
            live = await count_holders(reader, sorted(counted), needed)
        if over := binding.check_limits_again(todo, limits, live, overrides):
            raise Refused(over)
        return Now(already, live)

    def _send(self, plan: Plan, now: Now) -> int:
        """Carries out the plan, shows and saves the receipt. Returns the exit code."""
        started_at = self._edges.clock.today()
        self._interrupts.graceful = True
        run = self._interrupts.run(self._carry_out(plan, now.already))
        with undisturbed():
            receipt = make_receipt(plan, run, now.live, __version__, started_at, self._edges.clock.today())
            faults = (*failures(run), *self._save(receipt))
            show(receipt, self._edges, self._applying.emails)
            if faults:
                print_failure(faults, self._edges, in_result=True)
        return faults[0].name.exit_code if faults else 0

    def _save(self, receipt: Receipt) -> tuple[Fault, ...]:
        """Saves the receipt, if that was asked for; says why it could not: what was sent must be shown all the same."""
        try:
            if self._applying.receipt is not None:
                save(receipt, self._applying.receipt)
        except OutputError as error:
            return error.faults
        return ()

    async def _carry_out(self, plan: Plan, already: frozenset[binding.Membership]) -> Run:
        options = Options(self._applying.batch_size, self._applying.settle_seconds, self._connection.concurrency)
        clock = self._edges.clock
        with Journal(self._connection.state_dir, clock.today) as journal, progress(self._edges) as report:
            watched = WatchedJournal(journal, report, len(plan.changes) - len(already))
            async with open_writing_client(self._connection, plan.tenant, self._edges) as client:
                ports = Ports(Reader(client), Writer(client), watched, clock, self._interrupts.asked)
                return await carry_out(plan, already, ports, options)


def _ask(plan: Plan) -> None:
    summary = plan.summary
    question = f"Apply it to tenant {plan.tenant.name}: add {summary.add}, remove {summary.remove}?"
    if not click.confirm(question, default=False, err=True):
        raise Refused.of(FailureName.DECLINED, "not approved, nothing was sent", "", "run it again when it is right")


def _is_plan_file(paths: Sequence[str]) -> bool:
    """Tells a plan file from a spec: one path that is neither a folder nor YAML."""
    path = Path(paths[0])
    return len(paths) == 1 and not path.is_dir() and path.suffix.lower() not in {".yaml", ".yml"}
