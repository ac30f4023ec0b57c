"""Reading people, definitions and holders, and writing batches: what one failing answer may end, and what not."""

import asyncio
import re
from urllib.parse import unquote

import httpx
import pytest

from omneo_reconcile.core.batches import Accepted, Action, Batch, Rejected
from omneo_reconcile.core.model import Mode
from omneo_reconcile.core.reading import Gone, Unreadable
from omneo_reconcile.errors import AccessError, IncompleteReading, InvalidUse, ReconcileError, TenantError
from omneo_reconcile.sandbox import Fault
from omneo_reconcile.tenant.lists import StatusFilter
from omneo_reconcile.tenant.read import count_holders, read
from omneo_reconcile.tenant.reader import Reader
from omneo_reconcile.tenant.ways import unseen
from omneo_reconcile.tenant.writer import Writer
from omneo_reconcile.workers import each
from simulated import Tenant
from tenant.wanted import AS_OF, spec_of, status

PROFILE = {"id": "p1", "email": "jane@example.com", "profile_type": "active", "statuses": ["vip"]}


def lookup(tenant, using, email="jane@example.com", spelling=None):
    return using(tenant.client(), lambda client: Reader(client).lookup(email, [spelling or email]))


def emails(found):
    return [profile.email for profile in found]


def reading(tenant, spec, using):
    return using(tenant.client(), lambda client: read(Reader(client), spec, AS_OF, {}, lambda *_: None))


# People


@pytest.mark.parametrize("dialect", [[], ["email_filter=prefix"], ["email_case=matters"], ["email_stored=lowered"]])
def test_only_the_person_asked_for_is_found(using, dialect):
    tenant = Tenant(dialect)
    for email in ("jane@example.com", "jane@example.com.au", "ajane@example.com", None):
        tenant.store.add_profile(email)
    assert emails(lookup(tenant, using)) == ["jane@example.com"]
    assert lookup(tenant, using, "jan@example.com") == ()


@pytest.mark.parametrize("case", ["ignored", "matters"])
def test_every_profile_of_a_person_is_found_in_the_case_of_the_spec_too(using, case):
    """Where the filter minds case, the normal form finds one and the spec's spelling the other: ambiguous."""
    tenant = Tenant([f"email_case={case}"])
    tenant.store.add_profile("jane@example.com")
    tenant.store.add_profile("Jane@Example.com")
    found = lookup(tenant, using, "jane@example.com", "Jane@Example.com")
    assert sorted(emails(found)) == ["Jane@Example.com", "jane@example.com"]


def test_a_domain_in_letters_of_its_own_is_found_as_the_spec_spells_it(using):
    tenant = Tenant()
    tenant.store.add_profile("jane@exämple.com")
    assert emails(lookup(tenant, using, "jane@xn--exmple-cua.com", "jane@exämple.com")) == ["jane@exämple.com"]


def test_a_profile_is_told_in_full_by_id_gone_or_unreadable(tenant, using):
    jane = tenant.store.add_profile("jane@example.com")
    gone = tenant.store.add_profile("old@example.com", profile_type="deleted")
    ids = (jane, gone, "nobody")
    people = using(tenant.client(), lambda client: each(Reader(client).profile, ids, 1))
    assert (people[0].email, people[0].statuses) == ("jane@example.com", frozenset())
    assert people[1:] == [Gone(), Gone()]


def test_a_deleted_profile_that_is_told_is_gone(using):
    tenant = Tenant(["deleted_profiles=listed"])
    old = tenant.store.add_profile("old@example.com", profile_type="deleted")
    assert using(tenant.client(), lambda client: Reader(client).profile(old)) == Gone()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, html="<h1>no such page</h1>"),
        httpx.Response(404, json=None),
        httpx.Response(404, content=b" null "),
        httpx.Response(422, json={"message": "no"}),
        httpx.Response(200, json={"data": None}),
        httpx.Response(200, json={"data": []}),
        httpx.Response(200, json={"data": [PROFILE]}),
        httpx.Response(200, json={"data": {**PROFILE, "id": "p2"}}),
        httpx.Response(200, json={"data": {"email": "jane@example.com"}}),
        httpx.Response(200, json=PROFILE),
        httpx.Response(200, json=None),
        httpx.Response(200, html="<h1>sign in</h1>"),
        httpx.Response(500),
    ],
)
def test_an_answer_without_the_profile_asked_for_is_unreadable_and_never_gone(scripted, using, answer):
    found = using(scripted(lambda _: answer).client, lambda client: Reader(client).profile("p1"))
    assert isinstance(found, Unreadable)


