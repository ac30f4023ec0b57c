"""The script of faults: which request gets which wrong answer."""

import json

import pytest

from omneo_reconcile.sandbox import Fault, load_faults

BATCH = "/profile/status/batch.json"


def codes(tenant, times, path="/statuses"):
    return [tenant.get(path).status_code for _ in range(times)]


def test_a_fault_meets_only_the_request_it_is_for(tenant_of):
    fault = Fault(nth=2, method="get", path="/statuses", status=429, headers={"Retry-After": "2"})
    tenant = tenant_of(faults=[fault])
    assert codes(tenant, 1, "/profiles") + codes(tenant, 1) == [200, 200]
    refused = tenant.get("/statuses")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "2")
    assert refused.json()["message"]
    assert codes(tenant, 2) == [200, 200]


def test_a_fault_lasts_as_many_requests_as_it_says_or_for_ever(tenant_of):
    assert codes(tenant_of(faults=[Fault(nth=2, times=2, status=503)]), 4) == [200, 503, 503, 200]
    assert codes(tenant_of(faults=[Fault(nth=2, times=None, status=503)]), 4) == [200, 503, 503, 503]


def test_the_first_fault_due_is_done_and_all_that_match_are_counted(tenant_of):
    tenant = tenant_of(faults=[Fault(nth=2, status=500), Fault(nth=2, times=2, status=502)])
    assert codes(tenant, 4) == [200, 500, 502, 200]


def test_a_fault_is_for_a_method(tenant_of):
    tenant = tenant_of(faults=[Fault(method="DELETE", status=500)])
    assert codes(tenant, 1) == [200]
    assert tenant.ask("DELETE", BATCH).status_code == 500


@pytest.mark.parametrize("path", ["filter[email]=a+b@", "statuses|profiles", r"/profiles\?.*a\+b"])
def test_the_path_is_a_piece_of_what_was_asked_or_a_regular_expression(tenant_of, path):
    tenant = tenant_of(faults=[Fault(path=path, status=500)])
    assert tenant.get("/auth/verify").status_code == 200
    assert tenant.get("/profiles", **{"filter[email]": "a+b@example.com"}).status_code == 500


@pytest.mark.parametrize(("body", "kind"), [("<h1>Bad gateway</h1>", "text/html"), ('{"a": 1}', "application/json")])
def test_the_body_of_a_fault_may_be_html(tenant_of, body, kind):
    answer = tenant_of(faults=[Fault(status=502, body=body)]).get("/statuses")
    assert answer.text == body
    assert answer.headers["content-type"].startswith(kind)


def test_a_request_answered_by_a_fault_is_noted_but_not_handled(tenant_of):
    tenant = tenant_of(faults=[Fault(status=500)])
    tenant.ask("POST", "/profiles", json={"email": "jane@example.com"})
    assert len(tenant.requests()) == 1
    assert tenant.emails() == []


def test_an_error_after_doing_it_loses_only_the_answer(tenant_of):
    tenant = tenant_of(faults=[Fault(method="POST", status=500, after=True)])
    jane = tenant.store.add_profile("jane@example.com")
    body = {"profiles": [{"profile_id": jane, "statuses": ["vip"]}]}
    assert tenant.ask("POST", BATCH, json=body).status_code == 500
    tenant.wait()
    assert tenant.held() == [("vip", "jane@example.com")]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_lying_tenant_accepts_and_reports_success_and_does_nothing(tenant_of, method):
    tenant = tenant_of(faults=[Fault(method=method, forget=True)])
    jane = tenant.store.add_profile("jane@example.com", statuses=["media"])
    batch = tenant.batch(jane, "vip" if method == "POST" else "media", method=method)
    tenant.wait()
    assert tenant.data(f"/batches/{batch}")["status"] == "success"
    assert tenant.held() == [("media", "jane@example.com")]


def test_a_tenant_may_lie_about_some_profiles_only(tenant_of):
    tenant = tenant_of(faults=[Fault(method="POST", forget=True, profile_ids=("kim",))])
    tenant.store.add_profile("jane@example.com", profile_id="jane")
    tenant.store.add_profile("kim@example.com", profile_id="kim")
    profiles = [{"profile_id": profile_id, "statuses": ["vip"]} for profile_id in ("jane", "kim")]
    answer = tenant.ask("POST", BATCH, json={"profiles": profiles})
    tenant.wait()
    assert tenant.data(f"/batches/{answer.json()['data']['batch_id']}")["success_count"] == "2"
    assert tenant.held() == [("vip", "jane@example.com")]


def test_a_tenant_may_do_nothing_and_lose_the_answer_too(tenant_of):
    tenant = tenant_of(faults=[Fault(method="POST", forget=True, after=True, status=504)])
    jane = tenant.store.add_profile("jane@example.com")
    body = {"profiles": [{"profile_id": jane, "statuses": ["vip"]}]}
    assert tenant.ask("POST", BATCH, json=body).status_code == 504
    tenant.wait()
    assert tenant.held() == []


def test_faults_are_read_from_lines_or_from_an_array():
    said = [
        {"nth": 3, "method": "GET", "path": None, "status": 429, "headers": {"Retry-After": "2"}, "body": None},
        {"forget": True, "profile_ids": ["a", "b"], "times": None},
    ]
    lines = "\n\n".join(json.dumps(each) for each in said)
    expected = (
        Fault(nth=3, method="GET", status=429, headers={"Retry-After": "2"}),
        Fault(forget=True, profile_ids=("a", "b"), times=None),
    )
    assert load_faults(lines) == load_faults(json.dumps(said)) == expected
    assert load_faults("") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[1]", "fault 1: not a JSON object"),
        ('{"status": 500}\n{"stauts": 500}', "fault 2: no key 'stauts'; known: nth, method"),
        ('{"status": "500"}', 'fault 1: status cannot be "500"'),
        ('{"status": 500, "nth": true}', "fault 1: nth cannot be true"),
        ('{"status": 500, "headers": {"Retry-After": 2}}', "fault 1: headers cannot be"),
        ('{"forget": true, "profile_ids": [1]}', "fault 1: profile_ids cannot be"),
        ("{}", "fault 1: needs a status, or forget"),
        ('{"status": 500, "forget": true}', "needs after"),
        ('{"status": 500, "profile_ids": []}', "profile_ids needs forget"),
        ('{"forget": true, "after": true}', "after needs a status"),
        ('{"status": 500, "nth": 0}', "count from 1"),
        ('{"status": 500, "times": 0}', "count from 1"),
        ('{"status": 99}', "status 99 is not between"),
        ('{"status": 500, "path": "["}', "no regular expression"),
    ],
)
def test_a_fault_that_makes_no_sense_is_an_error_of_one_line(text, message):
    with pytest.raises(ValueError, match="fault") as error:
        load_faults(text)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
