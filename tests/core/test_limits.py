"""How much one plan may change, as a table."""

from decimal import Decimal

import pytest

from omneo_reconcile.core.limits import LimitName, allowed_changes, check_limits, over_limit, parse_limit
from omneo_reconcile.core.model import Count, Limits, Share

ADDS, REMOVALS = LimitName.MAX_ADDS, LimitName.MAX_REMOVALS


@pytest.mark.parametrize(
    ("name", "rule", "live", "allowed"),
    [
        (ADDS, "1000", 0, 1000),
        (ADDS, "50%", 3, 1),
        (ADDS, "50%", 1, 0),
        (ADDS, "50%", None, None),
        (ADDS, "0%", None, 0),
        (REMOVALS, "25%", 100, 25),
        (REMOVALS, "25%", 7, 1),
        (REMOVALS, "25%", 3, 1),
        (REMOVALS, "25%", 0, 1),
        (REMOVALS, "0.5%", 1000, 5),
        (REMOVALS, "0%", 1000, 0),
        (REMOVALS, "0", None, 0),
        (REMOVALS, "5", None, 5),
        (REMOVALS, "25%", None, None),
    ],
)
def test_a_limit_allows(name, rule, live, allowed):
    assert allowed_changes(name, parse_limit(rule), live) == allowed


@pytest.mark.parametrize(("removals", "ok"), [(0, True), (1, True), (2, False)])
def test_without_a_count_one_removal_passes_a_share_and_two_do_not(removals, ok):
    _, check = check_limits("vip", Limits(), None, {ADDS: 0, REMOVALS: removals}, {})
    assert check.ok is ok
    if not ok:
        assert "cannot be computed" in over_limit(check).what


def test_without_a_count_no_add_passes_a_share():
    limits = Limits(max_adds=Share(Decimal(10)))
    check, _ = check_limits("vip", limits, None, {ADDS: 1, REMOVALS: 0}, {})
    assert not check.ok


def test_an_override_replaces_its_own_limit_and_no_other():
    actual = {ADDS: 2000, REMOVALS: 50}
    adds, removals = check_limits("vip", Limits(), 100, actual, {("vip", REMOVALS): 50, ("staff", ADDS): 9999})
    assert (adds.ok, removals.ok) == (False, True)
    assert (adds.override, removals.override) == (None, 50)


@pytest.mark.parametrize("limit", [Count(7), Share(Decimal(25)), Share(Decimal("2.5"))])
def test_a_limit_is_read_back_as_it_is_written(limit):
    assert parse_limit(str(limit)) == limit


@pytest.mark.parametrize("text", ["many", "%", "a%"])
def test_what_is_no_limit_is_refused(text):
    with pytest.raises(ValueError, match=text):
        parse_limit(text)
