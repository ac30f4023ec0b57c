"""Markdown for a comment on a pull request: what matters first, details folded, never too long to be posted.

Every value stands in a code span: there no forge looks for links, mentions, issues, pictures or HTML.
Source: CommonMark 0.31, Code spans; GitHub Flavored Markdown, Tables; read 2026-11-22.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from omneo_reconcile.formats.documents import Document, review_of
from omneo_reconcile.formats.escape import plain
from omneo_reconcile.formats.review import SERIOUS_FIRST, Group, Mark, Phrase, Review, Row, Section, Tone, Value

MOST_BYTES = 60_000
"""GitHub takes comments of 65,536 characters, and a pipeline adds its mark."""

_WHO_IS_WHO = (
    "A person shown as `j… #17` is the same one wherever that number stands; "
    "the line of the spec, or the saved plan, tells who it is."
)

_FRAMES_BYTES = 4_000  # what stands around rows that are cut
_MOST_PHRASES = 20
_THINGS = ("What", "Why", "Also")
_PEOPLE = ("Status", "Who", "Why", "Also", "Line")
_ALERTS = {Tone.LOSS: "WARNING", Tone.FAILURE: "CAUTION", Tone.WARNING: "IMPORTANT"}
_SHOWING_PEOPLE = {"plan", "receipt", "diff", "explanation"}


def as_markdown(document: Document) -> Iterator[str]:
    """Yields the document as Markdown of at most `MOST_BYTES` bytes in UTF-8; totals and fingerprint are never cut."""
    review = review_of(document)
    room = _Room(MOST_BYTES - _FRAMES_BYTES)
    head, foot = [*_head(review, room)], [*_foot(review, room)]
    room.charge([*head, *foot])
    body = [*_table(review, room), *_details(review, room)]
    yield from (f"{line}\n" for line in (*head, *body, *foot))


class _Room:
    """How many bytes are left."""

    def __init__(self, size: int) -> None:
        self._left = size

    def charge(self, lines: Iterable[str]) -> None:
        """Takes away what lines need that are shown in any case."""
        self._left -= sum(map(_size, lines))

    def fit(self, lines: Iterable[str], share: float = 1) -> Iterator[str]:
        """Yields the lines that fit into a share (0 to 1) of what is left."""
        spare = self._left * (1 - share)
        for line in lines:
            if self._left - _size(line) < spare:
                return
            self._left -= _size(line)
            yield line

    def first(self, phrases: Sequence[Phrase]) -> Iterator[str]:
        """Yields as many phrases of a list as a tenth of what was left has room for, and counts the others.

        They are charged by `charge`, with the lines that they stand in.
        """
        shown = [*_Room(self._left // 10).fit(map(_text, phrases[:_MOST_PHRASES]))]
        yield from shown
        if len(shown) < len(phrases):
            yield f"and {len(phrases) - len(shown)} more"


def _size(line: str) -> int:
    return len(line.encode()) + 1


def _head(review: Review, room: _Room) -> Iterator[str]:
    tenant = f" tenant={review.tenant}" if re.fullmatch(r"[a-z0-9-]{1,63}", review.tenant or "") else ""
    fingerprint = f" fingerprint={review.fingerprint}" if _is_hex(review.fingerprint) else ""
    yield f"<!-- omneo-reconcile {review.kind}{tenant}{fingerprint} -->"
    yield f"### {_text(review.title)}"
    yield ""
    if review.tone in _ALERTS:
        yield f"> [!{_ALERTS[review.tone]}]"
    yield f"> **{review.verdict}**"
    yield from (f"> - {line}" for line in room.first(review.losses))
    yield from (f"> - {review.refusal}: {line}" for line in room.first(review.refused))
    if review.not_done:
        yield ""
        yield review.not_done
    yield ""


def _foot(review: Review, room: _Room) -> Iterator[str]:
    odd = [_odd(mark) for mark in review.marks] if review.kind == "validation" else []
    if remarks := [*review.remarks, *odd]:
        yield from (f"- {line}" for line in room.first(remarks))
        yield ""
    if review.total:
        yield f"**{review.total}**"
        yield ""
    if review.kind in _SHOWING_PEOPLE:
        yield _WHO_IS_WHO
        yield ""
    if _is_hex(review.fingerprint):
        yield f"Fingerprint `{review.fingerprint}`"


def _odd(mark: Mark) -> Phrase:
    """Returns a warning, which stands nowhere else in a comment."""
    return ("Odd: ", *mark.message, *((", ", Value(str(mark.source))) if mark.source else ()))


def _is_hex(text: str | None) -> bool:
    return re.fullmatch(r"[0-9a-f]{64}", text or "") is not None


def _table(review: Review, room: _Room) -> Iterator[str]:
    """Yields the table of statuses, what is most serious first: at most a third of the room."""
    rows = [section.cells for section in sorted(review.sections, key=_how_serious) if section.cells]
    if not rows:
        return
    yield from _table_head(review.columns)
    shown = [*room.fit((_table_row(cells) for cells in rows), share=1 / 3)]
    yield from shown
    yield ""
    if len(shown) < len(rows):
        yield f"… and {len(rows) - len(shown)} more statuses, counted in the totals below."
        yield ""


def _how_serious(section: Section) -> tuple[bool, int]:
    tones = [SERIOUS_FIRST.index(group.tone) for group in section.groups]
    return not section.is_refused, min(tones, default=len(SERIOUS_FIRST))


def _details(review: Review, room: _Room) -> Iterator[str]:
    """Yields what happens to whom, folded, what is most serious first."""
    for groups in sorted(_by_title(review).values(), key=lambda groups: SERIOUS_FIRST.index(groups[0].tone)):
        count = sum(group.count for group in groups)
        titles, cells = (_PEOPLE, _person) if review.columns else (_THINGS, _thing)
        rows = (_table_row(cells(row)) for row in chain.from_iterable(group.rows for group in groups))
        is_open = " open" if groups[0].tone is Tone.FAILURE else ""
        yield f"<details{is_open}><summary>{groups[0].title}: {count}</summary>"
        yield ""
        yield from _table_head(titles)
        shown = 0
        for line in room.fit(rows):
            yield line
            shown += 1
        yield ""
        if shown < count:
            yield f"… and {count - shown} more: too many for a comment, `--format json` shows all."
            yield ""
        yield "</details>"
        yield ""


def _by_title(review: Review) -> dict[str, list[Group]]:
    groups: defaultdict[str, list[Group]] = defaultdict(list)
    for section in review.sections:
        for group in section.groups:
            groups[group.title].append(group)
    return groups


def _person(row: Row) -> tuple[Phrase, ...]:
    source: Phrase = (Value(str(row.source)),) if row.source else ()
    status: Phrase = (Value(row.status),) if row.status else ()
    return (status, *_thing(row), source)


def _thing(row: Row) -> tuple[Phrase, ...]:
    details = chain.from_iterable(("; ", *detail) for detail in row.details)
    return row.who, row.why, tuple(details)[1:]


def _table_head(titles: tuple[str, ...]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield f"|{' --- |' * len(titles)}"


def _table_row(cells: tuple[Phrase, ...]) -> str:
    return f"| {' | '.join(map(_text, cells))} |"


def _text(phrase: Phrase) -> str:
    return "".join([part if isinstance(part, str) else code_span(part.text) for part in phrase])


def code_span(text: str) -> str:
    """Returns a value as a code span that ends where it should, in a table cell too.

    A bar would end the cell, and no escape of it in a code span is understood everywhere: a drawn line stands for it.
    """
    text = plain(text).replace("|", "\u2502") or " "
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if "`" in (text[0], text[-1]) else ""
    return f"{fence}{pad}{text}{pad}{fence}"
