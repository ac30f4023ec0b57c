"""Which way of reading costs the fewest requests. Pure: from what first pages told, before anything long is read."""

from collections.abc import Mapping

from msgspec import Struct

from omneo_reconcile.core.reading import WayName

FEW_PEOPLE = 3
"""From so many people on, asking for many emails in one request is worth the request that may show it does not work."""

_HANDFUL = 10
"""People, and requests of the plan that is about so few."""

_FEW_PAGES = 2
"""Pages beyond the first that are read whatever they save: they tell who is undeclared."""


class ListCost(Struct, frozen=True):
    """What the first page of a list tells of the rest.

    Attributes:
        rows: Profiles on it, at least.
        requests: Requests left to read it to its end, or None if no page tells how many there are.
    """

    rows: int
    requests: int | None


class StatusCost(Struct, frozen=True):
    """One status of the spec.

    Attributes:
        needed: The plan cannot do without the whole list of its holders.
        people: Whom the spec names for it.
        declared: Those of them who should hold it.
        holders: Its list of holders, or None if the tenant has none to give.
    """

    handle: str
    needed: bool
    people: int
    declared: int
    holders: ListCost | None


class Costs(Struct, frozen=True):
    """Everything the choice depends on.

    Attributes:
        statuses: Each status of the spec.
        people: Whom the spec names for any status, each once.
        people_a_request: How many people one request looks up.
        told: Rows tell statuses and type; else each person found takes one more request.
        spent: Requests sent so far.
        scan: The list of all profiles, or None if its first page was not asked for.
    """

    statuses: tuple[StatusCost, ...]
    people: int
    people_a_request: int
    told: bool
    spent: int
    scan: ListCost | None


class Choice(Struct, frozen=True):
    """How each status is read, and why.

    Attributes:
        ways: By handle: the list of its holders, the scan, or lookups of its people alone.
        reasons: By handle, for reviewers.
    """

    ways: Mapping[str, WayName]
    reasons: Mapping[str, str]


def choose(costs: Costs) -> Choice:
    """Returns the way for each status that takes the fewest requests in all.

    A list that the plan can do without is read if it costs no more than looking up everybody: it saves those lookups,
    and counts the undeclared. The scan takes the place of all lists and lookups where it is cheaper, or where a list
    that is needed is not to be had.
    """
    lists = _lists_worth_reading(costs)
    without_scan = _requests(costs, lists)
    if costs.scan is not None and _scan_is_cheaper(costs.scan, without_scan):
        why = _scan_reason(costs.scan, without_scan)
        return Choice(
            {status.handle: WayName.SCAN for status in costs.statuses},
            {status.handle: why for status in costs.statuses},
        )
    ways = {status.handle: WayName.HOLDERS if status.handle in lists else WayName.LOOKUP for status in costs.statuses}
    return Choice(ways, {status.handle: _reason(costs, status, ways[status.handle]) for status in costs.statuses})


def is_scan_worth_asking(costs: Costs) -> bool:
    """Tells whether the first page of all profiles is worth its request: the scan is needed, or may save a good part.

    It takes at least as many pages as the longest list of holders.
    """
    without_scan = _requests(costs, _lists_worth_reading(costs))
    if without_scan is None:
        return True
    longest = max((_pages(status.holders) for status in costs.statuses if status.holders), default=0)
    return without_scan - longest > max(10, without_scan // 10)


def is_filter_worth_trying(costs: Costs) -> bool:
    """Tells whether to find out now if the tenant understands many emails in one request.

    That is so where people are sure to be looked up, or where a list is only worth reading if they take one request
    each.
    """
    undecided = any(
        not status.needed and status.people >= FEW_PEOPLE and _left(status.holders) > _FEW_PAGES
        for status in costs.statuses
    )
    return undecided or _people_left(costs, _lists_worth_reading(costs)) >= FEW_PEOPLE


def is_worth_reading_instead(failed: ListCost, scan: ListCost) -> bool:
    """Tells whether all profiles are worth reading where a list of holders, which the plan needs, was not complete.

    Within reason: running again when less changes is the other way.
    """
    return scan.requests is not None and scan.requests <= 10 * _pages(failed) + 100


def _lists_worth_reading(costs: Costs) -> frozenset[str]:
    """Returns the statuses whose own list is read: those that need it, and of the others the cheapest first."""
    read = {status.handle for status in costs.statuses if status.needed and status.holders is not None}
    left: float = _allowance(costs, costs.people)
    for status in sorted(costs.statuses, key=lambda status: (_left(status.holders), status.handle)):
        requests = _left(status.holders)
        if status.handle in read or requests > max(_FEW_PAGES, min(left, _allowance(costs, status.people))):
            continue
        read.add(status.handle)
        left -= requests
    return frozenset(read)


def _allowance(costs: Costs, people: int) -> int:
    """Returns how many requests a list may cost in place of looking up so many people, or beside it, at the worst.

    As many as all else; for a handful of people so many that a plan stays a handful of requests.
    """
    own = costs.spent + _lookups(costs, people)
    return own if people > _HANDFUL else _HANDFUL - own


def _requests(costs: Costs, lists: frozenset[str]) -> int | None:
    """Returns the requests left without the scan, or None if a list that is needed is not to be had."""
    if any(status.needed and status.holders is None for status in costs.statuses):
        return None
    read = sum((status.holders.requests or 0) for status in costs.statuses if status.handle in lists and status.holders)
    return read + _lookups(costs, _people_left(costs, lists))


def _people_left(costs: Costs, lists: frozenset[str]) -> int:
    """Returns how many people are left to look up, at least, when these lists are read."""
    left = (
        max(0, status.declared - status.holders.rows) if status.holders and status.handle in lists else status.people
        for status in costs.statuses
    )
    return min(costs.people, sum(left))


def _lookups(costs: Costs, people: int) -> int:
    return -(-people // costs.people_a_request) + (0 if costs.told else people)


def _left(cost: ListCost | None) -> float:
    """Requests left for a list; endless where there is none, or nothing tells how long it is."""
    return float("inf") if cost is None or cost.requests is None else cost.requests


def _pages(cost: ListCost) -> int:
    return 1 + (cost.requests or 0)


def _scan_is_cheaper(scan: ListCost, without: int | None) -> bool:
    return without is None or (scan.requests is not None and scan.requests < without)


def _scan_reason(scan: ListCost, without: int | None) -> str:
    if without is None:
        return "the tenant has no list of holders to give, and a status needs its whole list"
    return f"all profiles take {scan.requests} more requests, lists and lookups {without}"


def _reason(costs: Costs, status: StatusCost, way: WayName) -> str:
    people = f"looking up {status.people} people takes {_lookups(costs, status.people)}"
    if status.holders is None:
        return f"the tenant has no list of holders to give; {people} requests"
    if way is WayName.HOLDERS and status.needed:
        return "the plan needs the whole list"
    left = "an unknown number of" if status.holders.requests is None else status.holders.requests
    return f"its list takes {left} more requests, {people}"
