"""How much a plan may change one status, evaluated in one place."""

import re
import shlex
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

from msgspec import Struct

from omneo_reconcile.core.model import Count, Limit, Limits, Share
from omneo_reconcile.errors import FailureName, Fault

_RULE = re.compile(r"(?P<number>\d{1,15}|\d{1,3}\.\d{1,9}(?=%))(?P<percent>%?)", re.ASCII)


class LimitName(StrEnum):
    """The two limits of a status."""

    MAX_ADDS = "max_adds"
    MAX_REMOVALS = "max_removals"


Overrides = Mapping[tuple[str, LimitName], int]
"""Exact counts that replace a limit, from `--allow-adds` and `--allow-removals`."""


class LimitCheck(Struct, frozen=True):
    """One limit, held against what a plan would do.

    Attributes:
        rule: The limit as the spec has it, such as ``25%``.
        allowed: Changes allowed, or None if that could not be computed.
        actual: Changes the plan would make.
        ok: False refuses the plan.
        override: The exact count that replaced the limit, or None.
    """

    status: str
    limit: LimitName
    rule: str
    allowed: int | None
    actual: int
    ok: bool
    override: int | None


def check_limits(
    status: str, limits: Limits, live: int | None, actual: Mapping[LimitName, int], overrides: Overrides
) -> tuple[LimitCheck, LimitCheck]:
    """Returns the checks of both limits of a status.

    Args:
        live: Profiles that hold the status now, or None if they were not counted.
        actual: How many changes of each kind the plan would make.
    """
    return (
        _check(status, LimitName.MAX_ADDS, limits.max_adds, live, actual[LimitName.MAX_ADDS], overrides),
        _check(status, LimitName.MAX_REMOVALS, limits.max_removals, live, actual[LimitName.MAX_REMOVALS], overrides),
    )


def allowed_changes(name: LimitName, limit: Limit, live: int | None) -> int | None:
    """Returns how many changes a limit allows, or None if that takes a count of live holders that is not there.

    Shares round down; a removal share never falls below one, so that a handful of members can lose one but not two
    unasked. An explicit 0 allows none. Source: contract, Limits.
    """
    match limit:
        case Count(number):
            return number
        case Share(percent):
            if percent == 0:
                return 0
            if live is None:
                return None
            at_least = 1 if name is LimitName.MAX_REMOVALS else 0
            return max(at_least, int(live * percent / 100))
        case _:
            assert_never(limit)


def parse_limit(text: str) -> Limit:
    """Returns the limit that `str` of a limit wrote: the form of ``rule`` in a plan, such as ``1000`` or ``25%``.

    Raises:
        ValueError: If it is none.
    """
    match = _RULE.fullmatch(text)
    if match is None or (Decimal(match["number"]) > 100 and match["percent"]):
        raise ValueError(text)
    return Share(Decimal(match["number"])) if match["percent"] else Count(int(match["number"]))


def _check(
    status: str, name: LimitName, limit: Limit, live: int | None, actual: int, overrides: Overrides
) -> LimitCheck:
    override = overrides.get((status, name))
    allowed = allowed_changes(name, limit if override is None else Count(override), live)
    needs_no_count = 1 if name is LimitName.MAX_REMOVALS else 0
    ok = actual <= (needs_no_count if allowed is None else allowed)
    return LimitCheck(status, name, str(limit), allowed, actual, ok, override)


def over_limit(check: LimitCheck) -> Fault:
    """Says by how much a plan is over a limit, and the way out."""
    verb, flag = ("add", "--allow-adds") if check.limit is LimitName.MAX_ADDS else ("remove", "--allow-removals")
    if check.allowed is None:
        what = f"would {verb} {check.actual}, and `{check.limit}: {check.rule}` cannot be computed without a count"
    else:
        rule = "" if check.rule == str(check.allowed) or check.override is not None else f" ({check.rule})"
        what = f"would {verb} {check.actual} but may {verb} at most {check.allowed}{rule}"
    way_out = f"check the list; if it is meant, pass {flag} {shlex.quote(f'{check.status}={check.actual}')}"
    return Fault(FailureName.OVER_LIMIT, what, f"status {check.status}", way_out)