def failing(*numbers, status=500, count=12):
    """A tenant of strangers, who are not read, and of some people whose lookups fail."""
    path = f"p({'|'.join(map(str, numbers))})@"
    tenant = Tenant(["email_in=rejected", "page_size_max=2"], [Fault(status=status, path=path, times=None)])
    for number in range(200):
        tenant.store.add_profile(f"other{number}@example.com")
    tenant.store.add_definition("vip", "VIP")
    for number in range(count):
        tenant.store.add_profile(f"p{number}@example.com")
    return tenant, spec_of(status_of(count))


def status_of(count):
    return status("vip", members=[f"p{number}@example.com" for number in range(count)])


@pytest.mark.parametrize("code", [422, 403, 404, 500, 503])
def test_a_single_lookup_that_fails_is_unreadable_and_ends_nothing(using, code):
    tenant, spec = failing(3, status=code)
    people = reading(tenant, spec, using).people
    assert [email for email, found in people.items() if isinstance(found, Unreadable)] == ["p3@example.com"]


def test_a_lookup_that_is_no_list_is_unreadable(using):
    tenant = Tenant(faults=[Fault(status=200, body='{"data": {}}', path="filter[email]", times=None)])
    assert isinstance(lookup(tenant, using), Unreadable)


@pytest.mark.parametrize(("code", "kind"), [(500, TenantError), (403, AccessError)])
def test_five_lookups_in_a_row_without_an_answer_are_the_tenants_failure(using, code, kind):
    tenant, spec = failing(*range(12), status=code)
    with pytest.raises(kind, match=str(code)):
        reading(tenant, spec, using)


def test_lookups_that_fail_here_and_there_are_not_in_a_row(using):
    tenant = Tenant()
    jane = tenant.store.add_profile("jane@example.com")

    async def work(client):
        reader = Reader(client)
        for _ in range(8):
            assert isinstance(await reader.profile("broken"), Unreadable)
            assert (await reader.profile(jane)).id == jane

    tenant.app = Tenant(faults=[Fault(status=500, path="/broken", times=None)]).app
    tenant.app.state.store = tenant.store
    using(tenant.client(), work)


def test_a_network_that_broke_in_the_middle_ends_everything(scripted, using):
    tenant = scripted(lambda _: httpx.ReadError("reset"))
    with pytest.raises(TenantError) as caught:
        using(tenant.client, lambda client: Reader(client).lookup("jane@example.com", ["jane@example.com"]))
    assert caught.value.name == "network"


def test_a_token_that_expires_in_the_middle_ends_everything(using):
    tenant, spec = failing(5, status=401)
    with pytest.raises(AccessError, match="refused the token"):
        reading(tenant, spec, using)


def test_a_lookup_that_cannot_be_read_to_its_end_is_unreadable(scripted, using):
    body = {"data": [PROFILE], "meta": {"total": 2, "per_page": 15}}
    found = using(scripted(lambda _: body).client, lambda client: Reader(client).lookup("jane@example.com", ["x"]))
    assert isinstance(found, Unreadable)
    assert "also at a second look" in found.detail


def test_a_row_that_does_not_say_whose_it_is_makes_a_lookup_unreadable_not_empty(scripted, using):
    nameless = {name: value for name, value in PROFILE.items() if name != "email"}

    def answer(request):
        return {"data": nameless} if "/profiles/" in request.url.path else {"data": [nameless]}

    found = using(scripted(answer).client, lambda client: Reader(client).lookup("jane@example.com", ["x"]))
    assert isinstance(found, Unreadable)


def test_a_row_that_does_not_say_whose_it_is_and_is_gone_by_id_is_nobody(scripted, using):
    def answer(request):
        gone = httpx.Response(404, json={"message": "none"})
        return gone if "/profiles/" in request.url.path else {"data": [{"id": "p1"}]}

    found = using(scripted(answer).client, lambda client: Reader(client).lookup("jane@example.com", ["x"]))
    assert {profile.type for profile in found} <= {"deleted"}


def test_a_row_that_turns_out_to_be_another_person_by_id_is_not_found(scripted, using):
    def answer(request):
        other = {**PROFILE, "email": "other@example.com"}
        return {"data": other} if "/profiles/" in request.url.path else {"data": [{"id": "p1"}]}

    assert using(scripted(answer).client, lambda client: Reader(client).lookup("jane@example.com", ["x"])) == ()


