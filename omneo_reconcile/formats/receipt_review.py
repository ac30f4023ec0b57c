"""What a reader is shown of a receipt: what became of each change, and whether it was proven."""

from collections.abc import Iterator

from omneo_reconcile.core.changes import Reason
from omneo_reconcile.core.receipt import ApplySummary, CountRow, Receipt, ResultRow
from omneo_reconcile.core.run import Outcome
from omneo_reconcile.formats import words
from omneo_reconcile.formats.picking import by_status, picked_by
from omneo_reconcile.formats.review import Group, Level, Mark, Phrase, Review, Row, Section, Tone, Value

# In the order in which they are shown: what needs somebody comes first.
_OUTCOMES = {
    Outcome.FAILED: ("Failed", "!", Tone.FAILURE),
    Outcome.UNCONFIRMED: ("Not confirmed", "?", Tone.WARNING),
    Outcome.HELD: ("Held", "~", Tone.WARNING),
    Outcome.REMOVED: ("Removed", "-", Tone.LOSS),
    Outcome.ADDED: ("Added", "+", Tone.GAIN),
    Outcome.ALREADY: ("Already so", "=", Tone.QUIET),
}
_WHY = {
    Outcome.FAILED: "{} failed",
    Outcome.UNCONFIRMED: "{} sent, and not seen yet",
    Outcome.HELD: "{} not sent",
    Outcome.REMOVED: "confirmed by reading back",
    Outcome.ADDED: "confirmed by reading back",
    Outcome.ALREADY: "{} not needed",
}
_COLUMNS = ("Status", "Removed", "Added", "Already so", "Failed", "Not confirmed", "Held", "Held it: before → after")


def receipt_review(receipt: Receipt) -> Review:
    """Returns what is shown of a receipt."""
    summary = receipt.summary
    commit: Phrase = (", commit ", Value(receipt.spec.commit)) if receipt.spec.commit else ()
    name, url = Value(receipt.tenant.name), Value(receipt.tenant.base_url)
    verdict, tone = _verdict(summary, is_whole=receipt.failure_reason is None)
    return Review(
        kind="receipt",
        title=("Applied to tenant ", name, " (", url, ")", *commit),
        verdict=verdict,
        tone=tone,
        total=receipt_line(summary),
        tenant=receipt.tenant.name,
        not_done=_not_done(receipt),
        columns=_COLUMNS,
        sections=tuple(_sections(receipt)),
        remarks=tuple(_remarks(receipt)),
        marks=tuple(_marks(receipt)),
        numbers={
            "changes": summary.added + summary.removed,
            "to_add": summary.added,
            "to_remove": summary.removed,
            "unresolved": len(receipt.unresolved),
        },
        fingerprint=receipt.fingerprint,
        failure_reason=receipt.failure_reason,
    )


def receipt_line(summary: ApplySummary) -> str:
    """Returns the last line of a receipt, which does not change from version to version. Source: contract, The plan."""
    return (
        f"Apply complete: {summary.added} added, {summary.removed} removed, {summary.failed} failed, "
        f"{summary.unconfirmed} unconfirmed."
    )


def _verdict(summary: ApplySummary, *, is_whole: bool) -> tuple[str, Tone]:
    done = f"{summary.added} added, {summary.removed} removed"
    counts = (summary.failed, "failed"), (summary.unconfirmed, "not confirmed"), (summary.held, "held")
    left = ", ".join(f"{number} {what}" for number, what in counts if number)
    if summary.failed:
        return f"Partly done: {left}; {done}. Run the same apply again.", Tone.FAILURE
    if left:
        return f"Not all is proven: {left}; {done}. Run the same apply again.", Tone.WARNING
    if not is_whole:
        return f"Stopped before the end: {done}. Run the same apply again.", Tone.FAILURE
    if not (summary.added or summary.removed):
        return "Nothing had to be changed.", Tone.QUIET
    return f"Applied and confirmed: {done}.", Tone.GAIN


def _not_done(receipt: Receipt) -> str:
    return words.left_alone(
        (len(receipt.unresolved), "listed membership", "unresolved"),
        (len(receipt.held), "change", "held back by the plan"),
    )


def _remarks(receipt: Receipt) -> Iterator[Phrase]:
    yield ("Plan ", Value(receipt.fingerprint), f", {words.number_of(len(receipt.batches), 'batch')}")
    also = (receipt.summary.already, "already so"), (receipt.summary.held, "held")
    if any(number for number, _ in also):
        yield (f"Also: {', '.join(f'{number} {word}' for number, word in also if number)}.",)
    if receipt.reads:
        who = "everybody" if all(read.complete for read in receipt.reads) else "not everybody"
        ways = ", ".join(f"{read.way} {read.requests}" for read in receipt.reads)
        yield (f"Read back: {who} (requests: {ways})",)


def _sections(receipt: Receipt) -> Iterator[Section]:
    rows = picked_by(lambda row: (row.status, row.outcome), receipt.changes)
    held, unresolved = picked_by(by_status, receipt.held), picked_by(by_status, receipt.unresolved)
    for count in receipt.counts:
        handle = count.status
        outcomes = [
            Group(title, sign, tone, rows[handle, outcome], _result)
            for outcome, (title, sign, tone) in _OUTCOMES.items()
        ]
        left_alone = [
            Group("Held back by the plan", "~", Tone.WARNING, held[handle], words.held_row),
            Group(words.UNRESOLVED, "?", Tone.WARNING, unresolved[handle], words.unresolved_row),
        ]
        numbers = {outcome: len(rows[handle, outcome]) for outcome in Outcome}
        yield Section(
            title=(Value(handle),),
            before=count.before,
            after=count.after,
            facts=((_holders(count),),),
            groups=tuple(group for group in [*outcomes, *left_alone] if group.count),
            cells=((Value(handle),), *_cells(numbers), (_before_and_after(count),)),
        )


def _cells(numbers: dict[Outcome, int]) -> Iterator[Phrase]:
    order = Outcome.REMOVED, Outcome.ADDED, Outcome.ALREADY, Outcome.FAILED, Outcome.UNCONFIRMED, Outcome.HELD
    for outcome in order:
        yield (str(numbers[outcome] or ""),)


def _holders(count: CountRow) -> str:
    if count.before is None or count.after is None:
        return "Holders were not counted"
    return f"{count.before} held it before, {count.after} after"


def _before_and_after(count: CountRow) -> str:
    if count.before is None or count.after is None:
        return "not counted"
    return f"{count.before} → {count.after}"


def _result(row: ResultRow) -> Row:
    details: tuple[Phrase, ...] = ((Value(row.detail),),) if row.detail else ()
    return Row(
        row.status, words.who(row.email, row.profile_id), (_WHY[row.outcome].format(row.action),), details, row.source
    )


def _marks(receipt: Receipt) -> Iterator[Mark]:
    declared = {count.status: count.source for count in receipt.counts}
    for row in receipt.changes:
        if row.outcome in {Outcome.FAILED, Outcome.UNCONFIRMED, Outcome.HELD}:
            level = Level.ERROR if row.outcome is Outcome.FAILED else Level.WARNING
            why: Phrase = (" (", Value(row.detail), ")") if row.detail else ()
            message = f"{row.action} of ", Value(row.status), " for profile ", Value(row.profile_id), *why
            # The line of a dropped person is none of today's files.
            source = declared.get(row.status) if row.reason is Reason.DROPPED else row.source
            yield Mark(level, str(row.outcome), message, source)
