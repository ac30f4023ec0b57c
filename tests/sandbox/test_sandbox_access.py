"""Tokens, errors of the router, definitions and the list of requests."""

import asyncio

import pytest

from omneo_reconcile.sandbox import DEFAULT_TOKENS, Store, create_app


def test_a_known_token_is_valid(tenant):
    assert tenant.data("/auth/verify") == {"valid": True}


@pytest.mark.parametrize("header", ["Bearer nobody", "Basic sandbox", "", "sandbox"])
def test_a_bad_token_is_unauthenticated(tenant, header):
    answer = tenant.ask("GET", "/profiles", headers={"Authorization": header})
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthenticated."})


def test_a_token_that_may_only_read_may_not_write(tenant):
    refused = tenant.ask("POST", "/profile/status/batch.json", token="sandbox-read", json={})
    assert refused.status_code == 403
    assert "update-profiles" in refused.json()["message"]
    assert tenant.ask("GET", "/profiles", token="sandbox-read").status_code == 200


def test_a_known_token_keeps_the_scopes_it_was_given_when_the_file_is_opened_again(tmp_path):
    for _ in range(2):
        store = Store.open(tmp_path / "tenant.db")
        if store.scopes("sandbox") == frozenset(DEFAULT_TOKENS["sandbox"]):
            store.add_tokens({"sandbox": ("read-profiles",)})
        store.close()
    store = Store.open(tmp_path / "tenant.db")
    assert store.scopes("sandbox") == {"read-profiles"}
    store.close()


def test_each_list_needs_its_scope(tenant):
    tenant.store.add_tokens({"none": ()})
    assert [tenant.ask("GET", path, token="none").status_code for path in ("/profiles", "/statuses")] == [403, 403]
    assert tenant.ask("GET", "/auth/verify", token="none").status_code == 200


def test_an_unknown_path_is_not_found_and_a_wrong_method_not_allowed_both_as_json(tenant):
    answers = [
        tenant.get("/people"),
        tenant.get("/statuses/vip"),
        tenant.ask("PATCH", "/profiles"),
        tenant.get("/profiles/"),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 405, 404]
    assert all(answer.json()["message"] for answer in answers)


def test_definitions_are_listed_with_their_fields_and_found_by_exact_handle(tenant):
    rows = tenant.data("/statuses")
    assert [(row["id"], row["handle"], row["name"]) for row in rows] == [(1, "vip", "VIP"), (2, "media", "Media")]
    assert {"sort_order", "description", "period", "period_type", "timezone", "updated_at"} <= rows[0].keys()
    found = [tenant.data("/statuses", **{"filter[handle]": handle}) for handle in ("media", "medi", "MEDIA")]
    assert [len(rows) for rows in found] == [1, 0, 0]


def test_definitions_come_by_pages_or_all_in_a_plain_list(tenant_of):
    paged = tenant_of().get("/statuses", **{"page[size]": 1, "page[number]": 2}).json()
    assert ([row["handle"] for row in paged["data"]], paged["meta"]["total"]) == (["media"], 2)
    plain = tenant_of("definitions_list=plain").get("/statuses", **{"page[size]": 1}).json()
    assert (list(plain), len(plain["data"])) == (["data"], 2)


def test_a_definition_is_read_created_changed_and_deleted_with_its_memberships(tenant):
    created = tenant.ask("POST", "/statuses", json={"handle": "staff", "name": "Staff", "period": 30})
    assert created.status_code == 201
    path = f"/statuses/{created.json()['data']['id']}"
    assert (tenant.data(path)["period"], tenant.data(path)["period_type"]) == (30, "days")
    changed = tenant.ask("PUT", path, json={"name": "Our staff", "description": "All of us"}).json()["data"]
    assert (changed["handle"], changed["name"], changed["description"]) == ("staff", "Our staff", "All of us")
    tenant.store.add_profile("jane@example.com", statuses=["staff"])
    assert tenant.ask("DELETE", path).status_code == 204
    assert tenant.get(path).status_code == 404
    assert tenant.held() == []


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": "VIP"}, "handle"),
        ({"handle": "x"}, "name"),
        ({"handle": "vip", "name": "VIP"}, "handle"),
        ({"handle": "x", "name": 1}, "name"),
        ({"handle": "x", "name": "X", "period": "long"}, "period"),
        ({"handle": "x", "name": "X", "period": True}, "period"),
        ({"handle": "x", "name": "X", "description": 1}, "description"),
    ],
)
def test_a_definition_of_the_wrong_shape_or_with_a_taken_handle_is_rejected(tenant, sent, field):
    answer = tenant.ask("POST", "/statuses", json=sent)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])


def test_a_definition_cannot_take_the_handle_of_another(tenant):
    assert tenant.ask("PUT", "/statuses/1", json={"handle": "media"}).status_code == 422
    assert tenant.ask("PUT", "/statuses/1", json={"handle": "vip"}).status_code == 200


def test_every_request_is_noted_as_it_travelled(tenant):
    tenant.get("/profiles?filter[email]=a%2Bb@example.com")
    tenant.ask("DELETE", "/profile/status/batch.json")
    assert tenant.requests() == (
        ("GET", "/api/v3/profiles?filter[email]=a%2Bb@example.com"),
        ("DELETE", "/api/v3/profile/status/batch.json"),
    )
    assert tenant.app.state.requests == list(tenant.requests())


def test_the_application_starts_and_stops_as_asgi_servers_expect(tenant):
    asked = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    said = []

    async def receive():
        return next(asked)

    async def send(message):
        said.append(message["type"])

    asyncio.run(tenant.app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send))
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_the_clock_given_to_the_application_is_the_stores_from_then_on(tenant):
    jane = tenant.store.add_profile("jane@example.com")
    tenant.batch(jane, "vip")
    create_app(tenant.store, now=lambda: tenant.clock.seconds + 60)
    assert tenant.held() == [("vip", "jane@example.com")]
