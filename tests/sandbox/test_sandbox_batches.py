"""The two calls that write statuses, and what became of them."""

import pytest

BATCH = "/profile/status/batch.json"


def body(*pairs):
    return {"profiles": [{"profile_id": profile_id, "statuses": list(handles)} for profile_id, handles in pairs]}


def status_of(tenant, batch_id):
    return tenant.data(f"/batches/{batch_id}")["status"]


def test_an_accepted_batch_is_queued_and_changes_nothing_before_it_is_due(tenant):
    jane = tenant.store.add_profile("jane@example.com")
    answer = tenant.ask("POST", BATCH, json=body((jane, ["vip"])))
    assert (answer.status_code, answer.json()["data"]["message"]) == (202, "Queued for processing.")
    assert tenant.held() == []
    tenant.wait()
    assert tenant.held() == [("vip", "jane@example.com")]


def test_adding_keeps_what_a_profile_holds_and_removing_takes_only_what_is_sent(tenant):
    jane = tenant.store.add_profile("jane@example.com", statuses=["media"])
    tenant.batch(jane, "vip")
    tenant.wait()
    assert tenant.held() == [("media", "jane@example.com"), ("vip", "jane@example.com")]
    tenant.batch(jane, "media", method="DELETE")
    tenant.wait()
    assert tenant.held() == [("vip", "jane@example.com")]


def test_adding_a_held_status_and_removing_one_not_held_succeed_and_change_nothing(tenant):
    jane = tenant.store.add_profile("jane@example.com", statuses=["media"])
    batches = [tenant.batch(jane, "media"), tenant.batch(jane, "vip", method="DELETE")]
    tenant.wait()
    assert [status_of(tenant, batch) for batch in batches] == ["success", "success"]
    assert tenant.held() == [("media", "jane@example.com")]


def test_a_handle_with_no_definition_is_ignored_in_silence(tenant):
    batch = tenant.batch(tenant.store.add_profile("jane@example.com"), "vpi")
    tenant.wait()
    assert status_of(tenant, batch) == "success"
    assert tenant.held() == []


def test_a_batch_tells_its_counts_and_items_as_it_goes_from_pending_to_success(tenant):
    jane = tenant.store.add_profile("jane@example.com")
    batch = tenant.batch(jane, "vip")
    pending = tenant.data(f"/batches/{batch}")
    assert (pending["status"], pending["processed_count"], pending["total_count"]) == ("pending", "0", 1)
    assert pending["items"][0]["status"] == "pending"
    tenant.wait()
    done = tenant.data(f"/batches/{batch}")
    assert (done["id"], done["status"], done["success_count"], done["failed_count"]) == (batch, "success", "1", "0")
    item = done["items"][0]
    assert (item["entity_id"], item["status"], item["error"]) == (jane, "success", None)


def test_an_unknown_batch_is_not_found(tenant):
    assert tenant.get("/batches/none").status_code == 404


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "profiles"),
        ({"profiles": []}, "profiles"),
        ({"profiles": "all"}, "profiles"),
        ({"profiles": ["jane"]}, "profiles.0"),
        ({"profiles": [{"statuses": ["vip"]}]}, "profiles.0.profile_id"),
        ({"profiles": [{"profile_id": 7, "statuses": ["vip"]}]}, "profiles.0.profile_id"),
        ({"profiles": [{"profile_id": "x"}]}, "profiles.0.statuses"),
        ({"profiles": [{"profile_id": "x", "statuses": [1]}]}, "profiles.0.statuses"),
        (["profiles"], "body"),
    ],
)
def test_a_body_of_the_wrong_shape_is_rejected_by_field(tenant, sent, field):
    answer = tenant.ask("DELETE", BATCH, json=sent)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert answer.json()["message"]


@pytest.mark.parametrize("content", [b"{", b"", b"\xff"])
def test_a_body_that_is_no_json_is_rejected(tenant, content):
    assert tenant.ask("POST", BATCH, content=content).status_code == 422


