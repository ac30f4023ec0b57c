"""Holders and people from lists that fall short: what they tell is kept, and what they leave open is asked."""

import httpx
import pytest

from omneo_reconcile.core.model import Mode
from omneo_reconcile.errors import IncompleteReading
from omneo_reconcile.tenant.read import read
from omneo_reconcile.tenant.reader import Reader
from omneo_reconcile.tenant.ways import unseen
from simulated import Tenant
from tenant.wanted import AS_OF, plan_of, spec_of, status

REFUSED = httpx.Response(422, json={})
JANE = "jane@example.com"
PEOPLE = tuple(f"p{number:02}@example.com" for number in range(20))


def row(email, *statuses, **more):
    return {"id": email, "email": email, "profile_type": "active", "statuses": list(statuses), **more}


def untold(email):
    return {name: value for name, value in row(email).items() if name != "statuses"}


def listing(rows, request, *, beyond=0, size=100):
    """One page of some rows, of which so many more are counted than come."""
    number = int(request.url.params.get("page[number]", 1))
    meta = {"total": len(rows) + beyond, "per_page": size}
    return {"data": rows[size * (number - 1) : size * number], "meta": meta}


def lists(everybody, *, holders=None, many=None, people=None, **scan):
    """A tenant with these lists; None is refused.

    Args:
        everybody: The rows of the list of all profiles.
        holders: How it answers the list of holders.
        many: The rows that asking for many emails in one request may bring.
        people: The rows that lookups of one person may bring, if they are not those of all profiles.
    """

    def answer(request):
        params = request.url.params
        if request.url.path.endswith("/statuses"):
            return {"data": [{"handle": "vip"}]}
        if "/profiles/" in request.url.path:
            return REFUSED
        if "filter[email][in]" in params:
            asked = params["filter[email][in]"].split(",")
            return REFUSED if many is None else listing([each for each in many if each["email"] in asked], request)
        if "filter[email]" in params:
            known = everybody if people is None else people
            return listing([each for each in known if each["email"] == params["filter[email]"]], request)
        if "filter[statuses][handle]" in params:
            return REFUSED if holders is None else holders(request)
        return REFUSED if "filter[statuses.handle]" in params else listing(everybody, request, **scan)

    return answer


@pytest.fixture
def reading(scripted, using):
    def reading(answer, *statuses):
        spec = spec_of(*statuses)
        return using(scripted(answer).client, lambda client: read(Reader(client), spec, AS_OF, {}, unseen))

    return reading


def ids(rows):
    return {each.id for each in rows}


# All profiles


def test_nobody_is_resolved_from_a_scan_that_did_not_bring_everybody(reading):
    """A twin may be among those it left out: the lookup knows of both."""
    twin = row(JANE, id="twin")
    found = reading(lists([row(JANE)], people=[row(JANE), twin], beyond=1), status("vip", members=[JANE, *PEOPLE]))
    assert ids(found.people[JANE]) == {JANE, "twin"}


def test_whoever_an_incomplete_scan_shows_holding_the_status_is_not_looked_up(reading):
    holding = [row(email, "vip") for email in PEOPLE[:5]]
    found = reading(lists([*holding, untold(PEOPLE[5])], beyond=1), status("vip", members=PEOPLE))
    assert ids(found.seen) == set(PEOPLE[:5])
    assert found.people.keys() == set(PEOPLE[5:])


def test_a_row_of_the_scan_that_cannot_be_told_may_be_a_holder(reading):
    found = reading(lists([row(PEOPLE[0], "vip"), untold(PEOPLE[1])]), status("vip", Mode.EXCLUSIVE, PEOPLE[:1]))
    assert set(found.holders["vip"]) == set(PEOPLE[:2])


def test_a_list_of_holders_takes_the_place_of_a_scan_that_was_cheaper_but_not_complete(reading):
    held = [row(email, "vip") for email in PEOPLE[:2]]
    everybody = [*held, *map(row, PEOPLE[2:])]
    answer = lists(everybody, holders=lambda request: listing(held, request), beyond=1)
    found = reading(answer, status("vip", Mode.EXCLUSIVE, PEOPLE))
    assert set(found.holders["vip"]) == set(PEOPLE[:2])


