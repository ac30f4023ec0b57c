"""Reading known people again: always what is so, in the fewest requests."""

import httpx
import pytest

from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.reading import Asked, Gone, Unreadable
from omneo_reconcile.sandbox import Fault, NewProfile
from omneo_reconcile.tenant.read_back import ReadBack
from omneo_reconcile.tenant.reader import Reader
from simulated import Tenant

MANY = 300


def tenant_of(*dialect, faults=(), people=MANY, others=0):
    """Every second of many people holds vip; others hold it too."""
    tenant = Tenant(dialect, faults)
    for handle in ("vip", "staff"):
        tenant.store.add_definition(handle, handle)
    rows = [NewProfile(f"P{n}@Example.com", "active", ["vip"] if n % 2 else [], f"p-{n}", None) for n in range(people)]
    rows += [NewProfile(f"o{n}@example.com", "active", ["vip"], f"o-{n}", None) for n in range(others)]
    tenant.store.add_profiles(rows)
    return tenant


def asked(people=MANY, handle="vip", *, emails=True, wanted=True):
    return [Asked(handle, f"p-{n}", f"P{n}@Example.com" if emails else None, wanted) for n in range(people)]


def right(people=MANY):
    return {("vip", f"p-{n}"): bool(n % 2) for n in range(people)}


def read(tenant, using, memberships, holders=None, **how):
    """What each membership is, and how many requests it took."""

    async def work(client):
        back = ReadBack(Reader(client), holders or {})
        seen = await back.memberships(memberships, **how)
        return {key: one.holds for key, one in seen.items()}, client.requests, back.reads

    return using(tenant.client(), work)


DIALECTS = [
    *(f"email_in={word}" for word in ("understood", "ignored", "rejected", "literal", "first")),
    *(f"status_filter={word}" for word in ("brackets", "dotted", "both", "neither")),
    "list_statuses=never",
    "list_statuses=always",
    "list_emails=missing",
    "status_form=objects",
    "expired_statuses=everywhere",
    "deleted_profiles=listed",
    "profile_type=missing",
    "page_meta=never",
    "page_order=shifting",
    "page_size_max=7",
    "email_stored=lowered",
    "email_case=matters",
]


@pytest.mark.untraced
@pytest.mark.parametrize("holders", [{}, {"vip": 150}, {"vip": None}])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_whatever_a_tenant_answers_what_is_told_is_so(using, dialect, holders):
    seen, _, reads = read(tenant_of(dialect), using, asked(), holders)
    assert seen == right()
    assert all(row.complete for row in reads)


def test_a_handful_is_read_by_id(using):
    seen, requests, reads = read(tenant_of(), using, asked(5), {"vip": 150})
    assert (seen, requests) == (right(5), 5)
    assert [(row.way, row.requests) for row in reads] == [("profile", 5)]


@pytest.mark.parametrize("dialect", ["email_in=rejected", "email_in=ignored", "email_in=understood"])
def test_many_are_read_by_the_list_of_holders_where_it_is_short(using, dialect):
    seen, requests, _ = read(tenant_of(dialect, people=1000), using, asked(1000), {"vip": 0})
    assert seen == right(1000)
    assert requests <= 12


def test_many_are_read_by_their_emails_where_the_list_is_long(using):
    seen, requests, reads = read(tenant_of(others=2000), using, asked(), {"vip": 2150})
    assert seen == right()
    assert requests <= 5
    assert {row.way: row.requests for row in reads} == {"emails": 4, "profile": 1}


def test_those_without_an_email_are_read_by_the_list_or_by_id(using):
    people = asked(40, emails=False)
    _, requests, _ = read(tenant_of(), using, people, {"vip": 150})
    assert requests <= 4
    seen, requests, _ = read(tenant_of(others=5000), using, people, {"vip": 5150})
    assert seen == right(40)
    assert requests <= 42


def test_by_id_everybody_is_asked_for_alone(using):
    _, requests, reads = read(tenant_of(), using, asked(20), {"vip": 150}, by_id=True)
    assert (requests, [row.way for row in reads]) == (20, ["profile"])


def test_a_way_that_does_not_work_is_not_tried_again(using):
    tenant = tenant_of("email_in=rejected", others=2000)

    async def work(client):
        back = ReadBack(Reader(client), {"vip": 2150})
        for _ in range(2):
            await back.memberships(asked(40))
        return client.requests

    assert using(tenant.client(), work) <= 82


def test_a_list_that_breaks_off_tells_of_nobody(using):
    """Who is not on a list that was not read to its end may hold the status all the same."""
    faults = [Fault(path=r"filter\[statuses.*page\[number\]=2", status=422, times=None)]
    seen, _, _ = read(tenant_of("email_in=rejected", faults=faults), using, asked(), {"vip": 150})
    assert seen == right()


def test_who_cannot_be_read_is_open_and_the_reading_is_not_complete(using):
    tenant = tenant_of(faults=[Fault(path=r"/profiles/p-1\?", status=422, times=None)])
    seen, _, reads = read(tenant, using, asked(3))
    assert seen == right(3) | {("vip", "p-1"): None}
    assert [row.complete for row in reads] == [False]


