"""Many people in one request: used where it proves itself, and never to say that somebody is not there."""

from urllib.parse import unquote

import httpx
import pytest

from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.model import Mode
from omneo_reconcile.errors import ReconcileError
from omneo_reconcile.tenant.emails import ManyEmails, people_a_request
from omneo_reconcile.tenant.read import read
from omneo_reconcile.tenant.reader import Reader
from omneo_reconcile.tenant.ways import unseen
from simulated import BASE_URL, Tenant
from tenant.wanted import AS_OF, spec_of, status

KNOWN = "known@example.com"


def people(count, start=0):
    return [f"person-{number:06}@example.com" for number in range(start, start + count)]


def tenant_of(*emails, dialect=()):
    tenant = Tenant(dialect)
    tenant.store.add_definition("vip", "VIP")
    for email in (KNOWN, *emails):
        tenant.store.add_profile(email)
    return tenant


def many(client, emails, known=KNOWN, page_size=100):
    wanted = {normal_form(email): (email,) for email in emails}
    return ManyEmails(Reader(client), wanted, known, page_size).read(unseen)


def found_of(found):
    return sorted(row.email for row in found.rows if row.email != KNOWN)


def test_hundreds_are_found_in_a_handful_of_requests_with_urls_under_4_kb(using):
    tenant = tenant_of(*people(500))
    found = using(tenant.client(), lambda client: many(client, people(500)))
    assert (found.completeness, found_of(found)) == ("complete", people(500))
    assert len(tenant.requests) <= 7
    longest = max(len(target) for _, target in tenant.requests)
    assert longest + len(BASE_URL) < 4096
    assert people_a_request({email: (email,) for email in people(500)}, 100) >= 80


def test_long_emails_make_more_requests_and_no_longer_urls(using):
    emails = [f"{'é' * 60}{number:03}@example.com" for number in range(60)]
    tenant = tenant_of(*emails)
    found = using(tenant.client(), lambda client: many(client, emails))
    assert found_of(found) == sorted(emails)
    assert max(len(target) for _, target in tenant.requests) + len(BASE_URL) < 4096


@pytest.mark.parametrize(
    "email",
    [
        "a+b@example.com",
        "o'hara%41&x=1@example.com",
        "JANE@Example.COM",
        "jürgen@example.com",
        "x@exämple.com",
        '"q q"@x.com',
    ],
)
def test_signs_upper_case_accents_and_domains_in_letters_of_their_own_are_found(using, email):
    tenant = tenant_of(email, dialect=["email_case=matters"])
    found = using(tenant.client(), lambda client: many(client, [email, *people(2)]))
    assert found_of(found) == [email]


def test_both_spellings_are_asked_for_in_the_same_request(using):
    tenant = tenant_of("jane@example.com", "Jane@Example.com", dialect=["email_case=matters"])
    found = using(tenant.client(), lambda client: many(client, ["Jane@Example.com"]))
    assert found_of(found) == ["Jane@Example.com", "jane@example.com"]
    assert sum("[in]" in unquote(target) for _, target in tenant.requests) == 1


def test_an_email_with_a_comma_is_left_to_the_lookup(using):
    tenant = tenant_of('"a,b"@example.com')
    found = using(tenant.client(), lambda client: many(client, ['"a,b"@example.com'], known=None))
    assert (found.rows, tenant.requests) == ((), ())


@pytest.mark.parametrize("answer", ["ignored", "rejected", "literal", "first"])
def test_a_tenant_that_does_not_understand_is_asked_once(using, answer):
    tenant = tenant_of(*people(500), dialect=[f"email_in={answer}"])
    found = using(tenant.client(), lambda client: many(client, people(500)))
    assert found.completeness == "failed"
    assert found.detail
    assert len(tenant.requests) <= 2  # a page size that is refused is asked for again without


