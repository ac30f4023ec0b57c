"""One page for people who review in a browser: who gains and loses what. It needs no other file and no network.

Values reach the page through its template alone, which escapes all that it is given; no attribute holds one.
Source: MDN, Content-Security-Policy, hash values of script-src and style-src; read 2026-11-22.
"""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib import resources
from itertools import islice

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from msgspec import Struct

from omneo_reconcile.formats.as_text import text_of
from omneo_reconcile.formats.documents import Document, review_of
from omneo_reconcile.formats.escape import plain, visible
from omneo_reconcile.formats.review import SERIOUS_FIRST, Group, Review, Row, Section, Tone

MOST_ROWS = 20_000
"""Rows on one page: 6 MB, which a browser opens in 2 s and filters in 0.2 s."""

_SIGNS = {
    Tone.FAILURE: ("!", "Problem"),
    Tone.LOSS: ("-", "Loss"),
    Tone.WARNING: ("?", "Attention"),
    Tone.GAIN: ("✓", "OK"),
    Tone.QUIET: ("=", "Nothing to do"),
}
_PEOPLE = ("Who and why", ("What", "Status", "Who", "Why", "Also", "Line"))
_TABLES = {
    "check": ("What was tried", ("Answer", "Part", "What", "More")),
    "failure": ("What went wrong", ("What", "Part", "Name", "Why", "Where")),
}
_LOSES = {"plan": ("loses it", "lose it"), "receipt": ("lost it", "lost it")}


class Kind(Struct, frozen=True):
    """One thing that happens, in all sections: groups of one title."""

    title: str
    sign: str
    tone: Tone
    parts: list[tuple[int, Group]]

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(group.count for _, group in self.parts)


class Line(Struct, frozen=True):
    """One row of the table, with the numbers of its kind and its section."""

    kind: int
    section: int
    row: Row


class Bar(Struct, frozen=True):
    """How many hold a status before or after.

    Attributes:
        count: None if they were not counted.
        change: How many of them lose it or are new, in words; empty if nobody.
        kept_percent: The length of the part that stays, of the longest bar of all.
        changed_percent: The length of the other part, likewise.
    """

    label: str
    tone: Tone
    count: int | None
    change: str = ""
    kept_percent: float = 0
    changed_percent: float = 0


def as_html(document: Document) -> Iterator[str]:
    """Yields the document as one page of HTML with its own style and script; the same bytes for the same document."""
    review = review_of(document)
    kinds = _kinds(review)
    rows = sum(kind.count for kind in kinds)
    title, headings = _TABLES.get(review.kind, _PEOPLE)
    return _template().generate(
        review=review,
        sign=_SIGNS[review.tone],
        kinds=kinds,
        has_cards=any(section.facts or section.cells for section in review.sections),
        bars=_bars(review),
        table_title=title,
        headings=headings,
        is_people=review.kind not in _TABLES,
        lines=islice(_lines(kinds), MOST_ROWS),
        rows=rows,
        most_rows=MOST_ROWS,
        css=_part("page.css"),
        js=_part("page.js"),
    )


def hash_source(text: str) -> str:
    """Returns what allows exactly this style or script in a Content Security Policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader(__package__, "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "plain": plain,
        "text": text_of,
        "thousands": "{:,}".format,
        "visible": visible,
        "hash_source": hash_source,
    }
    environment.tests["value"] = lambda part: not isinstance(part, str)
    return environment.get_template("page.html.jinja")


@cache
def _part(name: str) -> str:
    return resources.files(__package__).joinpath("page", name).read_text(encoding="utf-8")


def _kinds(review: Review) -> list[Kind]:
    """Returns what happens, most serious first."""
    parts: defaultdict[str, list[tuple[int, Group]]] = defaultdict(list)
    for number, section in enumerate(review.sections):
        for group in section.groups:
            parts[group.title].append((number, group))
    kinds = [Kind(title, groups[0][1].sign, groups[0][1].tone, groups) for title, groups in parts.items()]
    return sorted(kinds, key=lambda kind: SERIOUS_FIRST.index(kind.tone))


def _lines(kinds: list[Kind]) -> Iterator[Line]:
    for number, kind in enumerate(kinds):
        for section, group in kind.parts:
            for row in group.rows:
                yield Line(number, section, row)


def _bars(review: Review) -> list[tuple[Bar, ...]]:
    """Returns for each section how many hold it before and after; no bars where there is nobody to count."""
    loses = _LOSES.get(review.kind)
    if loses is None:
        return [()] * len(review.sections)
    counts = (count for section in review.sections for count in (section.before, section.after))
    longest = max(filter(None, counts), default=1)
    return [
        (
            _bar(("Before", *loses), section, Tone.LOSS, section.before, longest),
            _bar(("After", "new", "new"), section, Tone.GAIN, section.after, longest),
        )
        for section in review.sections
    ]


def _bar(words: tuple[str, str, str], section: Section, tone: Tone, count: int | None, longest: int) -> Bar:
    label, one, many = words
    if count is None:
        return Bar(label, tone, None)
    changed = min(count, sum(group.count for group in section.groups if group.tone is tone))
    change = f"{changed:,} {one if changed == 1 else many}" if changed else ""
    return Bar(label, tone, count, change, 100 * (count - changed) / longest, 100 * changed / longest)