def test_a_row_that_cannot_be_read_by_id_stays_untold(using):
    tenant = Tenant(["list_statuses=never"], [Fault(status=500, path="/profiles/", times=None)])
    tenant.store.add_profile("jane@example.com")
    assert [row.statuses for row in lookup(tenant, using)] == [None]


# Definitions


@pytest.mark.parametrize("definitions", ["paged", "plain"])
@pytest.mark.parametrize("count", [0, 1, 15, 16, 40])
def test_every_definition_is_read_paged_or_plain(using, definitions, count):
    tenant = Tenant([f"definitions_list={definitions}"])
    handles = {f"s{number}" for number in range(count)}
    for handle in handles:
        tenant.store.add_definition(handle, handle)
    assert using(tenant.client(), lambda client: Reader(client).handles()) == handles


def page_number(request):
    return int(request.url.params.get("page[number]", 1))


def test_pages_of_definitions_that_tell_no_total_are_read_to_the_end(scripted, using):
    rows = [{"id": number, "handle": f"s{number}"} for number in range(40)]

    def answer(request):
        number = page_number(request)
        return {"data": rows[15 * (number - 1) : 15 * number]}

    assert len(using(scripted(answer).client, lambda client: Reader(client).handles())) == 40


def test_fewer_definitions_than_counted_are_incomplete(scripted, using):
    body = {"data": [{"handle": "vip"}], "meta": {"total": 2, "per_page": 15}}
    with pytest.raises(IncompleteReading, match="also at a second look, list of status definitions"):
        using(scripted(lambda _: body).client, lambda client: Reader(client).handles())


def test_definitions_that_repeat_on_shifting_pages_are_incomplete(scripted, using):
    body = {"data": [{"handle": "vip"}], "meta": {"total": 2, "per_page": 1}}
    with pytest.raises(IncompleteReading):
        using(scripted(lambda _: body).client, lambda client: Reader(client).handles())


@pytest.mark.parametrize("answer", [{"data": {}}, {}, httpx.Response(404, html="<h1>"), httpx.Response(400, json={})])
def test_what_is_no_list_of_definitions_points_at_the_base_url(scripted, using, answer):
    with pytest.raises(TenantError, match=r"without the list of status definitions asked for.*check the base URL"):
        using(scripted(lambda _: answer).client, lambda client: Reader(client).handles())


def test_every_unknown_handle_is_named_with_the_nearest_before_anything_else_is_asked(tenant, using):
    for handle in ("VIP", "media", "gold-tier"):
        tenant.store.add_definition(handle, handle)
    spec = spec_of(
        *(status(handle, members=["a@example.com"]) for handle in ("vip", "medai", "gold_tier", "zzz", "media"))
    )
    with pytest.raises(InvalidUse) as caught:
        reading(tenant, spec, using)
    assert [(fault.where, fault.next_step) for fault in caught.value.faults] == [
        ("status gold_tier at s.yaml:1", "did you mean `gold-tier`?"),
        ("status medai at s.yaml:1", "did you mean `media`?"),
        ("status vip at s.yaml:1", "did you mean `VIP`?"),
        ("status zzz at s.yaml:1", "define it in Omneo first"),
    ]
    assert all(re.match(r"/api/v3/statuses", target) for _, target in tenant.requests)


# Holders


def holders_of(tenant, using, *handles):
    """Who is listed for each status, or None where no form of the filter works."""

    async def work(client):
        filters = StatusFilter(Reader(client), handles)
        ways = [await filters.holders(handle) for handle in handles]
        return [None if way is None else {row.id for row in (await way.read(unseen)).rows} for way in ways]

    return using(tenant.client() if isinstance(tenant, Tenant) else tenant.client, work)


BRACKETS, DOTTED = "filter[statuses][handle]", "filter[statuses.handle]"


def times_asked(tenant, form):
    return sum(form in unquote(target) for _, target in tenant.requests)


def with_statuses(*handles, dialect=()):
    tenant = Tenant(dialect)
    for handle in handles:
        tenant.store.add_definition(handle, handle)
    tenant.store.add_profile("other@example.com")
    return tenant, {tenant.store.add_profile(f"p{number}@example.com", statuses=handles[:1]) for number in range(3)}