def test_without_anybody_known_an_answer_that_finds_nobody_proves_nothing_and_others_are_asked_for(using):
    tenant = tenant_of(*people(200, start=100))
    found = using(tenant.client(), lambda client: many(client, people(300), known=None))
    assert found_of(found) == people(200, start=100)


def test_what_was_found_before_the_tenant_lost_its_way_is_kept(scripted, using):
    def answer(request):
        if "filter[email]" in request.url.params:
            return {"data": [row(request.url.params["filter[email]"])], "meta": {"total": 1, "per_page": 15}}
        emails = request.url.params["filter[email][in]"].split(",")
        if emails[0] > "person-0002":
            emails = ["stranger@example.com"]
        return {"data": [row(email) for email in emails], "meta": {"total": len(emails), "per_page": 100}}

    found = using(scripted(answer).client, lambda client: many(client, people(400)))
    assert found.completeness == "failed"
    assert set(people(90)) <= set(found_of(found))
    assert "stranger@example.com" not in found_of(found)


def row(email):
    return {"id": email, "email": email, "profile_type": "active", "statuses": []}


@pytest.mark.parametrize("code", [400, 403, 404, 414, 422, 500])
def test_a_request_that_is_refused_drops_the_way_and_ends_nothing(scripted, using, code):
    found = using(scripted(lambda _: httpx.Response(code, json={})).client, lambda client: many(client, people(5)))
    assert (found.rows, found.completeness) == ((), "failed")


@pytest.mark.parametrize("error", [httpx.Response(401), httpx.Response(302), httpx.ReadError("reset")])
def test_a_failure_that_is_everybodys_ends_the_reading(scripted, using, error):
    with pytest.raises(ReconcileError):
        using(scripted(lambda _: error).client, lambda client: many(client, people(5)))


@pytest.mark.parametrize("told", ["email", "id"])
def test_rows_that_do_not_say_whose_they_are_drop_the_way(scripted, using, told):
    def answer(_):
        return {"data": [{name: value for name, value in row(KNOWN).items() if name != told}]}

    found = using(scripted(answer).client, lambda client: many(client, people(3)))
    assert (found.rows, found.completeness) == ((), "failed")


def test_of_an_answer_that_is_not_complete_nobody_is_used(scripted, using):
    """A profile with the same email may be among those that did not come."""

    def answer(request):
        emails = request.url.params["filter[email][in]"].split(",")
        return {"data": [row(email) for email in emails], "meta": {"total": len(emails) + 1, "per_page": 100}}

    found = using(scripted(answer).client, lambda client: many(client, people(3), known=None))
    assert (found.rows, found.completeness) == ((), "failed")


# A whole reading


def read_all(tenant, spec, using):
    return using(tenant.client(), lambda client: read(Reader(client), spec, AS_OF, {}, unseen))


@pytest.mark.parametrize("answer", ["understood", "ignored", "rejected", "literal", "first"])
def test_nobody_is_called_not_found_before_the_documented_lookup_was_asked(using, answer):
    tenant = tenant_of(*people(5), dialect=[f"email_in={answer}", "status_filter=neither", "page_size_max=2"])
    for number in range(40):
        tenant.store.add_profile(f"filler{number}@example.com")
    nobody = ["gone@example.com", "never@example.com"]
    found = read_all(tenant, spec_of(status("vip", members=[*people(5), *nobody])), using)
    assert {email for email, rows in found.people.items() if rows == ()} == set(nobody)
    asked = [unquote(target) for _, target in tenant.requests]
    assert all(any(f"filter[email]={email}" in target for target in asked) for email in nobody)


def test_the_plan_tells_each_way_that_was_tried_and_why(using):
    tenant = tenant_of(*people(5), dialect=["email_in=rejected", "status_filter=neither"])
    for number in range(2000):
        tenant.store.add_profile(f"filler{number}@example.com")
    found = read_all(tenant, spec_of(status("vip", members=people(5))), using)
    assert [(row.status, row.way, row.complete, row.completeness) for row in found.reads] == [
        (None, "definitions", True, "complete"),
        ("vip", "lookup", False, "incomplete"),
        (None, "emails", False, "failed"),
        (None, "lookup", True, "complete"),
    ]
    assert all(row.reason for row in found.reads)
    assert sum(row.requests for row in found.reads) == found.requests


