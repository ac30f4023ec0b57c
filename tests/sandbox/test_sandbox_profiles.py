"""Reading profiles by id and by list, and the ways a tenant may answer."""

from itertools import chain

import pytest


def filled(tenant, count=20):
    for number in range(count):
        tenant.store.add_profile(f"p{number:02}@example.com", created_at=1_600_000_000 + number)
    return tenant


def test_a_profile_is_read_by_id_with_its_statuses_only_when_they_are_asked_for(tenant):
    jane = tenant.store.add_profile("jane@example.com", statuses=["vip"], created_at=1_611_705_600)
    plain = tenant.data(f"/profiles/{jane}")
    assert plain == {
        "id": jane,
        "email": "jane@example.com",
        "profile_type": "active",
        "created_at": "2021-01-27 00:00:00",
        "updated_at": "2021-01-27 00:00:00",
    }
    told = tenant.data(f"/profiles/{jane}", include="tags,statuses")
    assert told["statuses"] == ["vip"]
    assert told["statuses_original"] == [
        {"id": 1, "handle": "vip", "name": "VIP", "expires_at": None, "is_active": True}
    ]


def test_an_unknown_profile_is_not_found(tenant):
    assert tenant.get("/profiles/none").status_code == 404


def test_a_page_tells_its_place_in_the_list_and_its_neighbours(tenant):
    answer = filled(tenant).get("/profiles", **{"page[size]": 8, "page[number]": 2, "filter[profile_type]": "active"})
    assert [row["email"] for row in answer.json()["data"]] == [f"p{number:02}@example.com" for number in range(8, 16)]
    assert answer.json()["meta"] == {
        "current_page": 2,
        "from": 9,
        "last_page": 3,
        "path": "http://sandbox.test/api/v3/profiles",
        "per_page": 8,
        "to": 16,
        "total": 20,
    }
    links = answer.json()["links"]
    assert links["prev"].startswith("http://sandbox.test/api/v3/profiles?")
    assert "page%5Bnumber%5D=3" in links["next"]
    assert "filter%5Bprofile_type%5D=active" in links["last"]


def test_the_first_page_has_none_before_it_and_a_page_past_the_end_is_empty(tenant):
    first = filled(tenant, 3).get("/profiles").json()
    assert (first["links"]["prev"], first["links"]["next"]) == (None, None)
    past = tenant.get("/profiles", **{"page[number]": 9}).json()
    assert (past["data"], past["meta"]["from"], past["meta"]["to"], past["links"]["next"]) == ([], None, None, None)


def test_all_pages_together_are_all_profiles_once_by_age_either_way(tenant):
    filled(tenant)
    for sort, order in (("created_at", 1), ("-created_at", -1)):
        pages = [tenant.emails(sort=sort, **{"page[size]": 7, "page[number]": number}) for number in (1, 2, 3)]
        assert list(chain(*pages)) == [f"p{number:02}@example.com" for number in range(20)][::order]


def test_profiles_of_the_same_age_come_by_id(tenant):
    for profile_id in "bca":
        tenant.store.add_profile(None, profile_id=profile_id, created_at=1.0)
    assert [row["id"] for row in tenant.data("/profiles", sort="-created_at")] == ["a", "b", "c"]


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", "", "99999999999999999999", "²"])
def test_a_page_number_that_is_none_is_rejected(tenant, number):
    answer = tenant.get("/profiles", **{"page[number]": number})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["page.number"])


def test_an_unknown_sort_is_rejected(tenant):
    assert tenant.get("/profiles", sort="email").status_code == 422


def test_without_a_sort_pages_may_repeat_some_profiles_and_skip_others(tenant_of):
    tenant = filled(tenant_of("page_order=shifting"))
    two = [tenant.emails(**{"page[size]": 10, "page[number]": number}) for number in (1, 2)]
    assert len(set(chain(*two))) == 10
    two = [tenant.emails(sort="created_at", **{"page[size]": 10, "page[number]": number}) for number in (1, 2)]
    assert len(set(chain(*two))) == 20


def test_the_default_page_size_is_the_dialects(tenant_of):
    assert len(filled(tenant_of()).emails()) == 15
    assert len(filled(tenant_of("page_size_default=4")).emails()) == 4


def test_a_page_size_too_large_is_cut_or_rejected(tenant_of):
    cut = filled(tenant_of("page_size_max=5")).get("/profiles", **{"page[size]": 6})
    assert (len(cut.json()["data"]), cut.json()["meta"]["per_page"]) == (5, 5)
    rejected = tenant_of("page_size_max=5", "page_oversize=rejected")
    assert rejected.get("/profiles", **{"page[size]": 6}).status_code == 422
    assert rejected.get("/profiles", **{"page[size]": 5}).status_code == 200


def test_links_and_meta_may_be_missing_where_one_page_is_all(tenant_of):
    tenant = filled(tenant_of("page_meta=missing"), 4)
    assert list(tenant.get("/profiles").json()) == ["data"]
    assert "meta" in tenant.get("/profiles", **{"page[size]": 3}).json()