def test_people_are_told_as_they_are_gone_or_unreadable(using):
    tenant = tenant_of("deleted_profiles=listed", faults=[Fault(path=r"/profiles/p-9\?", status=422, times=None)])
    tenant.store.delete_profile("p-8")

    async def work(client):
        return await ReadBack(Reader(client), {}).people({f"p-{n}": f"someone{n}@example.com" for n in range(10)})

    people = using(tenant.client(), work)
    assert people["p-1"] == Profile("p-1", "P1@Example.com", "active", frozenset({"vip"}))
    assert people["p-8"] == Gone()
    assert isinstance(people["p-9"], Unreadable)


def test_somebody_else_with_the_email_is_not_taken_for_the_profile(using):
    """A profile that has another email now is read by its id, and whoever has its email now is nobody's proof."""
    tenant = tenant_of()

    async def work(client):
        swapped = {f"p-{n}": f"P{n + 1}@Example.com" for n in range(20)}
        return await ReadBack(Reader(client), {}).people(swapped)

    people = using(tenant.client(), work)
    assert {id_: row.id for id_, row in people.items()} == {f"p-{n}": f"p-{n}" for n in range(20)}


def test_holders_are_counted_by_a_short_list_and_else_as_the_tenant_counts(using):
    async def work(client):
        return await ReadBack(Reader(client), {}).count(["staff", "vip"])

    assert using(tenant_of().client(), work) == {"staff": 0, "vip": 150}
    assert using(tenant_of(others=1000).client(), work) == {"staff": 0, "vip": 1150}
    assert using(tenant_of("status_filter=neither").client(), work) == {}
    assert using(tenant_of("page_meta=never", others=1000).client(), work) == {"staff": 0}


def liar(request):
    """A tenant whose lists return what is wanted, and that has stored nothing of it."""
    if request.url.path.endswith("/profiles"):
        rows = [profile_row(n, ["vip"]) for n in range(MANY)]
        emails = request.url.params.get("filter[email][in]", "")
        rows = [row for row in rows if not emails or row["email"] in emails.split(",")]
        number = int(request.url.params.get("page[number]", 1))
        return {"data": rows[(number - 1) * 100 : number * 100], "meta": {"total": len(rows), "per_page": 100}}
    return {"data": profile_row(int(request.url.path.rpartition("-")[2]), [])}


def profile_row(number, statuses):
    return {"id": f"p-{number}", "email": f"P{number}@Example.com", "profile_type": "active", "statuses": statuses}


@pytest.mark.parametrize("emails", [True, False])
def test_a_tenant_that_returns_the_wanted_state_without_having_stored_it_is_found_out(scripted, using, emails):
    async def work(client):
        back = ReadBack(Reader(client), {"vip": 0})
        return await back.memberships(asked(emails=emails)), await back.memberships(asked(40, emails=emails))

    first, second = using(scripted(liar).client, work)
    assert {one.holds for one in (first | second).values()} == {False}


def test_people_of_a_list_that_differs_from_the_documented_lookup_are_read_by_id(scripted, using):
    async def work(client):
        return await ReadBack(Reader(client), {}).people({f"p-{n}": f"P{n}@Example.com" for n in range(20)})

    assert {person.statuses for person in using(scripted(liar).client, work).values()} == {frozenset()}


def leaves_out(tenant, left_out):
    """Answers of a tenant whose lists of holders leave somebody out, with totals that agree."""

    holders = [row for row in tenant if "vip" in row["statuses"]]
    by_id = {row["id"]: row for row in tenant}

    def answer(request):
        if "filter[email][in]" in request.url.params:
            return httpx.Response(422, json={"message": "no such operator"})
        if request.url.path.endswith("/profiles"):
            rows = [row for row in holders if row["id"] not in left_out]
            number = int(request.url.params.get("page[number]", 1))
            return {"data": rows[(number - 1) * 100 : number * 100], "meta": {"total": len(rows), "per_page": 100}}
        return {"data": by_id[request.url.path.rpartition("/")[2]]}

    return answer


@pytest.mark.parametrize(("people", "listed"), [(400, ["vip"]), (600, [])])
def test_a_list_that_leaves_somebody_out_proves_no_removal(scripted, using, people, listed):
    tenant = [profile_row(n, ["vip"] if n in {7, 900} else []) for n in range(1000)]

    async def work(client):
        back = ReadBack(Reader(client), {"vip": people}, listed)
        return await back.memberships(asked(people, wanted=False))

    seen = using(scripted(leaves_out(tenant, {"p-7"})).client, work)
    assert [key for key, one in seen.items() if one.holds] == [("vip", "p-7")]


def test_many_removals_are_proven_by_the_list_that_the_plan_was_made_from(scripted, using):
    tenant = [profile_row(n, ["vip"] if n > 600 else []) for n in range(1000)]

    async def work(client):
        back = ReadBack(Reader(client), {"vip": 1000}, ["vip"])
        return await back.memberships(asked(600, wanted=False)), client.requests

    seen, requests = using(scripted(leaves_out(tenant, set())).client, work)
    assert {one.holds for one in seen.values()} == {False}
    assert requests < 20