def members(tenant, count, new=0, handle="vip"):
    """A status in sync but for some newcomers, and its spec."""
    for number, email in enumerate(people(count + new)):
        tenant.store.add_profile(email, statuses=[handle] if number < count else [])
        tenant.clock.waited += 1
    return spec_of(status(handle, Mode.EXCLUSIVE, people(count + new)))


@pytest.mark.parametrize(
    ("dialect", "new", "strangers", "most"),
    [
        ([], 0, 0, 20 * 1.05 + 10),
        ([], 50, 0, 20 * 1.05 + 10 + 50 // 5),
        (["email_in=rejected"], 50, 300, (20 + 50) * 1.05 + 10),
        (["email_in=rejected"], 50, 0, 30 * 1.05 + 10),
    ],
)
def test_reads_grow_with_what_is_live_and_what_differs(using, dialect, new, strangers, most):
    tenant = tenant_of(dialect=["page_size_max=10", *dialect])
    spec = members(tenant, 200, new)
    for number in range(strangers):
        tenant.store.add_profile(f"stranger{number}@example.com")
    found = read_all(tenant, spec, using)
    assert len(found.people) >= new
    assert found.requests == len(tenant.requests) <= most


def test_one_scan_serves_every_status(using):
    tenant = tenant_of(dialect=["status_filter=neither", "email_in=rejected", "page_size_max=10"])
    for handle in ("staff", "media"):
        tenant.store.add_definition(handle, handle)
    spec = members(tenant, 100)
    spec = spec_of(
        *spec.statuses.values(), status("staff", Mode.EXCLUSIVE, people(50)), status("media", members=people(40))
    )
    found = read_all(tenant, spec, using)
    assert {row.way for row in found.reads if row.status} == {"scan"}
    assert found.requests <= 16
    assert set(found.holders) == {"vip", "staff", "media"}


def test_a_list_whose_filter_turns_out_to_be_ignored_serves_as_the_scan_that_it_is(using):
    """The first page holds the status by chance, as the oldest profiles all do; later pages show everybody."""
    tenant = tenant_of(dialect=["status_filter=neither", "email_in=ignored", "page_size_max=10"])
    tenant.store.database.execute("DELETE FROM profiles")
    spec = members(tenant, 100, new=60)
    found = read_all(tenant, spec, using)
    assert len(found.people) >= 60
    assert found.requests <= 16 + 6
    assert [(row.status, row.way) for row in found.reads if row.complete][1:] == [("vip", "holders"), (None, "scan")]


def test_an_answer_with_others_than_the_documented_lookup_brings_is_not_used(scripted, using):
    """A filter that brings one of two profiles with an email would hide that nobody knows who is meant."""
    second = {**row("jane@example.com"), "id": "p2"}

    def answer(request):
        params = request.url.params
        if "filter[email]" in params:
            rows = [row(params["filter[email]"]), second] if params["filter[email]"] == second["email"] else []
        else:
            rows = [row(email) for email in params["filter[email][in]"].split(",")]
        return {"data": rows, "meta": {"total": len(rows), "per_page": 100}}

    found = using(scripted(answer).client, lambda client: many(client, ["jane@example.com"]))
    assert (found.completeness, "others than the documented lookup" in found.detail) == ("failed", True)


def test_whoever_a_dropped_answer_told_by_halves_is_looked_up(using):
    tenant = tenant_of(*people(5), dialect=["email_in=first", "list_statuses=never", "status_filter=neither"])
    found = read_all(tenant, spec_of(status("vip", members=people(5))), using)
    assert {email: rows[0].statuses for email, rows in found.people.items()} == dict.fromkeys(people(5), frozenset())


def leaving_out(holders, left_out):
    """A tenant whose list of holders leaves somebody out, and that understands one email in a request alone."""

    def answer(request):
        params = request.url.params
        if request.url.path.endswith("/statuses"):
            return {"data": [{"handle": "vip"}]}
        if "filter[email][in]" in params:
            return httpx.Response(422, json={})
        listed = "filter[statuses][handle]" in params
        emails = [email for email in holders if not (listed and email in left_out)]
        emails = [email for email in emails if email == params.get("filter[email]", email)]
        rows = [{**row(email), "statuses": ["vip"]} for email in emails]
        return {"data": rows, "meta": {"total": len(rows), "per_page": 100}}

    return answer


def test_a_list_that_leaves_out_somebody_who_holds_the_status_is_not_believed(scripted, using):
    """Such as one that knows active profiles only: who is looked up and holds it contradicts the list."""
    answer = leaving_out(people(4), people(1, start=3))
    for spec in (
        spec_of(status("vip", Mode.EXCLUSIVE, people(4))),
        spec_of(status("vip", Mode.EXCLUSIVE, people(3), absent=people(1, start=3))),
    ):
        found = using(scripted(answer).client, lambda client, spec=spec: read(Reader(client), spec, AS_OF, {}, unseen))
        assert {profile.email for profile in found.holders["vip"].values()} == set(people(4))
        assert [each.way for each in found.reads if each.status == "vip"] == ["scan"]


def test_somebody_to_be_removed_whom_a_list_leaves_out_is_looked_up_though_many_emails_fail(scripted, using):
    """Then the documented lookup is the only one to tell that the list leaves somebody out."""
    answer = leaving_out(people(8), people(1))
    spec = spec_of(status("vip", absent=people(8)))
    found = using(scripted(answer).client, lambda client: read(Reader(client), spec, AS_OF, {}, unseen))
    assert found.people[people(1)[0]][0].statuses == {"vip"}


def test_an_empty_list_that_nothing_proved_is_not_believed(using):
    """A filter that lists nobody for any status: the holders stand on the second page of all profiles."""
    tenant = tenant_of(*people(30), dialect=["status_filter=neither", "status_filter_other=empty", "page_size_max=10"])
    tenant.clock.waited += 5
    stranger = tenant.store.add_profile("stranger@example.com", statuses=["vip"])
    exclusive = read_all(tenant, spec_of(status("vip", Mode.EXCLUSIVE, people(1))), using)
    assert list(exclusive.holders["vip"]) == [stranger]
    additive = read_all(tenant, spec_of(status("vip", members=people(1))), using)
    assert additive.holders == {}


def test_many_statuses_of_a_small_tenant_take_one_scan(using):
    tenant = tenant_of(*people(300))
    handles = [f"s{number}" for number in range(30)]
    for handle in handles:
        tenant.store.add_definition(handle, handle)
    found = read_all(tenant, spec_of(*(status(handle, Mode.EXCLUSIVE, people(3)) for handle in handles)), using)
    assert found.requests <= 6
    assert set(found.holders) == set(handles)


def test_a_tenant_that_ignores_the_documented_filter_is_not_read_whole_for_each_person(scripted, using):
    def answer(request):
        number = int(request.url.params.get("page[number]", 1))
        return {
            "data": [row(f"p{number}-{place}@x.com") for place in range(15)],
            "meta": {"total": 10**6, "per_page": 15},
        }

    tenant = scripted(answer)
    found = using(tenant.client, lambda client: Reader(client).lookup("jane@example.com"))
    assert "more pages than such a list can have" in found.detail
    assert len(tenant.sent) <= 2


def test_a_person_without_a_told_email_in_the_answer_is_unreadable_and_not_missing(scripted, using):
    tenant = scripted(lambda _: {"data": [{**row("x"), "email": None}]})
    found = using(tenant.client, lambda client: Reader(client).lookup("jane@example.com"))
    assert "did not tell whose profile" in found.detail
