"""The same spec and the same people give the same plan, whichever way a tenant answers what is not known of it."""

import itertools
import json
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from omneo_reconcile.core.changes import Add
from omneo_reconcile.core.limits import LimitName
from omneo_reconcile.core.model import Count, Limits, Mode, Share
from omneo_reconcile.sandbox import Dialect
from simulated import Tenant
from tenant.conftest import run
from tenant.wanted import SPEC, fill, outcome, plan_of, spec_of, status

READING = {
    "email_filter": ("prefix",),
    "email_case": ("matters",),
    "email_stored": ("lowered",),
    "email_in": ("ignored", "rejected", "literal", "first"),
    "list_emails": ("missing",),
    "status_filter": ("brackets", "dotted", "neither"),
    "status_filter_other": ("rejected", "empty"),
    "page_size_default": ("1", "4", "40"),
    "page_size_max": ("1", "7"),
    "page_oversize": ("rejected",),
    "page_order": ("shifting",),
    "page_meta": ("missing", "never"),
    "list_statuses": ("always", "never"),
    "status_form": ("objects",),
    "expired_statuses": ("objects", "everywhere"),
    "deleted_profiles": ("listed",),
    "timestamps": ("iso",),
    "definitions_list": ("plain",),
    "rate_limit": ("1", "5"),
    "rate_kind": ("bucket", "minute"),
    "rate_retry_after": ("missing",),
    "rate_headers": ("told",),
}
HOSTILE = [
    ("list_statuses=never", "status_filter=dotted"),
    ("list_statuses=never", "status_filter=neither"),
    ("list_statuses=never", "status_filter=dotted", "status_filter_other=rejected", "page_size_max=7"),
    ("status_filter=neither", "status_filter_other=rejected"),
    ("status_filter=neither", "page_size_max=3", "page_oversize=rejected", "page_size_default=2"),
    ("page_meta=missing", "page_size_max=7"),
    ("page_meta=missing", "list_statuses=never", "status_filter=dotted"),
    ("email_case=matters", "email_stored=lowered"),
    ("email_case=matters", "email_filter=prefix"),
    ("email_filter=prefix", "page_size_default=1", "list_statuses=never"),
    ("deleted_profiles=listed", "list_statuses=never"),
    ("deleted_profiles=listed", "email_filter=prefix", "status_filter=neither"),
    ("expired_statuses=everywhere", "status_form=objects", "status_filter=neither"),
    ("expired_statuses=everywhere", "status_filter=dotted"),
    ("rate_limit=2", "rate_retry_after=missing", "list_statuses=never"),
    ("rate_limit=1", "rate_kind=minute", "rate_retry_after=missing"),
    ("rate_limit=2", "rate_kind=bucket", "rate_headers=told"),
    ("page_meta=never", "status_filter=neither"),
    ("page_meta=never", "page_size_max=15", "list_statuses=never"),
    ("page_meta=never", "page_size_max=1", "page_size_default=1"),
    ("page_meta=never", "page_size_max=7", "page_size_default=4", "email_filter=prefix"),
    ("page_meta=never", "page_oversize=rejected", "page_size_max=20", "email_in=ignored"),
    ("list_emails=missing", "status_filter=neither"),
    ("list_emails=missing", "list_statuses=never", "status_filter=dotted"),
    ("status_filter=neither", "status_filter_other=empty"),
    ("status_filter=dotted", "status_filter_other=empty", "list_statuses=never"),
    ("email_in=first", "email_case=matters"),
    ("email_in=ignored", "status_filter=neither", "page_size_max=7"),
    ("email_in=literal", "status_filter=neither", "email_filter=prefix"),
]
KINDS = ("batch_", "queue_", "expiry_on_readd")  # writing


def names(rows, *places):
    return sorted(tuple(row[place] for place in places) for row in rows)


@pytest.fixture(scope="module")
def expected():
    return outcome(plan_of(fill(Tenant()), SPEC, run))


