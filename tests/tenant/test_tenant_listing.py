"""Lists of profiles: read to the end by page number, or said to be incomplete."""

from urllib.parse import parse_qs

import httpx
import pytest

from omneo_reconcile.errors import ReconcileError, TenantError
from omneo_reconcile.tenant.listing import ListRefused, Paging, people_list, profile_list
from simulated import Tenant

JANE = "jane@example.com"


def people(count):
    return [{"id": f"p{number:03}", "email": None, "profile_type": "active", "statuses": []} for number in range(count)]


def asked(request):
    query = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
    return int(query.get("page[number]", 1)), int(query.get("page[size]", 15))


def paged(rows, *, largest=100, meta=("total", "per_page", "last_page")):
    """A tenant that lists these rows, and tells of its pages only what `meta` names."""

    def answer(request):
        number, size = asked(request)
        size = min(size, largest)
        told = {
            "total": len(rows),
            "per_page": size,
            "last_page": max(1, -(-len(rows) // size)),
            "current_page": number,
        }
        shown = {name: value for name, value in told.items() if name in meta}
        body = {"data": rows[size * (number - 1) : size * number]}
        return {**body, "meta": shown} if meta else body

    return answer


@pytest.fixture
def find(using):
    """Reads the list and tells how far that came."""

    def find(client, page_size=100, **chosen):
        return using(
            client, lambda client: profile_list(client, {"filter[email]": JANE}, Paging(page_size), **chosen).read()
        )

    return find


@pytest.fixture
def read(find):
    """Reads the list to its end."""

    def read(client, page_size=100):
        found = find(client, page_size)
        assert (found.completeness, found.detail) == ("complete", "")
        return found.rows

    return read


META = [
    ("total", "per_page", "last_page"),
    ("last_page",),
    ("total",),
    ("per_page",),
    ("current_page",),
    ("total", "per_page"),
    (),
]


@pytest.mark.parametrize("meta", META)
@pytest.mark.parametrize("count", [0, 1, 14, 15, 16, 99, 100, 101, 230])
@pytest.mark.parametrize("largest", [15, 40, 100])
def test_a_list_is_read_to_its_end_whatever_it_tells_of_its_pages(scripted, read, count, largest, meta):
    rows = read(scripted(paged(people(count), largest=largest, meta=meta)).client)
    assert [row.id for row in rows] == [row["id"] for row in people(count)]


def test_pages_smaller_than_any_known_are_read_on_if_the_tenant_tells_their_size(scripted, read):
    assert len(read(scripted(paged(people(12), largest=5, meta=("per_page",))).client)) == 12


def test_a_plain_list_that_ignores_page_numbers_ends(scripted, read):
    assert len(read(scripted(lambda _: {"data": people(40)}).client)) == 40


@pytest.mark.parametrize("oversize", ["cut", "rejected"])
def test_a_page_size_that_is_cut_or_rejected_still_reads_everyone(using, oversize):
    tenant = Tenant(["page_size_max=7", "page_size_default=5", f"page_oversize={oversize}"])
    for number in range(23):
        tenant.store.add_profile(f"p{number}@example.com")
    assert len(using(tenant.client(), lambda client: profile_list(client, {}, Paging()).read()).rows) == 23


def test_a_list_refused_in_every_size_is_refused_without_the_email_in_the_error(scripted, read):
    for page_size in (100, None):
        with pytest.raises(ListRefused, match=r"GET /profiles by filter\[email\]") as caught:
            read(scripted(lambda _: httpx.Response(422, json={"message": "jane@example.com"})).client, page_size)
        assert "jane" not in str(caught.value)


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": {"id": 1}}, {"data": ["p1"]}, [], None, "x"])
def test_an_answer_that_is_no_list_is_an_unexpected_answer(scripted, read, body):
    with pytest.raises(TenantError) as caught:
        read(scripted(lambda _: httpx.Response(200, json=body)).client)
    assert caught.value.name == "unexpected_answer"
    assert not isinstance(caught.value, ListRefused)


@pytest.mark.parametrize("meta", [("total", "per_page"), ("total",), ("total", "last_page")])
def test_fewer_rows_than_the_tenant_counts_is_incomplete(scripted, find, meta):
    def answer(request):
        body = paged(people(120), meta=meta)(request)
        body["meta"]["total"] = 121
        return body

    found = find(scripted(answer).client)
    assert found.completeness == "incomplete"
    assert found.detail == "read 120 profiles of the 121 that the tenant counts, also at a second look"
    assert len(found.rows) == 120


def test_rows_that_repeat_on_shifting_pages_are_not_taken_for_others(scripted, find):
    def shifting(request):
        body = paged(people(200))(request)
        return {**body, "data": paged(people(200))(request)["data"] if asked(request)[0] == 1 else people(200)[50:150]}

    assert "read 150 profiles of the 200" in find(scripted(shifting).client).detail


def test_a_row_without_an_id_makes_a_list_incomplete(scripted, find):
    found = find(scripted(paged([*people(3), {"email": JANE}])).client)
    assert (found.completeness, "has no id" in found.detail) == ("incomplete", True)


@pytest.mark.parametrize("change", [-1, 1])
def test_a_list_that_changes_between_its_pages_is_read_a_second_time(scripted, read, change):
    """Someone leaves after page one, so that one at the border is skipped; or comes, and a page more is needed."""
    state = {"first": True}

    def answer(request):
        number, _ = asked(request)
        later = people(201)[1:] if change < 0 else people(201)
        before = people(201) if change < 0 else people(200)
        if number == 1 and state.pop("first", False):
            return paged(before)(request)
        return paged(later)(request)

    rows = read(scripted(answer).client)
    assert {row.id for row in rows} == {row["id"] for row in (people(201)[1:] if change < 0 else people(201))}


def test_a_row_that_goes_from_a_page_already_read_hides_no_other(scripted, read):
    """The one that moves up to that page stands on none that is read after it, and the later total tells of none."""
    state = {"first": True}

    def answer(request):
        return paged(people(200) if state.pop("first", False) else people(200)[1:])(request)

    assert "p100" in {row.id for row in read(scripted(answer).client)}


def test_a_further_page_that_is_refused_does_not_end_a_list_that_counts_nothing(scripted, find):
    def answer(request):
        return paged(people(200), meta=())(request) if asked(request)[0] == 1 else httpx.Response(422, json={})

    assert not find(scripted(answer).client).complete


def test_a_page_that_fails_ends_the_list_with_that_failure_and_keeps_what_came(scripted, find):
    def answer(request):
        number, _ = asked(request)
        return paged(people(300))(request) if number != 2 else httpx.Response(500)

    found = find(scripted(answer).client)
    assert (found.completeness, "answered 500 to every try" in found.detail) == ("failed", True)
    assert {row.id for row in found.rows} >= {row["id"] for row in people(100)}


@pytest.mark.parametrize("error", [httpx.ReadError("reset"), httpx.Response(401), httpx.Response(302)])
def test_a_failure_that_is_everybodys_ends_more_than_the_list(scripted, find, error):
    def answer(request):
        return paged(people(300))(request) if asked(request)[0] == 1 else error

    with pytest.raises(ReconcileError) as caught:
        find(scripted(answer).client)
    assert caught.value.name in {"network", "token_refused", "redirected"}


def test_links_are_never_followed(scripted, read):
    def answer(request):
        body = paged(people(120))(request)
        return {**body, "links": {"next": "https://evil.com/api/v3/profiles?page[number]=2"}}

    tenant = scripted(answer)
    assert len(read(tenant.client)) == 120
    assert {request.url.host for request in tenant.sent} == {"sandbox.invalid"}
    assert all("filter%5Bemail%5D=" in str(request.url) for request in tenant.sent)


@pytest.mark.parametrize("further", [0, 100])
def test_totals_that_are_nonsense_do_not_ask_for_a_billion_pages(scripted, find, further):
    def answer(request):
        number, size = asked(request)
        meta = {"total": 10**15, "per_page": size, "last_page": 10**13}
        return {"data": people(size if number == 1 else further), "meta": meta}

    tenant = scripted(answer)
    assert find(tenant.client).detail == "the tenant counts more pages than such a list can have"
    assert len(tenant.sent) < 20


def test_negative_totals_count_nothing(scripted, read):
    def answer(request):
        body = paged(people(40), largest=15)(request)
        return {**body, "meta": {"total": -1, "per_page": -1, "last_page": -1}}

    assert len(read(scripted(answer).client)) == 40


def capped(rows, counted, beyond, *, sorts=True):
    """A tenant that counts no further than some rows, and lists from the other end if it sorts."""

    def answer(request):
        number, size = asked(request)
        ordered = rows[::-1] if sorts and request.url.params["sort"] == "-created_at" else rows
        if size * number > counted and beyond != "told":
            last = {"empty": {"data": []}, "again": {"data": rows[:size]}, "refused": httpx.Response(404, json={})}
            return last[beyond]
        meta = {"total": counted, "per_page": size, "last_page": counted // size}
        return {"data": ordered[size * (number - 1) : size * number], "meta": meta}

    return answer


def test_a_total_that_is_capped_does_not_end_a_list_that_shows_others_from_its_other_end(scripted, read):
    """Some search engines count no further than 10,000."""
    assert len(read(scripted(capped(people(300), 200, "told")).client)) == 300


@pytest.mark.parametrize("beyond", ["empty", "again", "refused"])
def test_a_list_that_cannot_be_read_past_its_capped_total_is_not_complete(scripted, find, beyond):
    assert not find(scripted(capped(people(300), 200, beyond)).client).complete


@pytest.mark.parametrize("sorts", [True, False])
@pytest.mark.parametrize("beyond", ["empty", "again", "refused"])
@pytest.mark.parametrize("count", [100, 200])
def test_a_list_whose_last_page_is_full_costs_two_requests_more_at_most(scripted, read, beyond, count, sorts):
    tenant = scripted(capped(people(count), count, beyond, sorts=sorts))
    assert len(read(tenant.client)) == count
    assert len(tenant.sent) <= count // 100 + 2


def test_pages_smaller_than_any_known_are_read_on_where_nothing_tells_their_size(scripted, read):
    """Only an empty page, or one shorter than those before, ends a list that tells nothing of its pages."""
    assert len(read(scripted(paged(people(60), largest=10, meta=())).client)) == 60


def test_a_page_that_tells_of_paging_and_brings_the_same_rows_again_is_no_end(scripted, find):
    meta = {"per_page": 100, "current_page": 1}
    tenant = scripted(lambda _: {"data": people(100), "meta": meta, "links": {"next": "https://x/?cursor=2"}})
    found = find(tenant.client)
    assert (found.completeness, "brings rows again" in found.detail) == ("incomplete", True)


def test_a_page_shorter_than_it_says_tells_the_real_size_where_more_is_counted(scripted, read):
    def answer(request):
        body = paged(people(40), largest=15)(request)
        body["meta"] |= {"per_page": 100}
        return body

    assert len(read(scripted(answer).client)) == 40


def test_rows_of_the_same_time_may_stand_in_another_order_at_each_look(scripted, read):
    """Each look misses others; both together bring as many as the tenant counts all the time."""
    every = people(200)
    looks = [[*every[:150], *every[100:150]], [*every[100:], *every[50:150]]]
    state = {"requests": 0}

    def answer(request):
        state["requests"] += 1
        return paged(looks[state["requests"] > 2])(request)

    assert len(read(scripted(answer).client)) == 200


def test_where_the_tenant_tells_its_paging_elsewhere_a_list_that_tells_nothing_is_whole(scripted, using):
    def answer(request):
        small = "filter[email]" in request.url.params
        return paged(people(1) if small else people(150), meta=() if small else META[0])(request)

    async def both(client):
        paging = Paging()
        return [await profile_list(client, {}, paging).read(), await people_list(client, JANE, paging).read()]

    tenant = scripted(answer)
    assert [len(found.rows) for found in using(tenant.client, both)] == [150, 1]
    assert len(tenant.sent) == 3


def test_rows_that_come_at_the_end_while_a_list_is_read_are_read_too_without_a_second_look(scripted, read):
    def answer(request):
        number, _ = asked(request)
        return paged(people(200 if number == 1 else 310))(request)

    tenant = scripted(answer)
    assert len(read(tenant.client)) == 310
    assert len(tenant.sent) == 4


@pytest.mark.parametrize("edited", ["email", "statuses"])
def test_a_profile_that_comes_twice_and_differs_asks_for_a_second_look(scripted, find, edited):
    """Two pages tell of one profile as two people: which one it is now, a second look must tell."""
    other = {**people(1)[0], edited: "kim@example.com" if edited == "email" else ["vip"]}
    rows = [*people(100), other]
    assert "came twice and changed" in find(scripted(paged(rows)).client).detail


def test_a_list_is_read_to_its_end_by_the_second_look_where_others_change_it_during_the_first(using):
    """Real pages over a tenant that somebody else writes to: one profile goes after the first page was read."""
    tenant = Tenant(["page_size_max=5"])
    ids = [tenant.store.add_profile(f"p{number}@example.com") for number in range(23)]
    inner, state = tenant.app, {"requests": 0}

    async def app(scope, receive, send):
        state["requests"] += 1
        if state["requests"] == 2:
            tenant.store.people.delete(1)
        await inner(scope, receive, send)

    tenant.app = app
    found = using(tenant.client(), lambda client: profile_list(client, {}, Paging()).read())
    assert found.complete
    assert {row.id for row in found.rows} == set(ids[1:])


def test_a_row_that_was_not_asked_for_ends_the_list_at_once(scripted, find):
    tenant = scripted(paged(people(5000)))
    found = find(tenant.client, accepts=lambda row: row.id < "p150")
    assert (found.rows, found.completeness) == ((), "failed")
    assert len(tenant.sent) < 10


def test_progress_tells_of_pages(scripted, using):
    told = []
    client = scripted(paged(people(350))).client
    using(client, lambda client: profile_list(client, {}, Paging()).read(lambda *step: told.append(step)))
    assert told == [("pages of profiles", number, 4) for number in (2, 3, 4)]


def test_a_list_without_end_is_given_up(scripted, using):
    rows = iter(range(10**9))
    tenant = scripted(lambda _: {"data": [{"id": f"p{next(rows)}", "email": JANE} for _ in range(15)]})
    found = using(tenant.client, lambda client: people_list(client, JANE, Paging()).read())
    assert (found.completeness, found.detail) == ("failed", "the list goes on after 20 pages")


def test_a_size_that_was_accepted_or_refused_once_is_not_tried_again(scripted, using):
    for refused, expected in ((True, [100, 15, 15]), (False, [100, 100])):
        tenant = scripted(
            lambda request, refused=refused: (
                httpx.Response(422, json={})
                if refused and "page[size]" in request.url.params
                else paged(people(3))(request)
            )
        )
        size = Paging()

        async def two(client, size=size):
            return [await profile_list(client, {}, size).read() for _ in range(2)]

        using(tenant.client, two)
        assert [asked(request)[1] for request in tenant.sent] == expected
