"""Text says who loses and gains what within ten seconds, and fits the place where it is read."""

import re

import pytest
from rich.cells import cell_len

from documents import plan_of_many, receipt_of
from omneo_reconcile.core.run import Outcome
from omneo_reconcile.formats.as_text import Look
from shown import FORMATS, as_text


def lines(text: str) -> list[str]:
    return text.splitlines()


def test_the_second_line_says_whether_anybody_loses_something():
    assert (
        lines(as_text(plan_of_many(changes=3, removals=2)))[1]
        == "2 people would LOSE a status, 1 person would gain one."
    )
    assert lines(as_text(plan_of_many(changes=1)))[1] == "Nobody would lose a status, 1 person would gain one."


def test_removals_come_before_adds():
    text = as_text(plan_of_many(changes=3, removals=2))
    assert text.index("Would remove 2:") < text.index("Would add 1:")


def test_a_long_list_is_cut_and_says_how_many_more_and_how_to_see_them():
    text = as_text(plan_of_many(changes=350))
    assert text.count("    + ") == 100
    assert "    … and 250 more: -v shows all, and so does --format json" in text
    assert as_text(plan_of_many(changes=350), Look(most_rows=None)).count("    + ") == 350


def test_a_list_that_just_fits_is_whole():
    assert "more" not in as_text(plan_of_many(changes=100))


@pytest.mark.parametrize("width", [40, 80, 120])
def test_lines_are_folded_at_the_width_of_the_terminal_and_say_the_same(width):
    plan = plan_of_many(changes=3, text="a long note 日本語 " * 20)
    folded = as_text(plan, Look(width=width))
    assert all(cell_len(line) <= width or " " not in line.strip() for line in lines(folded))
    assert folded.split() == as_text(plan).split()


def test_colour_adds_nothing_but_colour():
    plan = plan_of_many(changes=3, removals=2)
    coloured = as_text(plan, Look(in_colour=True))
    assert re.sub(r"\x1b\[\d+m", "", coloured) == as_text(plan)
    assert "\x1b[31m    - " in coloured
    assert "\x1b[32m    + " in coloured


def test_a_receipt_shows_first_what_needs_somebody():
    text = as_text(receipt_of(plan_of_many(changes=4, removals=1), {3: Outcome.FAILED, 2: Outcome.UNCONFIRMED}))
    assert lines(text)[1] == "Partly done: 1 failed, 1 not confirmed; 1 added, 1 removed. Run the same apply again."
    assert text.index("Failed 1:") < text.index("Not confirmed 1:") < text.index("Removed 1:") < text.index("Added 1:")


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_gives_the_same_bytes_for_the_same_document_and_ends_in_a_newline(format_name):
    plan = plan_of_many(changes=30, removals=7, statuses=3)
    assert FORMATS[format_name](plan) == FORMATS[format_name](plan)
    assert FORMATS[format_name](plan).endswith("\n")