@pytest.mark.parametrize("status", [422, 413])
def test_a_batch_over_the_largest_size_gets_the_answer_of_the_dialect(tenant_of, status):
    tenant = tenant_of("batch_size_max=1", f"batch_oversize={status}")
    assert tenant.ask("POST", BATCH, json=body(("a", ["vip"]), ("b", ["vip"]))).status_code == status
    assert tenant.ask("POST", BATCH, json=body(("a", ["vip"]))).status_code == 202


@pytest.mark.parametrize(("dialect", "held"), [("merged", ["media", "vip"]), ("last", ["media"]), ("rejected", [])])
def test_a_profile_twice_in_one_batch_is_merged_or_the_last_wins_or_all_is_rejected(tenant_of, dialect, held):
    tenant = tenant_of(f"batch_same_profile={dialect}")
    jane = tenant.store.add_profile("jane@example.com")
    answer = tenant.ask("POST", BATCH, json=body((jane, ["vip"]), (jane, ["media"])))
    tenant.wait()
    assert answer.status_code == (202 if held else 422)
    assert [handle for handle, _ in tenant.held()] == held


def test_an_unknown_or_deleted_profile_may_reject_the_whole_batch(tenant_of):
    tenant = tenant_of("batch_unknown_profile=rejected")
    jane = tenant.store.add_profile("jane@example.com")
    gone = tenant.store.add_profile("gone@example.com", profile_type="deleted")
    answer = tenant.ask("POST", BATCH, json=body((jane, ["vip"]), (gone, ["vip"])))
    tenant.wait()
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["profiles.1.profile_id"])
    assert tenant.held() == []
    tenant.batch(jane, "vip")
    tenant.wait()
    assert tenant.held() == [("vip", "jane@example.com")]


@pytest.mark.parametrize(("dialect", "counts"), [("failed", ("1", "1")), ("silent", ("2", "0"))])
def test_an_unknown_profile_may_be_one_failed_item_or_nothing_at_all(tenant_of, dialect, counts):
    tenant = tenant_of(f"batch_unknown_profile={dialect}")
    jane = tenant.store.add_profile("jane@example.com")
    answer = tenant.ask("POST", BATCH, json=body((jane, ["vip"]), ("nobody", ["vip"])))
    tenant.wait()
    batch = tenant.data(f"/batches/{answer.json()['data']['batch_id']}")
    assert (batch["success_count"], batch["failed_count"]) == counts
    assert bool(batch["items"][1]["error"]) == (dialect == "failed")
    assert tenant.held() == [("vip", "jane@example.com")]


@pytest.mark.parametrize("word", ["success", "failed"])
def test_a_batch_that_failed_in_part_may_call_itself_either(tenant_of, word):
    tenant = tenant_of(f"batch_partly_failed={word}")
    jane = tenant.store.add_profile("jane@example.com")
    answer = tenant.ask("POST", BATCH, json=body((jane, ["vip"]), ("nobody", ["vip"])))
    tenant.wait()
    assert status_of(tenant, answer.json()["data"]["batch_id"]) == word


@pytest.mark.parametrize(
    ("dialect", "words"), [("sdk", ["pending", "failed"]), ("other", ["queued", "completed_with_errors"])]
)
def test_the_words_for_the_state_of_a_batch_may_be_others_than_the_sdks(tenant_of, dialect, words):
    tenant = tenant_of(f"batch_words={dialect}")
    batch = tenant.batch("nobody", "vip")
    before = status_of(tenant, batch)
    tenant.wait()
    assert [before, status_of(tenant, batch)] == words


def test_removing_a_status_not_held_may_fail_and_then_removes_nothing_of_that_profile(tenant_of):
    tenant = tenant_of("batch_not_held=failed")
    jane = tenant.store.add_profile("jane@example.com", statuses=["media"])
    batch = tenant.batch(jane, "vip", "media", method="DELETE")
    tenant.wait()
    assert status_of(tenant, batch) == "failed"
    assert tenant.held() == [("media", "jane@example.com")]
    batch = tenant.batch(jane, "media", method="DELETE")
    tenant.wait()
    assert status_of(tenant, batch) == "success"