def test_no_list_may_tell_links_and_meta_though_all_come_by_pages(tenant_of):
    tenant = filled(tenant_of("page_meta=never"), 4)
    pages = [tenant.get("/profiles", **{"page[size]": 3, "page[number]": number}).json() for number in (1, 2, 3)]
    assert [list(page) for page in pages] == [["data"]] * 3
    assert [len(page["data"]) for page in pages] == [3, 1, 0]
    assert list(tenant.get("/statuses", **{"page[size]": 1}).json()) == ["data"]


def test_rows_of_a_list_may_leave_out_emails_that_are_told_by_id(tenant_of):
    tenant = tenant_of("list_emails=missing")
    jane = tenant.store.add_profile("jane@example.com", statuses=["vip"])
    [row] = tenant.data("/profiles", include="statuses", **{"filter[email]": "jane@example.com"})
    assert (row["id"], row["statuses"], "email" in row) == (jane, ["vip"], False)
    assert tenant.data(f"/profiles/{jane}")["email"] == "jane@example.com"


@pytest.mark.parametrize(
    ("dialect", "plain", "included"), [("always", True, True), ("included", False, True), ("never", False, False)]
)
def test_rows_of_a_list_tell_statuses_always_or_when_asked_or_never(tenant_of, dialect, plain, included):
    tenant = tenant_of(f"list_statuses={dialect}")
    jane = tenant.store.add_profile("jane@example.com", statuses=["vip"])
    tenant.store.add_profile("kim@example.com")
    assert ["statuses" in row for row in tenant.data("/profiles")] == [plain, plain]
    assert ["statuses" in row for row in tenant.data("/profiles", include="statuses")] == [included, included]
    assert tenant.data(f"/profiles/{jane}", include="statuses")["statuses"] == ["vip"]


def test_statuses_may_be_objects_with_a_handle(tenant_of):
    tenant = tenant_of("status_form=objects")
    jane = tenant.store.add_profile("jane@example.com", statuses=["vip"])
    [told] = tenant.data(f"/profiles/{jane}", include="statuses")["statuses"]
    assert (told["handle"], told["is_active"]) == ("vip", True)


@pytest.mark.parametrize(
    ("dialect", "named", "listed", "found"),
    [("gone", [], [], 0), ("objects", [], [False], 1), ("everywhere", ["vip"], [False], 1)],
)
def test_an_expired_status_is_gone_or_still_listed_as_not_active(tenant_of, dialect, named, listed, found):
    tenant = tenant_of(f"expired_statuses={dialect}", period_days=1)
    jane = tenant.store.add_profile("jane@example.com", statuses=["vip"])
    assert tenant.data(f"/profiles/{jane}", include="statuses")["statuses_original"][0]["is_active"] is True
    tenant.wait(86_400)
    told = tenant.data(f"/profiles/{jane}", include="statuses")
    assert told["statuses"] == named
    assert [each["is_active"] for each in told["statuses_original"]] == listed
    assert len(tenant.emails(**{"filter[statuses][handle]": "vip"})) == found
    assert tenant.held() == []


@pytest.mark.parametrize(("dialect", "still_held"), [("kept", False), ("reset", True)])
def test_adding_a_status_again_keeps_or_resets_its_expiry(tenant_of, dialect, still_held):
    tenant = tenant_of(f"expiry_on_readd={dialect}", period_days=1)
    jane = tenant.store.add_profile("jane@example.com", statuses=["vip"])
    tenant.wait(80_000)
    tenant.store.attach(jane, ["vip"])
    tenant.wait(10_000)
    assert bool(tenant.held()) == still_held
    tenant.wait(100_000)
    tenant.store.attach(jane, ["vip"])
    assert tenant.held() == [("vip", "jane@example.com")]


def test_a_status_with_an_expiry_is_told_with_its_date(tenant_of):
    tenant = tenant_of(period_days=1)
    jane = tenant.store.add_profile("jane@example.com", statuses=["vip"])
    [told] = tenant.data(f"/profiles/{jane}", include="statuses")["statuses_original"]
    assert told["expires_at"] == "2023-11-15 22:13:20"


@pytest.mark.parametrize(("dialect", "seen"), [("absent", False), ("listed", True)])
def test_deleted_profiles_are_absent_from_answers_or_listed_as_deleted(tenant_of, dialect, seen):
    tenant = tenant_of(f"deleted_profiles={dialect}")
    ghost = tenant.store.add_profile("ghost@example.com", statuses=["vip"])
    tenant.store.delete_profile(ghost)
    rows = tenant.data("/profiles", **{"filter[statuses][handle]": "vip"})
    assert [row["profile_type"] for row in rows] == (["deleted"] if seen else [])
    assert tenant.get(f"/profiles/{ghost}").status_code == (200 if seen else 404)


def test_the_type_of_a_profile_may_not_be_told(tenant_of):
    tenant = tenant_of("profile_type=missing")
    assert "profile_type" not in tenant.data(f"/profiles/{tenant.store.add_profile('jane@example.com')}")