def test_a_scan_beyond_reason_does_not_take_the_place_of_a_short_list(reading):
    held = [row(email, "vip") for email in PEOPLE[:2]]
    everybody = [*held, *(row(f"other{number}@example.com") for number in range(260))]
    answer = lists(everybody, holders=lambda request: listing(held, request, beyond=1), size=2)
    with pytest.raises(IncompleteReading, match="holders of status vip"):
        reading(answer, status("vip", Mode.EXCLUSIVE, PEOPLE[:2]))


# Lists of holders


def test_a_row_that_tells_no_statuses_is_not_kept_from_a_list_that_is_not_complete(reading):
    rows = [*(row(email, "vip") for email in PEOPLE[:11]), untold(PEOPLE[11])]
    answer = lists([row(email, "vip") for email in PEOPLE], holders=lambda request: listing(rows, request, beyond=1))
    found = reading(answer, status("vip", members=PEOPLE[:12]))
    assert ids(found.seen) == set(PEOPLE[:11])
    assert found.people.keys() == {PEOPLE[11]}


def test_a_row_that_tells_no_statuses_is_not_kept_from_a_list_that_left_somebody_out(reading):
    rows = [*(row(email, "vip") for email in PEOPLE[:10]), untold(PEOPLE[10])]
    answer = lists([row(email, "vip") for email in PEOPLE], holders=lambda request: listing(rows, request))
    found = reading(answer, status("vip", members=PEOPLE[:12]))
    assert found.holders == {}
    assert ids(found.seen) == set(PEOPLE[:10])


@pytest.mark.parametrize("kind", ["active", "deleted"])
def test_a_deleted_profile_does_not_show_whether_many_emails_can_be_asked_for(reading, kind):
    rows = [row("a@x.co", "vip", profile_type=kind), row("long.name@example.com", "vip")]
    everybody = [*rows, *map(row, PEOPLE[:5])]
    many = [each for each in everybody if each["profile_type"] != "deleted"]
    answer = lists(everybody, holders=lambda request: listing(rows, request), many=many)
    found = reading(answer, status("vip", members=PEOPLE[:5]))
    assert {each.complete for each in found.reads if each.way == "emails"} == {True}


def test_a_list_is_weighed_against_as_many_people_a_request_as_the_tenants_pages_take(using):
    tenant = Tenant(["page_size_max=10"])
    tenant.store.add_definition("vip", "VIP")
    emails = [f"p{number:03}@example.com" for number in range(160)]
    for email in emails:
        tenant.store.add_profile(email, statuses=["vip"])
    plan = plan_of(tenant, spec_of(status("vip", members=emails[:120])), using)
    assert plan.summary.undeclared == 40


# People


def test_whoever_many_emails_bring_only_as_deleted_is_looked_up_in_the_documented_way(reading):
    """Others may have the email: that nobody living came proves nothing."""
    others = [row(email) for email in PEOPLE[:5]]
    living, dead = row(JANE), row(JANE, id="dead", profile_type="deleted")
    answer = lists([], people=[living, dead, *others], many=[dead, *others])
    found = reading(answer, status("vip", members=[JANE, *PEOPLE[:5]]))
    assert ids(found.people[JANE]) == {JANE, "dead"}


def test_one_to_be_removed_is_found_as_the_tenant_spells_the_email_where_it_minds_case(using):
    tenant = Tenant(["email_case=matters"])
    tenant.store.add_definition("vip", "VIP")
    old = tenant.store.add_profile("Old@Example.com", statuses=["vip"])
    plan = plan_of(tenant, spec_of(status("vip", absent=["old@example.com"])), using)
    assert [change.profile_id for change in plan.changes] == [old]


def test_some_profiles_prove_the_filter_also_where_many_statuses_had_their_number_asked_first(using):
    """Nobody holds what the spec names; that the filter works shows on a status that some profile holds."""
    tenant = Tenant(["page_size_max=5"])
    handles = [f"s{number:02}" for number in range(12)]
    for handle in [*handles, "zz-held"]:
        tenant.store.add_definition(handle, handle)
    for number in range(200):
        tenant.store.add_profile(f"q{number}@example.com", statuses=["zz-held"])
    spec = spec_of(*(status(handle, Mode.EXCLUSIVE, ["q1@example.com"]) for handle in handles))
    found = using(tenant.client(), lambda client: read(Reader(client), spec, AS_OF, {}, unseen))
    assert {each.way for each in found.reads if each.status} == {"holders"}
    assert found.holders == {handle: {} for handle in handles}
