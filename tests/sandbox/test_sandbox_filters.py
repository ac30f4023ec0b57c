"""Finding profiles: each filter is a hint, and may find too much or too little."""

import pytest


@pytest.fixture
def people_of(tenant_of):
    def make(*settings):
        tenant = tenant_of(*settings)
        tenant.store.add_profile("Jane@example.com", statuses=["vip"], profile_id="1", created_at=1)
        tenant.store.add_profile("jane@example.com.au", statuses=["media"], profile_id="2", created_at=2)
        tenant.store.add_profile("a+b@example.com", profile_type="pending", profile_id="3", created_at=3)
        return tenant

    return make


def found(tenant, **filters):
    return "".join(row["id"] for row in tenant.data("/profiles", **filters))


@pytest.mark.parametrize(
    ("settings", "asked", "ids"),
    [
        ([], "jane@example.com", "1"),
        (["email_case=matters"], "jane@example.com", ""),
        (["email_case=matters"], "Jane@example.com", "1"),
        (["email_filter=prefix"], "jane@example.com", "12"),
        (["email_filter=prefix", "email_case=matters"], "jane", "2"),
        (["email_stored=lowered", "email_case=matters"], "jane@example.com", "1"),
        (["email_stored=lowered", "email_case=matters"], "Jane@example.com", ""),
        ([], "jane@example", ""),
        ([], "a+b@example.com", "3"),
    ],
)
def test_an_email_is_found_as_the_dialect_compares_it(people_of, settings, asked, ids):
    assert found(people_of(*settings), **{"filter[email]": asked}) == ids


def test_a_plus_that_travels_as_it_is_becomes_a_space_and_finds_nobody(people_of):
    assert people_of().data("/profiles?filter[email]=a+b@example.com") == []
    assert len(people_of().data("/profiles?filter[email]=a%2Bb@example.com")) == 1


def test_a_tenant_may_store_emails_in_lower_case(people_of):
    tenant = people_of("email_stored=lowered")
    assert tenant.data("/profiles/1")["email"] == "jane@example.com"
    assert ("vip", "1", "jane@example.com") in tenant.store.memberships()


@pytest.mark.parametrize(
    ("settings", "ids"),
    [
        ([], "13"),
        (["email_case=matters"], "3"),
        (["email_in=ignored"], "123"),
        (["email_in=literal"], ""),
        (["email_in=first"], "1"),
        (["email_in=first", "email_case=matters"], ""),
    ],
)
def test_many_emails_are_asked_in_one_call_or_that_filter_is_ignored_or_takes_one_email_only(people_of, settings, ids):
    assert found(people_of(*settings), **{"filter[email][in]": "jane@example.com,a+b@example.com"}) == ids


def test_asking_many_emails_in_one_call_may_be_rejected(people_of):
    answer = people_of("email_in=rejected").get("/profiles", **{"filter[email][in]": "a@x.com"})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["filter.email.in"])


@pytest.mark.parametrize(
    ("dialect", "brackets", "dotted"),
    [("brackets", "1", "123"), ("dotted", "123", "1"), ("both", "1", "1"), ("neither", "123", "123")],
)
def test_a_form_of_the_status_filter_that_does_not_work_returns_every_profile(people_of, dialect, brackets, dotted):
    tenant = people_of(f"status_filter={dialect}")
    assert found(tenant, **{"filter[statuses][handle]": "vip"}) == brackets
    assert found(tenant, **{"filter[statuses.handle]": "vip"}) == dotted


def test_a_form_of_the_status_filter_that_does_not_work_may_be_rejected(people_of):
    tenant = people_of("status_filter=brackets", "status_filter_other=rejected")
    assert found(tenant, **{"filter[statuses][handle]": "vip"}) == "1"
    assert tenant.get("/profiles", **{"filter[statuses.handle]": "vip"}).status_code == 422


def test_a_form_of_the_status_filter_that_does_not_work_may_match_nobody(people_of):
    tenant = people_of("status_filter=brackets", "status_filter_other=empty")
    assert found(tenant, **{"filter[statuses][handle]": "vip"}) == "1"
    assert found(tenant, **{"filter[statuses.handle]": "vip"}) == ""


def test_the_status_filter_finds_nobody_for_a_handle_with_no_definition(people_of):
    assert found(people_of(), **{"filter[statuses][handle]": "vpi"}) == ""


def test_filters_by_type_and_id_narrow_each_other_and_unknown_ones_are_ignored(people_of):
    tenant = people_of()
    assert found(tenant, **{"filter[profile_type]": "pending"}) == "3"
    assert found(tenant, **{"filter[id]": "2"}) == "2"
    assert found(tenant, **{"filter[id]": "2", "filter[profile_type]": "pending"}) == ""
    assert found(tenant, **{"filter[shoe_size]": "9", "search": "jane"}) == "123"