def test_the_kindest_tenant_gives_the_plan_that_the_spec_means(expected):
    changes, held, unresolved = expected
    assert names(changes, 0, 1, 3) == [
        ("Add", "empty", "jane@example.com"),
        ("Add", "held", "sam@example.com"),
        ("Add", "media", "half@example.com"),
        ("Add", "media", "mixed.case@example.com"),
        ("Add", "trial", "jane@example.com"),
        ("Add", "trial", "ran.out@example.com"),
        ("Add", "vip", "plus+tag@example.com"),
        ("Add", "vip", "sam@example.com"),
        ("Remove", "media", "old@example.com"),
        ("Remove", "trial", "fresh@example.com"),
        ("Remove", "vip", ""),
        ("Remove", "vip", "jane@example.com.au"),
        ("Remove", "vip", "stranger@example.com"),
    ]
    assert names(held, 0, 2) == [("held", "unresolved")]
    assert names(unresolved, 0, 1, 2) == [
        ("held", "gone@example.com", "not_found"),
        ("media", "dead@example.com", "not_found"),
        ("media", "robot@example.com", "inactive"),
        ("media", "same@example.com", "ambiguous"),
        ("media", "twin@example.com", "ambiguous"),
        ("none", "nowhere@example.com", "not_found"),
        ("vip", "gone@example.com", "not_found"),
    ]


def test_every_way_of_answering_that_concerns_reading_is_in_the_table():
    known = {name for name in Dialect.choices() if not name.startswith(KINDS)}
    assert known == READING.keys() | {"profile_type"}
    default = Dialect()
    for name, words in Dialect.choices().items():
        if name in READING and words and isinstance(words[0], str):
            assert {*READING[name], getattr(default, name)} == set(words)


@pytest.mark.untraced
@pytest.mark.parametrize("setting", [f"{name}={value}" for name, values in READING.items() for value in values])
def test_no_single_way_of_answering_changes_the_plan(setting, expected, using):
    assert outcome(plan_of(fill(Tenant([setting])), SPEC, using)) == expected


@pytest.mark.untraced
@pytest.mark.parametrize("dialect", HOSTILE, ids=" ".join)
def test_no_hostile_pair_of_answers_changes_the_plan(dialect, expected, using):
    assert outcome(plan_of(fill(Tenant(dialect)), SPEC, using)) == expected


SETTINGS = {name: st.sampled_from(values) for name, values in READING.items() if name != "rate_limit"}


@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # to make a failure small would take minutes, and says little more
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(dialect=st.fixed_dictionaries({}, optional=SETTINGS))
def test_no_combination_of_answers_changes_the_plan(dialect, expected, using):
    spoken = Dialect.parse(f"{name}={value}" for name, value in dialect.items())
    assume(spoken.page_oversize == "cut" or spoken.page_size_default <= spoken.page_size_max)  # else none can be asked
    tenant = fill(Tenant([f"{name}={value}" for name, value in dialect.items()]))
    assert outcome(plan_of(tenant, SPEC, using)) == expected


@pytest.mark.parametrize("list_statuses", ["always", "included", "never"])
def test_where_types_are_never_told_nobody_gains_and_nobody_loses(list_statuses, using):
    plan = plan_of(fill(Tenant(["profile_type=missing", f"list_statuses={list_statuses}"])), SPEC, using)
    assert plan.changes == ()
    assert {each.why for each in plan.unresolved} == {"unreadable", "not_found"}
    assert {each.why for each in plan.held} == {"type_not_told"}


@pytest.mark.parametrize("key", ["statuses", "email", "profile_type"])
def test_rows_that_leave_a_key_out_are_read_by_id_before_anyone_is_judged(key, using, expected):
    """No dialect of the simulated tenant leaves the email out of lists: cut it out of every answer on the way."""
    tenant = fill(Tenant())
    cut_out(tenant, key)
    assert outcome(plan_of(tenant, SPEC, using)) == expected


def test_a_deleted_profile_whose_email_no_list_tells_is_nobody(expected, using):
    """To read it by its id would tell no more."""
    tenant = fill(Tenant(["list_emails=missing", "deleted_profiles=listed"]))
    assert outcome(plan_of(tenant, SPEC, using)) == expected


@pytest.mark.parametrize("key", ["statuses", "email"])
def test_rows_that_never_tell_a_key_remove_nobody(key, using):
    tenant = fill(Tenant())
    cut_out(tenant, key, by_id=True)
    plan = plan_of(tenant, SPEC, using)
    assert plan.changes == ()
    not_there = {"gone@example.com", "nowhere@example.com", "dead@example.com"}
    assert {each.email for each in plan.unresolved if each.why == "not_found"} == not_there