def test_times_may_come_in_iso_form(tenant_of):
    tenant = tenant_of("timestamps=iso")
    jane = tenant.store.add_profile("jane@example.com", created_at=1_611_705_600)
    assert tenant.data(f"/profiles/{jane}")["created_at"] == "2021-01-27T00:00:00Z"


def test_a_profile_is_created_with_its_statuses_and_one_email_may_be_there_twice(tenant):
    sent = {"email": "jane@example.com", "statuses": ["vip", "vpi"]}
    answer = tenant.ask("POST", "/profiles", json=sent)
    assert (answer.status_code, answer.json()["data"]["statuses"]) == (201, ["vip"])
    assert tenant.ask("POST", "/profiles", json={"email": "jane@example.com"}).json()["data"]["statuses"] == []
    assert tenant.emails() == ["jane@example.com"] * 2


@pytest.mark.parametrize("sent", [{"email": 1}, {"profile_type": "gone"}, {"profile_type": None}, {"statuses": "vip"}])
def test_a_profile_of_the_wrong_shape_is_rejected(tenant, sent):
    jane = tenant.store.add_profile("jane@example.com")
    assert tenant.ask("POST", "/profiles", json=sent).status_code == 422
    assert tenant.ask("PUT", f"/profiles/{jane}", json=sent).status_code == 422


def test_writing_statuses_to_a_profile_replaces_the_whole_set_which_is_the_trap(tenant):
    jane = tenant.store.add_profile("jane@example.com", statuses=["media"])
    answer = tenant.ask("PUT", f"/profiles/{jane}", json={"statuses": ["vip"]})
    assert answer.json()["data"]["statuses"] == ["vip"]
    assert tenant.held() == [("vip", "jane@example.com")]


def test_writing_a_profile_without_statuses_leaves_them_alone(tenant):
    jane = tenant.store.add_profile("jane@example.com", statuses=["media"])
    tenant.wait()
    answer = tenant.ask("PUT", f"/profiles/{jane}", json={"email": "Kim@example.com"}).json()["data"]
    assert (answer["email"], answer["statuses"]) == ("Kim@example.com", ["media"])
    assert answer["updated_at"] > answer["created_at"]
    assert tenant.emails(**{"filter[email]": "kim@example.com"}) == ["Kim@example.com"]


def test_a_deleted_profile_is_gone_and_takes_no_more_statuses(tenant):
    jane = tenant.store.add_profile("jane@example.com", statuses=["vip"])
    assert tenant.ask("DELETE", f"/profiles/{jane}").status_code == 204
    assert tenant.get(f"/profiles/{jane}").status_code == 404
    assert tenant.held() == []
    assert tenant.store.memberships(include_deleted=True) == [("vip", jane, "jane@example.com")]


def test_a_list_read_page_by_page_shows_each_write_at_once(tenant):
    filled(tenant)
    size = {"page[size]": 10, "filter[profile_type]": "active"}
    assert tenant.get("/profiles", **size).json()["meta"]["total"] == 20
    jane = tenant.store.add_profile("jane@example.com", created_at=1)
    first = tenant.get("/profiles", **size).json()
    assert (first["data"][0]["email"], first["meta"]["total"]) == ("jane@example.com", 21)
    tenant.store.delete_profile(jane)
    assert tenant.get("/profiles", **size).json()["meta"]["total"] == 20


def test_a_write_between_two_pages_moves_the_rows_of_the_second(tenant):
    filled(tenant)
    asked = {"page[size]": 8, "sort": "created_at"}
    first = tenant.emails(**asked)
    tenant.store.add_profile("jane@example.com", created_at=1)
    assert tenant.emails(**asked, **{"page[number]": 2})[0] == first[-1]


def test_a_list_by_status_loses_a_profile_the_moment_its_status_expires(tenant_of):
    tenant = tenant_of(period_days=1)
    for seconds in range(3):
        tenant.store.add_profile(f"p{seconds}@example.com", statuses=["vip"])
        tenant.wait()
    totals = []
    tenant.wait(86_400 - 4)
    for _ in range(6):
        answer = tenant.get("/profiles", **{"page[size]": 1, "filter[statuses][handle]": "vip"}).json()
        totals.append(answer["meta"]["total"])
        tenant.wait()
    assert totals == [3, 2, 1, 0, 0, 0]


def test_many_different_lists_are_read_side_by_side(tenant):
    filled(tenant)
    totals = set()
    for number in (1, 2):
        for kind in range(20):
            asked = {"page[size]": 5, "page[number]": number, "filter[profile_type]": "active", f"x{kind}": "1"}
            asked["sort"] = "created_at" if kind % 2 else "-created_at"
            asked["filter[email][in]"] = ",".join(f"p{each:02}@example.com" for each in range(kind + 1))
            totals.add((kind, tenant.get("/profiles", **asked).json()["meta"]["total"]))
    assert totals == {(kind, kind + 1) for kind in range(20)}
