"""The one order of the lists beside a spec. Lines of a table move as they are written; those of a text are trimmed."""

import csv
import io

from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.spec.files import lines_of
from omneo_reconcile.spec.fmt_rows import Row, each_once
from omneo_reconcile.spec.lists import COMMENT
from omneo_reconcile.spec.tables import Table


def format_text_list(data: bytes) -> bytes:
    """Returns a sound .txt list in order and without duplicates, comments kept with the line that follows.

    Comments at the top, with an empty line below them, stay there.
    """
    head: list[str] = []
    above: list[str] = []
    rows: list[Row[tuple[list[str], str, str]]] = []
    for line in map(str.strip, lines_of(data)):
        found = COMMENT.search(line) if "#" in line else None
        email = line[: found.start()].rstrip() if found else line
        behind = found[0].strip() if found else ""
        if email:
            rows.append(Row(normal_form(email), (), email, (above, email, behind)))
            above = []
        elif behind:
            above.append(behind)
        elif above and not rows:
            head, above = [*head, *above, ""], []
    lines = head
    for (own, email, behind), dropped in each_once(rows):
        for other, _, comment in dropped:
            lines += [*other, comment] if comment else other
        lines += [*own, f"{email} {behind}" if behind else email]
    return "".join(f"{line}\n" for line in lines + above).encode()


def format_table(data: bytes) -> bytes:
    """Returns a sound .csv list in order, without rows that say no more than others and without empty ones.

    What is left of it is the same to the byte: header, columns, quotes, what divides them and ends the lines.
    """
    table = Table("", data, [])
    lines = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="").readlines()
    end = "\r\n" if lines[0].endswith("\r\n") else "\n"
    if not lines[-1].endswith(("\r", "\n")):
        lines[-1] += end
    reader = csv.reader(lines, delimiter=table.delimiter, strict=True)
    next(filter(any, reader))
    last = first = reader.line_num
    keys = {number for number, name in enumerate(table.header) if name in {"email", "until"}}
    email = table.header.index("email")
    rows: list[Row[str]] = []
    for row in reader:
        text, last = "".join(lines[last : reader.line_num]), reader.line_num
        cells = [cell.strip() for cell in row]
        if any(cells):
            says = tuple((number, cell) for number, cell in enumerate(cells) if cell and number not in keys)
            rows.append(Row(normal_form(cells[email]), says, cells[email], text))
    return "".join(lines[:first] + [text for text, _ in each_once(rows)]).encode()