@pytest.mark.parametrize("other", ["ignored", "rejected", "empty"])
@pytest.mark.parametrize("form", ["brackets", "dotted", "both", "neither"])
def test_holders_are_found_by_whichever_form_works(using, form, other):
    tenant, ids = with_statuses("vip", "staff", dialect=[f"status_filter={form}", f"status_filter_other={other}"])
    expected = [None, None] if form == "neither" else [ids, set()]
    assert holders_of(tenant, using, "vip", "staff") == expected


def test_a_form_that_lists_people_without_the_status_is_not_asked_again(using):
    tenant, _ = with_statuses("vip", "staff", "media", dialect=["status_filter=dotted"])
    assert holders_of(tenant, using, "vip", "staff", "media")[1:] == [set(), set()]
    assert times_asked(tenant, BRACKETS) == 1


def test_an_empty_list_is_believed_where_the_form_proved_itself_on_another_status(using):
    for order in (("vip", "staff"), ("staff", "vip")):
        tenant, _ = with_statuses("vip", "staff")
        assert set() in holders_of(tenant, using, *order)
        assert (times_asked(tenant, BRACKETS), times_asked(tenant, DOTTED)) == (2, 0)


def test_a_form_that_seemed_to_work_is_dropped_when_it_lists_somebody_without_the_status(scripted, using):
    """A filter that is ignored on a tenant where everybody is a vip proves nothing about staff."""
    rows = [PROFILE, {**PROFILE, "id": "p2"}]
    tenant = scripted(lambda request: {"data": rows} if BRACKETS in request.url.params else {"data": []})
    assert holders_of(tenant, using, "vip", "staff") == [{"p1", "p2"}, None]


@pytest.mark.parametrize("code", [400, 403, 422, 500])
def test_a_form_that_fails_is_one_that_does_not_work(scripted, using, code):
    tenant = scripted(lambda request: {"data": [PROFILE]} if DOTTED in request.url.params else httpx.Response(code))
    assert holders_of(tenant, using, "vip") == [{"p1"}]


@pytest.mark.parametrize("code", [401, 302])
def test_a_form_that_fails_because_everything_does_ends_the_reading(scripted, using, code):
    with pytest.raises(ReconcileError):
        holders_of(scripted(lambda _: httpx.Response(code)), using, "vip")


def test_rows_that_list_the_status_as_run_out_prove_the_filter_all_the_same(using):
    tenant = Tenant(["expired_statuses=objects", "status_filter=brackets"])
    tenant.store.add_definition("trial", "Trial", period_days=1)
    ids = {tenant.store.add_profile(f"p{number}@example.com", statuses=["trial"]) for number in range(3)}
    tenant.clock.waited += 10 * 86_400
    assert holders_of(tenant, using, "trial") == [ids]
    assert times_asked(tenant, DOTTED) == 0


def test_rows_that_tell_no_statuses_prove_nothing_so_the_shorter_list_that_has_anybody_is_taken(using):
    tenant, ids = with_statuses("vip", dialect=["list_statuses=never", "status_filter=dotted"])
    assert holders_of(tenant, using, "vip") == [ids]


def refusing(path):
    tenant = Tenant(faults=[Fault(status=422, path=path, times=None)])
    tenant.store.add_definition("vip", "VIP")
    tenant.store.add_profile("jane@example.com", statuses=["vip"])
    return tenant


def test_a_tenant_that_refuses_every_list_can_plan_what_needs_none(using):
    """Only lists with a size are asked for holders; lookups of single people are the documented way."""
    tenant = refusing(r"profiles\?(?!filter\[email\])")
    found = reading(tenant, spec_of(status("vip", members=["jane@example.com"])), using)
    assert (found.holders, [row.complete for row in found.reads]) == ({}, [True, False, True])
    assert found.people["jane@example.com"][0].statuses == {"vip"}


def test_a_tenant_that_refuses_every_list_cannot_plan_an_exclusive_status(using):
    tenant = refusing(r"profiles\?(?!filter\[email\])")
    with pytest.raises(IncompleteReading, match="without the list of profiles asked for, holders of status vip"):
        reading(tenant, spec_of(status("vip", Mode.EXCLUSIVE, ["jane@example.com"])), using)


