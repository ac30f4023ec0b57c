"""Documents for the formats, hostile ones and very large ones, and how those read them who show them."""

import re

from markdown_it import MarkdownIt
from msgspec.structs import replace

from omneo_reconcile.core.changes import Add, Reason, Remove
from omneo_reconcile.core.limits import LimitName, check_limits
from omneo_reconcile.core.model import Count, Limits, Source
from omneo_reconcile.core.plan import Plan, Summary, refusals
from omneo_reconcile.core.receipt import Counts, Receipt, make_receipt
from omneo_reconcile.core.run import Outcome, Result, Run
from omneo_reconcile.core.seal import seal
from simulated import NOON
from worlds import plan_for, spec_of, status_of


def plan_of_many(
    *, changes: int, removals: int = 0, statuses: int = 1, people: int | None = None, text: str = "Gold tier"
) -> Plan:
    """A plan of very many changes, spread over statuses and people, the removals first; a note on each."""
    plan = plan_for(spec_of(status_of("vip")), ())
    handles = [f"s{number}" for number in range(statuses)]
    rows = []
    for number in range(changes):
        kind, letter, reason = (Remove, "r", Reason.ABSENT) if number < removals else (Add, "a", Reason.DECLARED)
        person = f"{letter}{number % (people or changes)}"
        source = Source("specs/people.yaml", number + 1)
        rows.append(kind(handles[number % statuses], person, f"{person}@example.com", reason, source, text, None))
    counted = {handle: [0, 0] for handle in handles}
    for row in rows:
        counted[row.status][isinstance(row, Remove)] += 1
    limits = tuple(
        check
        for handle, (added, removed) in counted.items()
        for check in check_limits(
            handle,
            Limits(max_removals=Count(1_000_000)),
            100_000,
            {LimitName.MAX_ADDS: added, LimitName.MAX_REMOVALS: removed},
            {},
        )
    )
    plan = replace(
        plan,
        statuses=tuple(
            replace(plan.statuses[0], handle=handle, owner=text, live=100_000, add=added, remove=removed)
            for handle, (added, removed) in counted.items()
        ),
        changes=tuple(rows),
        limits=limits,
        summary=Summary(changes - removals, removals, 0, 0, 0, 0, 0),
    )
    refused = refusals(plan)
    return seal(replace(plan, failure_reason=refused[0].name if refused else None))


def receipt_of(plan: Plan, outcomes: dict[int, Outcome] | None = None) -> Receipt:
    """The receipt of an apply of a plan where every change was made, but for those given by their place."""
    done = [Outcome.ADDED if isinstance(change, Add) else Outcome.REMOVED for change in plan.changes]
    for place, outcome in (outcomes or {}).items():
        done[place] = outcome
    results = tuple(Result(change, outcome) for change, outcome in zip(plan.changes, done, strict=True))
    return make_receipt(plan, Run(results), Counts(), "0", NOON, NOON)


FORGE = MarkdownIt("gfm-like", {"html": True})  # tables, bare links and HTML, as on a forge


def shape(markdown: str) -> list[tuple[str, str]]:
    """Every element that a comment becomes, without its text; of our HTML and headings the text too."""
    return [
        (token.type, re.sub("[0-9a-f]{64}", "", token.content) if token.type.startswith("html") else "")
        for block in FORGE.parse(markdown)
        for token in (block, *(block.children or ()))
        if token.type != "text"
    ]


def obeyed(printed: str) -> list[str]:
    """The lines that a runner obeys: `::name::` behind spaces, and `##[name]` or `##vso[name]` anywhere."""
    # Source: actions/runner, ActionCommand.cs; Azure Pipelines, logging commands.
    lines = re.split(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", printed)
    return [line for line in lines if line.lstrip().startswith("::") or "##[" in line or "##vso[" in line]
