"""The receipt: what became of each change."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from omneo_reconcile.core.batches import Action
from omneo_reconcile.core.changes import Add, Reason, Remove
from omneo_reconcile.core.model import Mode, Source, UnresolvedPolicy
from omneo_reconcile.core.plan import Plan, SpecInfo, StatusPlan, Summary, Tenant
from omneo_reconcile.core.receipt import ApplySummary, CountRow, Counts, is_intact, make_receipt
from omneo_reconcile.core.run import Answer, BatchRow, Outcome, Result, Run, failures
from omneo_reconcile.core.seal import seal
from omneo_reconcile.errors import FailureName, PlanRejected
from omneo_reconcile.formats.as_json import from_json
from shown import as_json

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
ADD = Add("vip", "p-1", "ann@example.com", Reason.DECLARED, Source("vip.yaml", 4), "Gold", date(2027, 1, 1))
REMOVE = Remove("vip", "p-2", None, Reason.EXCLUSIVE, None, None, None)


def plan_of(*changes, live=10):
    status = StatusPlan("vip", Mode.EXCLUSIVE, None, live, 1, 1, 1, 0, 0, 0, 0, UnresolvedPolicy.HOLD)
    tenant, spec = Tenant("acme", "https://x/api/v3"), SpecInfo("d", "abc", ("vip.yaml",))
    summary = Summary(1, 1, 0, 0, 0, 0, 0)
    day = date(2026, 6, 15)
    plan = Plan("1.0", "0", NOW, day, tenant, spec, (status,), changes, (), (), (), (), summary, "", None, "")
    return seal(plan)


def run_of(add, remove, stopped=None):
    results = (Result(ADD, add, "the server's words"), Result(REMOVE, remove))
    return Run(results, (BatchRow(Action.ADD, Answer.ACCEPTED, "b-1", 1, True),), (), stopped)


def receipt_of(run, live=10, after=11):
    return make_receipt(
        plan_of(ADD, REMOVE), run, Counts({"vip": live}, {"vip": after}), "1.2", NOW, NOW + timedelta(seconds=3)
    )


def test_a_receipt_says_for_each_change_who_what_where_from_and_what_became_of_it():
    row, other = receipt_of(run_of(Outcome.FAILED, Outcome.HELD)).changes
    assert (row.action, row.status, row.profile_id, row.email) == (Action.ADD, "vip", "p-1", "ann@example.com")
    assert (row.outcome, row.detail, row.source) == (Outcome.FAILED, "the server's words", Source("vip.yaml", 4))
    assert (other.action, other.email, other.outcome) == (Action.REMOVE, None, Outcome.HELD)


def test_a_receipt_names_the_plan_the_tenant_the_commit_and_the_batches():
    plan, receipt = plan_of(ADD, REMOVE), receipt_of(run_of(Outcome.ADDED, Outcome.REMOVED))
    assert (receipt.fingerprint, receipt.tenant, receipt.spec) == (plan.fingerprint, plan.tenant, plan.spec)
    assert receipt.batches == (BatchRow(Action.ADD, Answer.ACCEPTED, "b-1", 1, True),)
    assert receipt.finished_at - receipt.started_at == timedelta(seconds=3)


@pytest.mark.parametrize("outcome", Outcome)
def test_the_summary_counts_every_outcome(outcome):
    zero = dict.fromkeys((each.value for each in Outcome), 0)
    assert receipt_of(run_of(outcome, outcome)).summary == ApplySummary(**zero | {outcome.value: 2})


def test_a_receipt_counts_holders_as_they_were_read_before_and_after():
    assert receipt_of(run_of(Outcome.ADDED, Outcome.REMOVED), 10, 12).counts == (CountRow("vip", 10, 12, None, 0),)


def test_what_was_not_counted_is_not_made_up():
    assert receipt_of(run_of(Outcome.ADDED, Outcome.REMOVED), None, 12).counts == (CountRow("vip", None, 12, None, 0),)


@pytest.mark.parametrize("outcome", [Outcome.ADDED, Outcome.ALREADY])
def test_what_is_done_is_no_failure(outcome):
    run = run_of(outcome, outcome)
    assert (failures(run), receipt_of(run).failure_reason) == ((), None)


def test_what_was_held_is_named_where_nothing_else_tells_that_the_plan_is_not_done():
    (fault,) = failures(run_of(Outcome.ADDED, Outcome.HELD))
    assert (fault.name, fault.what, fault.where) == (
        FailureName.UNCONFIRMED,
        "removal was held",
        "status vip of profile p-2",
    )
    assert [fault.name for fault in failures(run_of(Outcome.FAILED, Outcome.HELD))] == [FailureName.PARTLY_FAILED]


@pytest.mark.parametrize(
    ("run", "names"),
    [
        (run_of(Outcome.UNCONFIRMED, Outcome.FAILED), ["partly_failed", "unconfirmed"]),
        (run_of(Outcome.FAILED, Outcome.UNCONFIRMED), ["partly_failed", "unconfirmed"]),
        (run_of(Outcome.UNCONFIRMED, Outcome.HELD), ["unconfirmed"]),
        (
            run_of(Outcome.UNCONFIRMED, Outcome.FAILED, FailureName.TERMINATED),
            ["terminated", "partly_failed", "unconfirmed"],
        ),
        (run_of(Outcome.HELD, Outcome.HELD, FailureName.INTERRUPTED), ["interrupted"]),
        (run_of(Outcome.ADDED, Outcome.HELD, FailureName.STATE_FOLDER), ["state_folder"]),
    ],
)
def test_the_worst_failure_comes_first_and_is_the_reason(run, names):
    assert [fault.name.value for fault in failures(run)] == names
    assert receipt_of(run).failure_reason == names[0]


def test_a_failure_names_profile_status_and_line_and_no_email():
    failed, unconfirmed = failures(run_of(Outcome.FAILED, Outcome.UNCONFIRMED))
    assert str(failed) == (
        "error[partly_failed]: add failed (the server's words), status vip of profile p-1 from vip.yaml:4;"
        " mend the cause and run the same apply again"
    )
    assert unconfirmed.what == "removal was sent but could not be confirmed"
    assert unconfirmed.where == "status vip of profile p-2"


def test_a_receipt_is_the_same_after_saving_and_loading():
    receipt = receipt_of(run_of(Outcome.ADDED, Outcome.FAILED, FailureName.INTERRUPTED))
    assert from_json(as_json(receipt).encode(), "receipt.json") == receipt


def test_a_receipt_as_made_is_intact():
    assert is_intact(receipt_of(run_of(Outcome.ADDED, Outcome.REMOVED)))


@pytest.mark.parametrize(
    "edit",
    [
        {"changes": ()},
        {"batches": ()},
        {"failure_reason": FailureName.UNCONFIRMED},
        {"finished_at": NOW},
        {"fingerprint": "0"},
        {"checksum": "0"},
    ],
)
def test_an_edited_receipt_is_noticed(edit):
    edited = replace(receipt_of(run_of(Outcome.ADDED, Outcome.REMOVED)), **edit)
    assert not is_intact(edited)
    with pytest.raises(PlanRejected):
        from_json(as_json(edited).encode(), "receipt.json")