def shifting(told, holders="filter[statuses][handle]"):
    """A tenant where the list of holders never has as many rows as it counts."""

    def answer(request):
        params = request.url.params
        if request.url.path.endswith("/statuses"):
            return {"data": [{"handle": "vip"}]}
        if "filter[email][in]" in params:
            return httpx.Response(422, json={})
        if "filter[email]" in params:
            return {
                "data": [
                    {**PROFILE, "id": email, "email": email, "statuses": []} for email in [params["filter[email]"]]
                ]
            }
        rows = [{**PROFILE, "id": email, "email": email} for email in told]
        lies = holders in params or holders == "all"
        return {"data": rows, "meta": {"total": len(rows) + lies, "per_page": 15}}

    return answer


PEOPLE = ("ann@example.com", "bob@example.com", "cyd@example.com")


def read_scripted(answer, spec, scripted, using):
    return using(scripted(answer).client, lambda client: read(Reader(client), spec, AS_OF, {}, unseen))


def test_of_an_additive_list_that_is_incomplete_only_those_are_looked_up_who_were_not_seen_on_it(scripted, using):
    spec = spec_of(status("vip", members=PEOPLE))
    found = read_scripted(shifting(PEOPLE[:2]), spec, scripted, using)
    assert (found.holders, list(found.people)) == ({}, [PEOPLE[2]])
    assert {row.email for row in found.seen} == set(PEOPLE[:2])
    assert [(row.way, row.completeness) for row in found.reads if row.status] == [("holders", "incomplete")]
    assert "also at a second look" in found.reads[1].reason


def test_a_holder_seen_only_on_an_incomplete_list_is_no_stranger_to_remove(scripted, using):
    spec = spec_of(status("vip", members=PEOPLE[2:], absent=PEOPLE[:1]))
    found = read_scripted(shifting(PEOPLE[:2]), spec, scripted, using)
    assert sorted(found.people) == [PEOPLE[0], PEOPLE[2]]
    assert found.holders == {}


def test_an_exclusive_list_that_is_incomplete_is_taken_from_the_scan(scripted, using):
    spec = spec_of(status("vip", Mode.EXCLUSIVE, PEOPLE))
    found = read_scripted(shifting(PEOPLE), spec, scripted, using)
    assert list(found.holders["vip"]) == list(PEOPLE)
    assert [(row.status, row.way, row.completeness) for row in found.reads] == [
        (None, "definitions", "complete"),
        ("vip", "scan", "complete"),
        (None, "scan", "complete"),
    ]


def test_where_nothing_gives_a_complete_list_an_exclusive_status_ends_the_reading_and_says_what_is_missing(
    scripted, using
):
    spec = spec_of(status("vip", Mode.EXCLUSIVE, PEOPLE))
    for work in (
        lambda client: read(Reader(client), spec, AS_OF, {}, unseen),
        lambda client: count_holders(Reader(client), ["vip"]),
    ):
        with pytest.raises(IncompleteReading, match=r"also at a second look, holders of status vip"):
            using(scripted(shifting(PEOPLE, "all")).client, work)


def test_every_status_whose_list_is_incomplete_is_named(scripted, using):
    inner = shifting(PEOPLE, "all")

    def answer(request):
        statuses = {"data": [{"handle": "staff"}, {"handle": "vip"}]}
        return statuses if request.url.path.endswith("/statuses") else inner(request)

    spec = spec_of(status("vip", Mode.EXCLUSIVE, PEOPLE), status("staff", Mode.EXCLUSIVE, PEOPLE))
    with pytest.raises(IncompleteReading) as caught:
        read_scripted(answer, spec, scripted, using)
    assert [fault.where for fault in caught.value.faults] == ["holders of status vip", "holders of status staff"]


def test_holders_are_counted_row_by_row(using):
    tenant = Tenant(["status_filter=neither", "deleted_profiles=listed"])
    tenant.store.add_definition("vip", "VIP")
    for email, kind, handles in (
        ("a@x.com", "active", ["vip"]),
        ("b@x.com", "active", []),
        ("c@x.com", "deleted", ["vip"]),
    ):
        tenant.store.add_profile(email, profile_type=kind, statuses=handles)
    assert using(tenant.client(), lambda client: count_holders(Reader(client), ["vip"])) == {"vip": 1}


def test_progress_is_told_of_each_long_step(tenant, using):
    tenant.store.add_definition("vip", "VIP")
    steps = []
    spec = spec_of(status("vip", members=["a@example.com", "b@example.com"]))

    def progress(what, _, total):
        steps.append((what, total))

    using(tenant.client(), lambda client: read(Reader(client), spec, AS_OF, {}, progress))
    assert set(steps) == {("people", 2)}