def cut_out(tenant, key, *, by_id=False):
    """Leaves a key out of each row of a list of profiles, and of profiles read by id if told so."""
    keys = {key, "statuses_original"} if key == "statuses" else {key}
    inner = tenant.app

    async def app(scope, receive, send):
        profiles = "/profiles" in scope["path"]
        if not profiles or ("/profiles/" in scope["path"] and not by_id):
            return await inner(scope, receive, send)
        parts, start = [], {}

        async def keep(message):
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        await inner(scope, receive, keep)
        body = json.loads(b"".join(parts))
        rows = body["data"] if isinstance(body["data"], list) else [body["data"]]
        for row in rows:
            for each in keys:
                row.pop(each, None)
        content = json.dumps(body).encode()
        start["headers"] = [(name, value) for name, value in start["headers"] if name != b"content-length"]
        await send(start)
        await send({"type": "http.response.body", "body": content})
        return None

    tenant.app = app


def filled_with_holders(count, dialect=()):
    tenant = Tenant(dialect)
    tenant.store.add_definition("vip", "VIP")
    for number in range(count):
        tenant.store.add_profile(f"p{number}@example.com", statuses=["vip"])
    tenant.store.add_profile("new@example.com")
    return tenant


def test_an_exclusive_list_is_read_whatever_it_costs(using):
    tenant = filled_with_holders(60, ["list_statuses=never", "status_filter=neither", "page_size_max=2"])
    plan = plan_of(tenant, spec_of(status("vip", Mode.EXCLUSIVE, ["new@example.com"])), using)
    assert (plan.summary.add, plan.summary.remove, plan.statuses[0].live) == (1, 60, 60)


@pytest.mark.parametrize("dialect", [["page_size_max=5"], ["list_statuses=never"], ["profile_type=missing"]])
def test_an_additive_list_that_costs_more_than_asking_for_its_people_is_not_read(using, dialect):
    spec = spec_of(status("vip", members=["p1@example.com"], absent=["p2@example.com"]))
    plan = plan_of(filled_with_holders(60, dialect), spec, using)
    assert (plan.statuses[0].live, plan.summary.undeclared, plan.reads[1].complete) == (None, None, False)
    assert plan.summary.unchanged == 1
    assert plan.summary.requests < 12


def test_an_additive_list_that_costs_less_is_read_and_its_undeclared_counted(using):
    plan = plan_of(filled_with_holders(60), spec_of(status("vip", members=["p1@example.com"])), using)
    assert (plan.statuses[0].live, plan.summary.undeclared) == (60, 59)


@pytest.mark.parametrize(
    ("limits", "overrides", "live"),
    [
        (Limits(max_adds=Share(Decimal(50))), {}, 60),
        (Limits(max_adds=Share(Decimal(50))), {("vip", LimitName.MAX_ADDS): 1}, None),
        (Limits(max_adds=Count(5)), {}, None),
    ],
)
def test_a_list_is_needed_where_a_limit_is_a_share_of_it_unless_a_count_replaces_it(using, limits, overrides, live):
    tenant = filled_with_holders(60, ["page_size_max=1"])
    plan = plan_of(tenant, spec_of(status("vip", members=["new@example.com"], limits=limits)), using, overrides)
    assert plan.statuses[0].live == live


def test_few_profiles_are_asked_where_the_form_that_works_lists_fewer(using):
    """Rows that tell no statuses prove no form: the shorter of two lists is the one that was filtered."""
    tenant = filled_with_holders(2, ["list_statuses=never", "status_filter=dotted"])
    for number in range(200):
        tenant.store.add_profile(f"other{number}@example.com")
    plan = plan_of(tenant, spec_of(status("vip", Mode.EXCLUSIVE, ["p0@example.com"])), using)
    assert [type(change) for change in plan.changes] != [Add]
    assert plan.summary.remove == 1
    assert plan.summary.requests < 20


def test_every_pair_of_hostile_settings_is_a_dialect():
    for dialect in itertools.chain(HOSTILE, ([f"{name}={values[0]}"] for name, values in READING.items())):
        assert Dialect.parse(dialect) != Dialect()
