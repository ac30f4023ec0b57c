"""The page says what the other formats say, loads nothing from anywhere, and no value breaks out into it."""

import re
import sys
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hostile import HOSTILE, full_of, hostile_plan
from omneo_reconcile.core.failure import Failure, Problem
from omneo_reconcile.core.seal import seal
from omneo_reconcile.errors import FailureName
from omneo_reconcile.formats.as_html import hash_source
from omneo_reconcile.formats.escape import plain
from shown import as_html
from worlds import plan_for, profiles, spec_of, specs, status_of

CANARY = "canary@example.com"
VOID = {"meta", "link", "input", "br", "rect"}


class Page(HTMLParser):
    """The elements of a page in their order, with the names of their attributes, and its texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, ...]] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.inline: dict[str, str] = {}
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, *(name for name, _ in attrs)))
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        assert tag in VOID

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag == "td":
            self.texts.append(" ")

    def handle_data(self, data):
        self.texts.append(data)
        if self.open and self.open[-1] in {"style", "script"}:
            self.inline[self.open[-1]] = self.inline.get(self.open[-1], "") + data

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())


@given(specs(), profiles())
@settings(max_examples=30)
def test_the_page_is_well_formed_and_always_the_same(spec, world):
    plan = plan_for(spec, world)
    html = as_html(plan)
    Page(html)
    assert html.endswith("</html>\n")
    assert html == as_html(plan)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_value_adds_no_element_and_no_attribute(text):
    page, tame = Page(as_html(full_of(text))), Page(as_html(full_of("x")))
    assert page.elements == tame.elements
    assert plain(text).strip() in "".join(page.texts)


@given(st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from("<>&\"'`={}%/#-"), min_size=1, max_size=60))
@settings(max_examples=60)
def test_no_value_at_all_adds_an_element_or_stands_in_an_attribute(text):
    page, tame = Page(as_html(full_of(text))), Page(as_html(full_of("x")))
    assert page.elements == tame.elements
    assert page.attributes == tame.attributes


@pytest.mark.parametrize("text", HOSTILE)
def test_no_invisible_character_reaches_the_page(text):
    letters = set(as_html(full_of(text))) - {"\n"}
    assert not {unicodedata.category(letter) for letter in letters} & {"Cc", "Cf", "Zl", "Zp"}


def test_the_policy_allows_the_style_and_the_script_of_the_page_and_nothing_else():
    page = Page(as_html(hostile_plan("x")))
    policy = next(value for name, value in page.attributes if name == "content" and "default-src" in value)
    assert policy.split("; ") == [
        "default-src 'none'",
        f"style-src {hash_source(page.inline['style'])}",
        f"script-src {hash_source(page.inline['script'])}",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_the_page_refers_to_nothing_outside_and_holds_no_inline_style_or_handler():
    page = Page(as_html(hostile_plan("https://example.com/x")))
    names = {name for name, _ in page.attributes}
    assert not names & {"src", "srcset", "style", "action", "ping", "poster"}
    assert not [name for name in names if name.startswith("on")]
    assert all(value.startswith("#") for name, value in page.attributes if name == "href")
    assert not re.search(r"url\(|@import|https?:|innerHTML|eval", page.inline["style"] + page.inline["script"])


def test_emails_are_masked_on_the_page_even_on_a_terminal(cli):
    (cli.folder / "spec.yaml").write_text(
        f"version: 1\nstatuses: {{vip: {{members: [{CANARY}, zoe.harris@example.com]}}}}\n"
    )
    masked = cli("plan", "spec.yaml", "--sandbox", "--format", "html", terminal=True).out
    full = cli("plan", "spec.yaml", "--sandbox", "--format", "html", "--emails", "full", terminal=True).out
    assert "@" not in re.sub(r"(?s)<style>.*?</style>", "", masked)
    assert "z… #1" in Page(masked).text
    assert CANARY in Page(full).text


def test_the_page_says_who_loses_what_and_why_before_all_else(cli, specs):
    page = Page(cli("plan", specs, "--sandbox", "--format", "html", "--as-of", "2026-06-15").out)
    text = page.text
    rows = text.index("Who and why")
    assert 0 < text.index("4 people would LOSE a status") < text.index("2 people would lose vip") < rows
    assert (
        rows
        < text.index("\N{MINUS SIGN} Would remove", rows)
        < text.index("+ Would add", text.index("listed under absent"))
    )
    assert text.index("Fingerprint") > text.index("+ Would add", rows)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["apply", "--sandbox", "--auto-approve"], "Applied and confirmed: 8 added, 4 removed."),
        (["validate"], "Valid: 5 files"),
    ],
)
def test_every_command_has_a_page(cli, specs, command, said):
    page = Page(cli(*command, specs, "--format", "html").out)
    assert said in page.text


def test_a_check_has_a_page(cli):
    assert "Token: valid" in Page(cli("check", "--sandbox", "--format", "html").out).text


def test_a_failure_has_a_page_with_each_error():
    failure = Failure(FailureName.NO_SPEC, (Problem(FailureName.NO_SPEC, "no such file", "specs", "check the path"),))
    text = Page(as_html(failure)).text
    assert "no_spec no such file; check the path specs" in text


def test_a_validation_shows_what_is_odd(cli, specs):
    text = Page(cli("validate", specs, "--format", "html", "--as-of", "2026-06-15").out).text
    assert "a member whose `until` has passed" in text


def test_a_status_that_was_not_counted_has_no_bar():
    plan = plan_for(spec_of(status_of("vip")), ())
    uncounted = replace(plan, statuses=(replace(plan.statuses[0], live=None),))
    page = Page(as_html(seal(uncounted)))
    assert page.text.count("not counted") >= 2
    assert not [element for element in page.elements if element[0] == "svg"]


def test_rows_beyond_what_a_browser_takes_are_counted_and_the_way_to_all_is_told(monkeypatch):
    monkeypatch.setattr(sys.modules[as_html.__module__], "MOST_ROWS", 1)
    page = Page(as_html(full_of("x")))
    assert "Only the first 1 of 5 rows are on this page" in page.text
    assert "--format json" in page.text
    assert len([element for element in page.elements if element == ("tr", "data-kind", "data-section")]) == 1
