"""The choice of the cheapest way of reading: a table of cases, and its laws."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omneo_reconcile.core.choice import (
    Costs,
    ListCost,
    StatusCost,
    choose,
    is_filter_worth_trying,
    is_scan_worth_asking,
    is_worth_reading_instead,
)


def pages(rows, size=100):
    """A list of so many rows: its first page is read, the others cost a request each."""
    return ListCost(rows, max(1, -(-rows // size)) - 1)


def vip(people=0, live=None, *, needed=False, handle="vip"):
    return StatusCost(handle, needed, people, people, None if live is None else pages(live))


def costs(*statuses, people=None, many=1, told=True, spent=3, scan=None):
    people = sum(status.people for status in statuses) if people is None else people
    return Costs(statuses, people, many, told, spent, pages(scan) if isinstance(scan, int) else scan)


class Case(NamedTuple):
    costs: Costs
    ways: str
    scan_asked: bool = False
    filter_tried: bool = False


CASES = {
    "in sync: the list alone": Case(costs(vip(100_000, 100_000)), "holders", filter_tried=True),
    "in sync, many emails a request: the list, which also counts the undeclared": Case(
        costs(vip(100_000, 100_000), many=100), "holders", filter_tried=True
    ),
    "exclusive and in sync: nobody is left to look up": Case(costs(vip(100_000, 100_000, needed=True)), "holders"),
    "exclusive with newcomers: they will be looked up": Case(
        costs(vip(101_000, 100_000, needed=True), many=100), "holders", filter_tried=True
    ),
    "newcomers one by one: all profiles may be cheaper, so their first page is asked for": Case(
        costs(vip(101_000, 100_000, needed=True)), "holders", scan_asked=True, filter_tried=True
    ),
    "and they are, if there are few": Case(
        costs(vip(101_000, 100_000, needed=True), scan=101_500), "scan", scan_asked=True, filter_tried=True
    ),
    "and they are not, if there are many": Case(
        costs(vip(101_000, 100_000, needed=True), scan=1_000_000), "holders", scan_asked=True, filter_tried=True
    ),
    "five listed of many holders: looked up": Case(costs(vip(5, 50_000)), "lookup", filter_tried=True),
    "five listed of a few pages of holders: counted": Case(costs(vip(5, 300)), "holders"),
    "five listed of five pages: the list would cost as much again": Case(
        costs(vip(5, 500)), "lookup", filter_tried=True
    ),
    "a hundred listed of fifty pages: the list saves lookups": Case(costs(vip(100, 5_000)), "holders", False, True),
    "the same where one request looks up all": Case(costs(vip(100, 5_000), many=100), "lookup", False, True),
    "no filter and few people: looked up": Case(costs(vip(5)), "lookup", filter_tried=True),
    "no filter and most of the profiles: all of them": Case(
        costs(vip(2_500), scan=3_000), "scan", scan_asked=True, filter_tried=True
    ),
    "the same where many emails a request are cheaper still": Case(
        costs(vip(2_500), many=100, scan=3_000), "lookup", scan_asked=True, filter_tried=True
    ),
    "no filter and a list that is needed: all profiles, whatever they cost": Case(
        costs(vip(5, needed=True), scan=1_000_000), "scan", scan_asked=True, filter_tried=True
    ),
    "needed, and nothing tells how long it is": Case(
        costs(StatusCost("vip", True, 5, 5, ListCost(100, None))), "holders"
    ),
    "not needed, and nothing tells how long it is": Case(
        costs(StatusCost("vip", False, 5, 5, ListCost(100, None))), "lookup", filter_tried=True
    ),
    "rows that do not tell statuses cost a request each": Case(
        costs(StatusCost("vip", False, 50, 50, ListCost(200, 201)), told=False), "lookup", filter_tried=True
    ),
    "and so does whoever is looked up: the list takes less than two for each": Case(
        costs(StatusCost("vip", False, 50, 50, ListCost(50, 80)), told=False), "holders", filter_tried=True
    ),
    "two statuses of the same people: looked up once, which is less than all profiles": Case(
        costs(vip(1_000, handle="a"), vip(1_000, handle="b"), people=1_000, scan=150_000),
        "lookup lookup",
        scan_asked=True,
        filter_tried=True,
    ),
    "two long lists of the same people: the shorter saves their lookups": Case(
        costs(vip(1_000, 90_100, handle="a"), vip(1_000, 50_100, handle="b"), people=1_000),
        "lookup holders",
        scan_asked=True,
        filter_tried=True,
    ),
    "all profiles cost as much as the lists: the lists": Case(
        costs(vip(101_000, 100_000, needed=True), scan=200_000), "holders", scan_asked=True, filter_tried=True
    ),
    "nothing tells how many profiles there are: looked up": Case(
        costs(vip(2_500), scan=ListCost(100, None)), "lookup", scan_asked=True, filter_tried=True
    ),
    "a list without an end beside a short one: the short one alone": Case(
        costs(StatusCost("a", False, 50, 50, ListCost(100, None)), vip(50, 300, handle="b")),
        "lookup holders",
        scan_asked=True,
        filter_tried=True,
    ),
    "a plan of nothing": Case(costs(), ""),
    "two statuses: each by its own cost": Case(
        costs(vip(5, 50_000, handle="a"), vip(1_000, 1_000, handle="b")), "lookup holders", filter_tried=True
    ),
    "many long lists of the same people: no more of them than the people cost": Case(
        costs(*(vip(1_000, 60_000, handle=handle) for handle in "abc"), people=1_000),
        "holders lookup lookup",
        scan_asked=True,
        filter_tried=True,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_cheapest_way_is_chosen(case):
    choice = choose(case.costs)
    assert " ".join(choice.ways[status.handle] for status in case.costs.statuses) == case.ways
    assert is_scan_worth_asking(case.costs) is case.scan_asked
    assert is_filter_worth_trying(case.costs) is case.filter_tried
    assert all(choice.reasons[status.handle] for status in case.costs.statuses)


def test_the_reason_names_what_was_weighed():
    assert choose(costs(vip(5, 50_000))).reasons == {
        "vip": "its list takes 499 more requests, looking up 5 people takes 5"
    }
    assert choose(costs(vip(2_500), scan=3_000)).reasons == {
        "vip": "all profiles take 29 more requests, lists and lookups 2500"
    }


@pytest.mark.parametrize(("scan", "worth"), [(100, True), (1_099, True), (1_200, False), (None, False)])
def test_all_profiles_take_the_place_of_an_incomplete_list_within_reason(scan, worth):
    assert is_worth_reading_instead(ListCost(10_000, 99), ListCost(10**6, scan)) is worth


counts = st.integers(0, 10_000)
lists = st.none() | st.builds(ListCost, counts, st.none() | counts)
some_costs = st.builds(
    Costs,
    st.lists(
        st.builds(StatusCost, st.sampled_from("abcde"), st.booleans(), counts, counts, lists),
        max_size=5,
        unique_by=lambda status: status.handle,
    ).map(tuple),
    counts,
    st.integers(1, 100),
    st.booleans(),
    counts,
    lists,
)


@given(some_costs)
def test_a_list_that_is_needed_is_read_wherever_there_is_one(costs):
    ways = choose(costs).ways
    for status in costs.statuses:
        if status.needed and (status.holders or costs.scan):
            assert ways[status.handle] != "lookup"
        if status.holders is None:
            assert ways[status.handle] != "holders"


@given(some_costs)
def test_the_order_of_statuses_changes_nothing(costs):
    backwards = Costs(costs.statuses[::-1], costs.people, costs.people_a_request, costs.told, costs.spent, costs.scan)
    assert choose(backwards) == choose(costs)