def test_a_spec_of_nothing_asks_for_nobody(tenant, using):
    found = reading(tenant, spec_of(), using)
    assert (found.holders, found.people, [row.way for row in found.reads]) == ({}, {}, ["definitions"])


# Batches


def submit(tenant, using, action=Action.ADD, **names):
    batch = Batch(action, tuple((profile_id, (handle,)) for profile_id, handle in names.items()))
    return using(tenant.client(may_write=True), lambda client: Writer(client).submit(batch, unnoticed))


@pytest.mark.parametrize("batch_id", ["uuid", "number"])
def test_a_batch_is_accepted_and_carried_out_and_its_state_told(using, batch_id):
    tenant = Tenant([f"batch_id={batch_id}"])
    tenant.store.add_definition("vip", "VIP")
    tenant.store.add_profile("jane@example.com", profile_id="p1")
    accepted = submit(tenant, using, p1="vip")
    tenant.clock.waited += 5
    assert tenant.memberships == {("vip", "p1")}
    state = using(tenant.client(), lambda client: Reader(client).batch(accepted.batch_id))
    assert state.settled
    submit(tenant, using, Action.REMOVE, p1="vip")
    tenant.clock.waited += 5
    assert tenant.memberships == set()


def unnoticed():
    """A try that nobody writes down."""


def test_a_batch_that_is_refused_is_rejected_in_the_tenants_words_without_emails(scripted, using):
    body = {"message": "Invalid.", "errors": {"profiles.0": ["jane@example.com was merged"]}}
    tenant = scripted(lambda _: httpx.Response(422, json=body), may_write=True)
    batch = Batch(Action.ADD, (("p1", ("vip",)),))
    rejected = using(tenant.client, lambda client: Writer(client).submit(batch, unnoticed))
    assert rejected == Rejected(422, "Invalid.; (email) was merged")


@pytest.mark.parametrize("status_code", [413, 404])
def test_a_batch_that_is_refused_without_words_is_rejected(scripted, using, status_code):
    tenant = scripted(lambda _: httpx.Response(status_code, html="<h1>"), may_write=True)
    batch = Batch(Action.REMOVE, (("p1", ("vip",)),))
    assert using(tenant.client, lambda client: Writer(client).submit(batch, unnoticed)) == Rejected(
        status_code, "no reason given"
    )


def test_an_accepted_batch_may_have_no_id(scripted, using):
    tenant = scripted(lambda _: httpx.Response(202, json={"data": {"message": "Queued"}}), may_write=True)
    batch = Batch(Action.ADD, (("p1", ("vip",)),))
    assert using(tenant.client, lambda client: Writer(client).submit(batch, unnoticed)) == Accepted(None)


def test_a_token_that_may_not_write_is_told_so(using):
    tenant = Tenant()
    batch = Batch(Action.ADD, (("p1", ("vip",)),))
    with pytest.raises(AccessError, match="update-profiles"):
        using(
            tenant.client(may_write=True, token="sandbox-read"), lambda client: Writer(client).submit(batch, unnoticed)
        )


@pytest.mark.parametrize("code", [401, 403, 404, 422, 500, 302])
def test_a_batch_that_cannot_be_read_has_no_state_and_ends_nothing(using, code):
    tenant = Tenant(faults=[Fault(status=code, path="/batches/", times=None)])
    assert using(tenant.client(), lambda client: Reader(client).batch("b1")) is None


# Workers


def test_results_stand_in_the_order_of_their_items_and_never_more_work_at_once_than_asked():
    busy, most = 0, 0

    async def work(number):
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.001 * (number % 3))
        busy -= 1
        return number

    assert asyncio.run(each(work, iter(range(20)), 4)) == list(range(20))
    assert most == 4
    assert asyncio.run(each(work, [], 4)) == []


def test_the_first_failure_stops_the_others_and_is_raised_as_it_is():
    done = []

    async def work(number):
        await asyncio.sleep(0.001 * number)
        if number == 2:
            raise KeyError(number)
        done.append(number)

    with pytest.raises(KeyError, match="2"):
        asyncio.run(each(work, range(20), 3))
    assert set(done) <= {0, 1, 3, 4}


def test_work_without_a_worker_is_an_error_and_not_an_empty_result():
    async def work(number):
        return number

    with pytest.raises(ValueError, match="at least one worker"):
        asyncio.run(each(work, [1], 0))
