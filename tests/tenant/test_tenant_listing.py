"""Lists of profiles: read to the end by page number, or said to be incomplete."""

from urllib.parse import parse_qs

import httpx
import pytest

from omneo_reconcile.errors import IncompleteReading, TenantError
from omneo_reconcile.tenant.listing import Listing, ListRefused
from simulated import Tenant


def people(count):
    return [{"id": f"p{number:03}", "email": None, "profile_type": "active", "statuses": []} for number in range(count)]


def asked(request):
    query = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
    return int(query["page[number]"]), int(query.get("page[size]", 15))


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
def read(using):
    def rows(client, page_size=100):
        return using(client, lambda client: Listing(client, {"filter[email]": "jane@example.com"}, page_size).rows())

    return rows


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
    assert len(using(tenant.client(), lambda client: Listing(client, {}, 100).rows())) == 23


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
def test_fewer_rows_than_the_tenant_counts_is_incomplete(scripted, read, meta):
    def answer(request):
        body = paged(people(120), meta=meta)(request)
        body["meta"]["total"] = 121
        return body

    with pytest.raises(IncompleteReading, match="read 120 profiles of the 121") as caught:
        read(scripted(answer).client)
    assert caught.value.name == "incomplete_reading"
    assert "jane" not in str(caught.value)


def test_rows_that_repeat_on_shifting_pages_are_not_taken_for_others(scripted, read):
    def shifting(request):
        body = paged(people(200))(request)
        return {**body, "data": paged(people(200))(request)["data"] if asked(request)[0] == 1 else people(200)[50:150]}

    with pytest.raises(IncompleteReading, match="read 150 profiles of the 200"):
        read(scripted(shifting).client)


def test_a_row_without_an_id_makes_a_list_incomplete(scripted, read):
    rows = [*people(3), {"email": "jane@example.com"}]
    with pytest.raises(IncompleteReading, match="has no id"):
        read(scripted(paged(rows)).client)


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


def test_a_page_that_fails_ends_the_list_with_that_failure(scripted, read):
    def answer(request):
        number, _ = asked(request)
        return paged(people(300))(request) if number != 2 else httpx.Response(500)

    with pytest.raises(TenantError, match="answered 500 to every try"):
        read(scripted(answer).client)


def test_links_are_never_followed(scripted, read):
    def answer(request):
        body = paged(people(120))(request)
        return {**body, "links": {"next": "https://evil.com/api/v3/profiles?page[number]=2"}}

    tenant = scripted(answer)
    assert len(read(tenant.client)) == 120
    assert {request.url.host for request in tenant.sent} == {"sandbox.invalid"}
    assert all("filter%5Bemail%5D=" in str(request.url) for request in tenant.sent)


@pytest.mark.parametrize("further", [0, 100])
def test_totals_that_are_nonsense_do_not_ask_for_a_billion_pages(scripted, read, further):
    def answer(request):
        number, size = asked(request)
        meta = {"total": 10**15, "per_page": size, "last_page": 10**13}
        return {"data": people(size if number == 1 else further), "meta": meta}

    tenant = scripted(answer)
    with pytest.raises(IncompleteReading, match="is empty or the first one again, also at a second look"):
        read(tenant.client)
    assert len(tenant.sent) < 20