@pytest.mark.parametrize(("dialect", "held"), [("merged", ["media", "vip"]), ("overwritten", ["vip"])])
def test_two_batches_in_flight_on_one_profile_may_overwrite_each_other(tenant_of, dialect, held):
    tenant = tenant_of(f"batch_writes={dialect}")
    jane = tenant.store.add_profile("jane@example.com")
    tenant.batch(jane, "media")
    tenant.batch(jane, "vip")
    tenant.wait()
    assert [handle for handle, _ in tenant.held()] == held


def test_a_batch_that_overlaps_with_none_overwrites_nothing(tenant_of):
    tenant = tenant_of("batch_writes=overwritten")
    jane = tenant.store.add_profile("jane@example.com", statuses=["media"])
    tenant.batch(jane, "vip")
    tenant.wait()
    tenant.batch(jane, "media", method="DELETE")
    tenant.batch("nobody", "media")
    tenant.wait()
    assert tenant.held() == [("vip", "jane@example.com")]


@pytest.mark.parametrize(("dialect", "kind"), [("uuid", str), ("number", int)])
def test_a_batch_id_is_a_uuid_or_a_number(tenant_of, dialect, kind):
    tenant = tenant_of(f"batch_id={dialect}")
    batch = tenant.batch("nobody", "vip")
    assert isinstance(batch, kind)
    assert tenant.data(f"/batches/{batch}")["id"] == batch


@pytest.mark.parametrize(("dialect", "counts"), [("strings", ["0", "1", "1"]), ("numbers", [0, 1, 1])])
def test_the_counts_of_a_batch_are_strings_or_numbers(tenant_of, dialect, counts):
    tenant = tenant_of(f"batch_counts={dialect}")
    batch = tenant.batch("nobody", "vip")
    tenant.wait()
    told = tenant.data(f"/batches/{batch}")
    assert [told[f"{name}_count"] for name in ("success", "failed", "processed")] == counts


def test_the_items_of_a_batch_may_be_left_empty(tenant_of):
    tenant = tenant_of("batch_items=empty")
    assert tenant.data(f"/batches/{tenant.batch('nobody', 'vip')}")["items"] == []


def test_a_batch_may_be_readable_only_after_some_reads_that_find_nothing(tenant_of):
    tenant = tenant_of("batch_hidden_reads=2")
    batch = tenant.batch("nobody", "vip")
    assert [tenant.get(f"/batches/{batch}").status_code for _ in range(4)] == [404, 404, 200, 200]


def test_reading_a_batch_may_need_a_scope_that_writing_does_not(tenant_of):
    tenant = tenant_of("batch_scope=read-batches")
    batch = tenant.batch("nobody", "vip")
    assert tenant.get(f"/batches/{batch}").status_code == 403
    tenant.store.add_tokens({"more": ("read-batches",)})
    assert tenant.ask("GET", f"/batches/{batch}", token="more").status_code == 200


def test_the_queue_takes_as_long_as_the_dialect_says(tenant_of):
    tenant = tenant_of("queue_seconds=30")
    tenant.batch(tenant.store.add_profile("jane@example.com"), "vip")
    tenant.wait(29)
    assert tenant.held() == []
    tenant.wait(1)
    assert len(tenant.held()) == 1


@pytest.mark.parametrize(("dialect", "done"), [("never", False), ("unsaid", True)])
def test_a_batch_that_never_settles_stays_pending_whether_its_work_is_done_or_not(tenant_of, dialect, done):
    tenant = tenant_of(f"batch_settles={dialect}")
    batch = tenant.batch(tenant.store.add_profile("jane@example.com"), "vip")
    tenant.wait(10_000)
    told = tenant.data(f"/batches/{batch}")
    assert (told["status"], told["processed_count"]) == ("pending", "0")
    assert bool(tenant.held()) == done
