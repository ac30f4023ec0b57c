"""Whatever request fails and however, the plan is the right one or there is none: never another."""

import json
from contextlib import suppress

import httpx
import pytest

from omneo_reconcile.core.model import Mode, UnresolvedPolicy
from omneo_reconcile.errors import ReconcileError
from omneo_reconcile.sandbox import Fault, create_app
from simulated import Tenant
from tenant.conftest import run
from tenant.wanted import SPEC, fill, outcome, plan_of, spec_of, status

HTML = "<html><h1>Bad gateway</h1></html>"
PASSING = {
    "429 with Retry-After": {"status": 429, "headers": {"Retry-After": "3"}},
    "429 without": {"status": 429},
    "500": {"status": 500},
    "500 after doing it": {"status": 500, "after": True},
    "503 with HTML": {"status": 503, "body": HTML},
    "an answer that was cut": {"status": 200, "body": '{"data": [{"id": '},
}
LASTING = {
    "500": {"status": 500},
    "502 with HTML": {"status": 502, "body": HTML},
    "403": {"status": 403},
    "404": {"status": 404},
    "422": {"status": 422},
    "200 with HTML": {"status": 200, "body": HTML},
    "200 with an empty list": {"status": 200, "body": '{"data": []}'},
    "200 with null": {"status": 200, "body": "null"},
    "401": {"status": 401},
}


def tenant_with(fault, nth, times):
    return fill(Tenant(["page_size_max=20", "email_in=rejected"], [Fault(nth=nth, times=times, **fault)]))


@pytest.fixture(scope="module")
def expected():
    """The plan without any fault, and how many requests it took."""

    plan = plan_of(tenant_with({"status": 418}, 10**6, 1), SPEC, run)
    return outcome(plan), plan.summary.requests


NTH = range(1, 27)


def test_the_faults_reach_from_the_first_request_to_the_last(expected):
    assert expected[1] == max(NTH)


@pytest.mark.untraced
@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_fault_that_passes_changes_nothing(fault, expected, using):
    for nth in NTH:
        assert outcome(plan_of(tenant_with(fault, nth, 1), SPEC, using)) == expected[0], nth


@pytest.mark.untraced
@pytest.mark.parametrize("fault", LASTING.values(), ids=LASTING)
def test_a_fault_that_lasts_gives_no_plan_or_one_that_does_less(fault, expected, using):
    """Requests from the nth on fail: nobody gains or loses what the right plan does not say."""
    changes, held, _ = expected[0]
    may_lose = {change[1:3] for change in changes if change[0] == "Remove"} | {each[:2] for each in held}
    for nth in NTH:
        with suppress(ReconcileError):
            done = outcome(plan_of(tenant_with(fault, nth, None), SPEC, using))[0]
            assert {change[1:3] for change in done if change[0] == "Remove"} <= may_lose, nth
            assert {change for change in done if change[0] == "Add"} <= changes, nth


@pytest.mark.untraced
@pytest.mark.parametrize("nth", NTH)
def test_a_token_that_expires_on_the_way_ends_the_reading_at_once(nth, using):
    tenant = tenant_with({"status": 401}, nth, None)
    with pytest.raises(ReconcileError) as caught:
        plan_of(tenant, SPEC, using)
    assert caught.value.name == "token_refused"
    assert len(tenant.requests) < nth + 5  # those in flight


@pytest.mark.untraced
@pytest.mark.parametrize(
    "error", [httpx.ReadError("reset"), httpx.RemoteProtocolError("cut"), httpx.ReadTimeout("slow")]
)
def test_a_connection_that_breaks_once_at_any_request_changes_nothing(error, expected, using):
    for nth in NTH:
        tenant = fill(Tenant(["page_size_max=20", "email_in=rejected"]))
        plan = plan_of(Breaking(tenant, nth, error), SPEC, using)
        assert outcome(plan) == expected[0], nth


class Breaking:
    """A tenant whose connection breaks at one request."""

    def __init__(self, tenant, nth, error):
        inner, count = tenant.app, iter(range(1, 10**9))

        async def app(scope, receive, send):
            if next(count) == nth:
                raise error
            await inner(scope, receive, send)

        tenant.app = app
        self.client = tenant.client


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 403}, {"status": 200, "body": HTML}])
def test_where_no_question_about_people_is_ever_answered_there_is_no_plan_even_for_one(fault, using):
    tenant = Tenant(faults=[Fault(path="/profiles", times=None, **fault)])
    tenant.store.add_definition("vip", "VIP")
    with pytest.raises(ReconcileError):
        plan_of(tenant, spec_of(status("vip", members=["jane@example.com"])), using)


def test_a_holder_without_an_email_may_be_a_listed_person_whom_the_tenant_could_not_tell(using):
    """Where emails are blanked nobody is found by email, and every holder looks like a stranger without one."""
    tenant = Tenant(["status_filter=brackets", "email_in=rejected"])
    tenant.store.add_definition("vip", "VIP")
    for _ in range(3):
        tenant.store.add_profile(None, statuses=["vip"])
    blanked = {"id": "p9", "email": None, "profile_type": "active", "statuses": ["vip"]}
    body = json.dumps({"data": [blanked], "meta": {"total": 1, "per_page": 15}})
    tenant.app = create_app(tenant.store, faults=[Fault(path="filter[email]=", status=200, body=body, times=None)])
    spec = spec_of(status("vip", Mode.EXCLUSIVE, ["jane@example.com"], unresolved=UnresolvedPolicy.SKIP))
    plan = plan_of(tenant, spec, using)
    assert (plan.changes, {held.why for held in plan.held}, len(plan.held)) == ((), {"may_be_listed"}, 3)
