"""Wire to values: every shape that is known, and any other without an exception or a wrong "none"."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omneo_reconcile.core.model import Profile
from omneo_reconcile.tenant import any_json, wire
from omneo_reconcile.tenant.batches import batch_id, batch_state, server_words

ORIGINAL = {"id": 7, "handle": "vip", "name": "Very Important", "expires_at": None, "is_active": True}
EXPIRED = {**ORIGINAL, "is_active": False}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
FIELDS = ("id", "email", "profile_type", "statuses", "statuses_original")
entry = st.fixed_dictionaries({}, optional=dict.fromkeys(("handle", "name", "is_active", "expires_at"), json_values))
rows = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, json_values | st.lists(entry, max_size=3)))
envelopes = st.fixed_dictionaries(
    {"data": json_values | rows | st.lists(rows)},
    optional={
        "meta": st.dictionaries(st.sampled_from(["total", "per_page", "last_page"]), json_values),
        "message": json_values,
        "errors": json_values | st.dictionaries(st.text(), json_values),
    },
)


def sent(body):
    """The JSON as it travels; the standard library writes numbers of any size."""
    return json.dumps(body).encode()


def row_of(fields):
    return msgspec.json.decode(sent(fields), type=wire.Row)


def profile(**fields):
    return wire.profile(row_of({"id": "p1", "email": "jane@example.com", "profile_type": "active", **fields}))


def held(**fields):
    return profile(**fields).statuses


@given(body=json_values | envelopes)
def test_no_json_makes_it_raise(body):
    body = sent(body)
    page = wire.page(body)
    for row in page.rows if page else ():
        wire.profile(row)
    if page:
        assert (page.pages(page.size) or 1) >= 1
        assert page.rows_in_all >= len(page.rows)
    wire.single(body)
    batch_id(body)
    state = batch_state(body)
    assert state is None or state.settled in {True, False}
    assert "\n" not in server_words(body)


@given(row=rows)
def test_a_row_never_tells_of_statuses_that_it_does_not_list(row):
    """Told means a list was there, understood to the last entry; whatever else is in the row, it is "not told"."""
    told = wire.profile(row_of({**row, "id": "p1", "email": None})).statuses
    listed = row.get("statuses", row.get("statuses_original"))
    entries = listed if isinstance(listed, list) else [None]
    handles = [entry.get("handle") if isinstance(entry, dict) else entry for entry in entries]
    assert (told is None) is not all(isinstance(handle, str) for handle in handles)


@pytest.mark.parametrize(
    "number", ["9" * 5000, 10**400, -(10**400), 1.5, "1.5", "-1", "", "²", "٣", None, True, [], {}]
)
def test_a_count_that_counts_nothing_is_not_told(number):
    assert any_json.number(number) is None
    assert batch_state(sent({"data": {"total_count": number}})).total is None


@pytest.mark.parametrize("number", [250, "250", " 250 ", "00250"])
def test_counts_are_numbers_or_text(number):
    assert any_json.number(number) == 250


@pytest.mark.parametrize(
    ("told", "text"),
    [("a", "a"), (" a ", "a"), (7, "7"), ("", None), ("  ", None), (None, None), (True, None), (1.5, None), ([], None)],
)
def test_ids_are_text_or_numbers(told, text):
    assert any_json.text(told) == text


@pytest.mark.parametrize("statuses", [["vip"], [{"handle": "vip"}], [ORIGINAL], [{**ORIGINAL, "is_active": 1}]])
def test_statuses_are_handles_or_objects(statuses):
    assert held(statuses=statuses) == {"vip"}
    assert held(statuses=statuses, statuses_original=[ORIGINAL]) == {"vip"}
    assert held(statuses=statuses, statuses_original=[]) == {"vip"}
    assert held(statuses_original=statuses) == {"vip"}


@pytest.mark.parametrize("inactive", [False, 0, "0", "false"])
def test_a_status_that_either_list_shows_as_inactive_is_not_held(inactive):
    expired = {**ORIGINAL, "is_active": inactive}
    assert held(statuses=[expired], statuses_original=[ORIGINAL]) == set()
    assert held(statuses=["vip", "media"], statuses_original=[expired]) == {"media"}
    assert held(statuses=[], statuses_original=[expired]) == set()
    assert held(statuses_original=[expired]) == set()


@pytest.mark.parametrize("order", [1, -1])
def test_one_that_ran_out_beside_a_new_one_is_held(order):
    both = [EXPIRED, ORIGINAL][::order]
    assert held(statuses=["vip"], statuses_original=both) == {"vip"}
    assert held(statuses=both) == {"vip"}


def test_a_name_in_place_of_a_handle_is_taken_where_the_objects_explain_it():
    assert held(statuses=["Very Important", "x"], statuses_original=[ORIGINAL]) == {"vip", "x"}
    assert held(statuses=["Very Important"], statuses_original=[EXPIRED]) == set()
    assert held(statuses=["vip"], statuses_original=[ORIGINAL, {"handle": "gold", "name": "vip"}]) == {"vip"}


@pytest.mark.parametrize("odd", [1.5, 1e3, True, [], ["VIP"], {"en": "VIP"}])
def test_an_odd_name_or_activity_of_a_status_says_nothing_of_the_others(odd):
    assert held(statuses=["vip"], statuses_original=[{**EXPIRED, "name": odd}]) == set()
    assert held(statuses=["vip"], statuses_original=[EXPIRED, {"handle": "media", "is_active": odd}]) == set()
    assert held(
        statuses=["vip"],
        statuses_original=[{"handle": "gold", "name": "vip"}, {**ORIGINAL, "handle": "x", "name": odd}],
    ) == {"gold"}
    assert held(statuses=[{"handle": "vip", "name": odd, "is_active": odd}]) == {"vip"}


@pytest.mark.parametrize(
    "statuses", [None, {}, "vip", 7, [7], [None], [["vip"]], [{}], [{"id": 7}], ["vip", 7], [{"handle": 7}]]
)
def test_statuses_that_cannot_be_understood_are_not_told(statuses):
    assert held(statuses=statuses) is None
    assert held(statuses=statuses, statuses_original=[ORIGINAL]) is None
    assert held(statuses_original=statuses) is None


def test_statuses_that_are_missing_are_not_told_and_an_empty_list_is_none_held():
    assert held() is None
    assert held(statuses=[]) == frozenset()
    assert held(statuses=[], statuses_original=None) == frozenset()


def test_a_row_that_does_not_say_whose_it_is_tells_nothing():
    """A holder without an email may lose the status: one whose email was left out of the row must not look like it."""
    assert wire.profile(row_of({"id": 1, "profile_type": "active", "statuses": ["vip"]})) == Profile(
        "1", None, "active", None
    )
    for odd in (7, [], {}, True):
        assert wire.profile(row_of({"id": 1, "email": odd, "statuses": ["vip"]})).statuses is None
    assert held(email=None, statuses=["vip"]) == {"vip"}
    assert held(email="", statuses=["vip"]) == {"vip"}


def test_types_are_words_in_any_case_or_not_told():
    assert profile(profile_type="Active").type == "active"
    assert profile(profile_type="Wizard").type == "wizard"
    assert profile(profile_type=None).type is None
    assert profile(profile_type=["active"]).type is None
    assert wire.profile(row_of({"id": "p1"})).type is None


@pytest.mark.parametrize("profile_id", [None, "", " ", True, [], 1.5])
def test_a_row_without_an_id_is_no_profile(profile_id):
    assert wire.profile(row_of({"id": profile_id, "email": "jane@example.com"})) is None
    assert wire.profile(row_of({"email": "jane@example.com"})) is None


@pytest.mark.parametrize(
    "body", [None, [], "x", {}, {"data": None}, {"data": {}}, {"data": "x"}, {"data": [1]}, {"data": [{}, None]}]
)
def test_what_is_no_list_is_no_page(body):
    assert wire.page(sent(body)) is None


@pytest.mark.parametrize(
    ("meta", "pages"),
    [
        ({"total": 250, "per_page": 100, "last_page": 9}, 3),
        ({"total": "250", "per_page": "100"}, 3),
        ({"total": 0, "per_page": 15}, 1),
        ({"total": 10**17, "per_page": 1}, 10**17),
        ({"last_page": 4}, 4),
        ({"total": 250, "per_page": 0, "last_page": 4}, 4),
        ({"total": 250}, None),
        ({}, None),
        (None, None),
        ([], None),
    ],
)
def test_the_number_of_pages_is_told_in_several_ways_or_not(meta, pages):
    page = wire.page(sent({"data": [], "meta": meta}))
    assert page.pages(page.size) == pages


@pytest.mark.parametrize("counts", [str, int])
@pytest.mark.parametrize(
    ("status", "processed", "settled", "failed"),
    [
        ("pending", 0, False, False),
        ("pending", 2, True, False),
        ("success", 0, True, False),
        ("Success", 2, True, False),
        ("failed", 1, True, True),
        ("wobbling", 1, False, False),
    ],
)
def test_a_batch_is_finished_by_its_word_or_its_counts(counts, status, processed, settled, failed):
    body = {"data": {"id": 7, "status": status, "processed_count": counts(processed), "total_count": counts(2)}}
    state = batch_state(sent(body))
    assert (state.settled, state.failed, state.total) == (settled, failed, 2)


@pytest.mark.parametrize("items", [None, "x", {}, [], [None, 1, "x"], [{"status": "pending", "entity_id": "p1"}]])
def test_a_batch_without_failed_items_names_nobody(items):
    assert batch_state(sent({"data": {"items": items}})).failed_items == {}


def test_a_failed_item_is_named_with_the_servers_words_but_no_email():
    items = [
        {"entity_id": 1, "status": "failed", "error": "no\nsuch <jane@example.com> here"},
        {"entity_id": "p2", "status": "FAILED", "error": None},
    ]
    assert batch_state(sent({"data": {"items": items}})).failed_items == {
        "1": "no such (email) here",
        "p2": "no reason given",
    }


@pytest.mark.parametrize("body", [None, [], {}, {"data": []}, {"data": None}])
def test_what_is_no_batch_has_no_state_and_no_id(body):
    assert batch_state(sent(body)) is None
    assert batch_id(sent(body)) is None


@pytest.mark.parametrize("data", [{"batch_id": "7"}, {"batch_id": 7}, {"id": 7}, {"batch_id": None, "id": "7"}])
def test_a_batch_id_is_text_or_a_number(data):
    assert batch_id(sent({"data": data})) == "7"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"message": "Invalid.", "errors": {"profiles": ["Too many.", "Invalid."]}}, "Invalid.; Too many."),
        ({"message": "bad jane@example.com\n::error::"}, "bad (email) ::error::"),
        ({"message": "see /x?filter=jane%40example.com"}, "see (email)"),
        ({"errors": {"a": [None, 7, {}], "b": "x"}}, "no reason given; 7"),
        ({}, "no reason given"),
        (None, "no reason given"),
    ],
)
def test_the_servers_words_are_one_line_without_emails(body, words):
    assert server_words(sent(body)) == words


def test_the_servers_words_are_not_told_at_any_length():
    assert len(server_words(sent({"message": "x" * 10**6}))) <= 300


@given(body=json_values)
def test_what_travelled_as_json_is_taken_as_it_was_sent(body):
    wire.page(msgspec.json.encode({"data": [{"id": body}]}))
