"""The rate limit: its kinds, and what a refusal tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omneo_reconcile.sandbox import Dialect
from omneo_reconcile.sandbox.rate import limiter_of

KINDS = Dialect.choices()["rate_kind"]


def answers(tenant, times):
    """The codes of so many requests, one right after the other."""
    return [tenant.get("/statuses").status_code for _ in range(times)]


def test_over_the_rate_limit_a_request_is_refused_until_a_second_has_passed(tenant_of):
    tenant = tenant_of("rate_limit=2")
    assert [tenant.get("/statuses").status_code for _ in range(3)] == [200, 200, 429]
    assert tenant.get("/statuses").headers["Retry-After"] == "1"
    tenant.wait(1)
    assert tenant.get("/statuses").status_code == 200


def test_the_rate_limit_is_shared_by_all_tokens(tenant_of):
    tenant = tenant_of("rate_limit=1")
    assert tenant.get("/statuses").status_code == 200
    assert tenant.ask("GET", "/statuses", token="sandbox-read").status_code == 429


def test_a_refusal_may_not_say_when_to_come_back(tenant_of):
    tenant = tenant_of("rate_limit=1", "rate_retry_after=missing")
    tenant.get("/statuses")
    assert "Retry-After" not in tenant.get("/statuses").headers


def test_the_rate_limit_may_be_told_on_every_answer(tenant_of):
    tenant = tenant_of("rate_limit=2", "rate_headers=told")
    told = [tenant.get("/statuses").headers for _ in range(3)]
    assert [headers["X-RateLimit-Remaining"] for headers in told] == ["1", "0", "0"]
    assert told[0]["X-RateLimit-Limit"] == "2"


def test_without_a_rate_limit_nothing_is_told_of_one(tenant):
    assert not [name for name in tenant.get("/statuses").headers if name.lower().startswith("x-ratelimit")]


def test_the_limit_is_of_the_last_second_wherever_it_begins(tenant_of):
    tenant = tenant_of("rate_limit=2")
    assert answers(tenant, 1) == [200]
    tenant.wait(0.75)
    assert answers(tenant, 2) == [200, 429]
    tenant.wait(0.25)
    assert answers(tenant, 2) == [200, 429]


def test_a_bucket_holds_five_seconds_of_requests_and_is_refilled_all_the_time(tenant_of):
    tenant = tenant_of("rate_limit=2", "rate_kind=bucket")
    assert answers(tenant, 11) == [200] * 10 + [429]
    assert tenant.get("/statuses").headers["Retry-After"] == "1"
    tenant.wait(0.5)
    assert answers(tenant, 2) == [200, 429]
    tenant.wait(3600)
    assert answers(tenant, 11) == [200] * 10 + [429]


def test_a_minute_has_room_for_a_minutes_requests_and_a_refusal_says_when_it_ends(tenant_of):
    tenant = tenant_of("rate_limit=1", "rate_kind=minute")
    assert answers(tenant, 1) == [200]
    tenant.wait(10.5)
    assert answers(tenant, 60) == [200] * 59 + [429]
    assert tenant.get("/statuses").headers["Retry-After"] == "50"
    tenant.wait(49.5)
    assert answers(tenant, 1) == [200]


def test_a_minute_begins_with_the_first_request_after_the_last_one_ended(tenant_of):
    tenant = tenant_of("rate_limit=1", "rate_kind=minute")
    answers(tenant, 1)
    tenant.wait(90)
    answers(tenant, 60)
    tenant.wait(59)
    assert tenant.get("/statuses").headers["Retry-After"] == "1"
    tenant.wait(1)
    assert answers(tenant, 1) == [200]


@pytest.mark.parametrize(("kind", "limit"), [("sliding", 2), ("bucket", 10), ("minute", 120)])
def test_each_kind_tells_its_own_limit_and_what_is_left_of_it(tenant_of, kind, limit):
    tenant = tenant_of("rate_limit=2", "rate_headers=told", f"rate_kind={kind}")
    told = [tenant.get("/statuses").headers for _ in range(limit + 1)]
    assert {headers["X-RateLimit-Limit"] for headers in told} == {str(limit)}
    left = [int(headers["X-RateLimit-Remaining"]) for headers in told]
    assert left == [*reversed(range(limit)), 0]


def test_a_new_dialect_has_a_new_limit(tenant_of):
    tenant = tenant_of("rate_limit=1")
    assert answers(tenant, 2) == [200, 429]
    tenant.store.dialect = Dialect.parse(["rate_limit=1", "rate_kind=bucket"])
    assert answers(tenant, 6) == [200] * 5 + [429]
    tenant.store.dialect = Dialect()
    assert answers(tenant, 7) == [200] * 7


@pytest.mark.parametrize("kind", KINDS)
@given(per_second=st.integers(1, 50), pauses=st.lists(st.sampled_from([0, 0, 0, 0.125, 0.5, 1, 7, 61]), max_size=200))
def test_no_kind_lets_more_through_than_its_rate_and_what_it_saves_up(kind, per_second, pauses):
    limiter = limiter_of(Dialect.parse([f"rate_limit={per_second}", f"rate_kind={kind}"]))
    now, let_through = 1_700_000_000.0, []
    for pause in pauses:
        now += pause
        if not limiter.take(now):
            let_through.append(now)
    for first in let_through:
        for seconds in (1, 5, 60):
            many = sum(first <= each < first + seconds for each in let_through)
            # Two windows of a minute may meet in the middle, each with all of its requests.
            assert many <= per_second * seconds + {"sliding": 0, "bucket": limiter.limit, "minute": limiter.limit}[kind]


@pytest.mark.parametrize("kind", KINDS)
@given(per_second=st.integers(1, 20), pauses=st.lists(st.sampled_from([0, 0, 0, 0.125, 0.5]), max_size=100))
def test_after_the_seconds_told_there_is_room_again(kind, per_second, pauses):
    limiter = limiter_of(Dialect.parse([f"rate_limit={per_second}", f"rate_kind={kind}"]))
    now = 1_700_000_000.0
    for pause in pauses:
        now += pause
        while not (wait_seconds := limiter.take(now)):
            pass
        now += wait_seconds + 0.001
        assert not limiter.take(now)
