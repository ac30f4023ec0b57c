"""Plain text: who loses what, who gains what, and why; the last line is stable."""

from collections.abc import Iterator

from click import style
from msgspec import Struct
from rich.cells import cell_len

from omneo_reconcile.formats.documents import Document, review_of
from omneo_reconcile.formats.escape import plain, visible
from omneo_reconcile.formats.review import Group, Phrase, Review, Row, Section, Tone


class Look(Struct, frozen=True):
    """What the reader's place allows.

    Attributes:
        width: Columns of the terminal, or None to leave lines as long as they are.
        in_colour: Whether the terminal shows colours.
        most_rows: How many rows of a group are shown, or None for all.
    """

    width: int | None = None
    in_colour: bool = False
    most_rows: int | None = 100


PLAIN = Look()
_COLOURS = {Tone.LOSS: "red", Tone.GAIN: "green", Tone.WARNING: "yellow", Tone.FAILURE: "bright_red"}

Line = tuple[str, Tone]


def as_text(document: Document, look: Look = PLAIN) -> Iterator[str]:
    """Yields the document as lines of text."""
    return review_as_text(review_of(document), look)


def review_as_text(review: Review, look: Look) -> Iterator[str]:
    """Yields what is shown of a document as lines of text."""
    return (_laid_out(visible(line), tone, look) for line, tone in _lines(review, look))


def _laid_out(line: str, tone: Tone, look: Look) -> str:
    if look.width is not None and cell_len(line) > look.width:
        line = _folded(line, look.width)
    return (style(line, fg=_COLOURS.get(tone)) if look.in_colour and tone in _COLOURS else line) + "\n"


def _folded(line: str, width: int) -> str:
    """Returns a line folded at a width in columns, what follows indented; a word that is wider stays whole."""
    indent = " " * (len(line) - len(line.lstrip()))
    done: list[str] = []
    current = ""
    for word in line.strip().split(" "):
        longer = f"{current} {word}" if current else indent + word
        if current and cell_len(longer) > width:
            done.append(current)
            longer = f"{indent}    {word}"
        current = longer
    return "\n".join([*done, current])


def _lines(review: Review, look: Look) -> Iterator[Line]:
    yield text_of(review.title), Tone.QUIET
    yield review.verdict, review.tone
    if review.not_done:
        yield review.not_done, Tone.WARNING
    for section in review.sections:
        if section.facts or section.groups:
            yield "", Tone.QUIET
            yield from _section(section, look)
    if review.total:
        yield from _end(review)


def _end(review: Review) -> Iterator[Line]:
    yield "", Tone.QUIET
    for phrase in review.refused:
        yield f"{review.refusal}: {text_of(phrase)}", Tone.FAILURE
    for phrase in review.remarks:
        yield text_of(phrase), Tone.QUIET
    if review.fingerprint and review.kind == "plan":
        yield f"Fingerprint: {plain(review.fingerprint)}", Tone.QUIET
    yield review.total, Tone.QUIET


def _section(section: Section, look: Look) -> Iterator[Line]:
    subtitle = f" ({text_of(section.subtitle)})" if section.subtitle else ""
    yield text_of(section.title) + subtitle, Tone.QUIET
    for phrase in section.facts:
        yield f"  {text_of(phrase)}", Tone.QUIET
    for group in section.groups:
        yield f"  {group.title} {group.count}:", Tone.QUIET
        yield from _group(group, look)
    for phrase in section.remarks:
        yield f"  {text_of(phrase)}", Tone.QUIET


def _group(group: Group, look: Look) -> Iterator[Line]:
    for number, row in enumerate(group.rows):
        if number == look.most_rows:
            yield f"    … and {group.count - number} more: -v shows all, and so does --format json", group.tone
            return
        yield f"    {group.sign} {_row(row)}", group.tone


def _row(row: Row) -> str:
    """One line: who first, then why, then what else there is to know."""
    rest = [text_of(detail) for detail in row.details]
    if row.source is not None:
        rest.append(plain(str(row.source)))
    return f"{text_of(row.who)}  {text_of(row.why)}" + (f" ({'; '.join(rest)})" if rest else "")


def text_of(phrase: Phrase) -> str:
    """Returns a phrase as plain text, each value in it made safe to show."""
    return "".join([part if isinstance(part, str) else plain(part.text) for part in phrase])
