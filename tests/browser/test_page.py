"""The page for reviewers, in a real browser: with keyboard, phone and dark mode, with and without its script."""

import time
from itertools import pairwise

import pytest
from msgspec.structs import replace

from hostile import HOSTILE, full_of
from omneo_reconcile.core.changes import Add, Reason, Remove
from omneo_reconcile.core.model import Entry, Mode, Profile, Source, UnresolvedPolicy
from omneo_reconcile.core.plan import Plan
from omneo_reconcile.core.seal import seal
from omneo_reconcile.formats.as_html import MOST_ROWS
from omneo_reconcile.formats.mask import mask
from shown import as_html
from worlds import ALL_ALLOWED, plan_for, spec_of, status_of

pytestmark = pytest.mark.browser

MINUS = "\N{MINUS SIGN}"
TABBED = """() => {
  const element = document.activeElement, style = getComputedStyle(element);
  const name = element.labels?.[0]?.textContent ?? element.textContent;
  return [name.trim().replace(/\\s+/g, " "), style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2];
}"""
TOO_FAINT = """() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => numbers(colour).slice(0, 3).map((value) => value / 255)
    .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (element) => {
    const colour = getComputedStyle(element).backgroundColor;
    return (numbers(colour)[3] ?? 1) === 1 ? colour : behind(element.parentElement);
  };
  const faint = [];
  for (const element of document.body.querySelectorAll("*")) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!hasText || !element.checkVisibility()) continue;
    const [dark, bright] = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => a - b);
    const contrast = (bright + 0.05) / (dark + 0.05);
    if (contrast < 4.5) faint.push(`${element.tagName} ${element.textContent.trim()} ${contrast}`);
  }
  return faint;
}"""


def sample() -> Plan:
    """Two statuses: of `vip` two are removed, two added and one unresolved; of `staff` one is removed, one added."""
    vip = status_of(
        "vip",
        *(f"{name}@example.com" for name in ("ann", "bob", "cyd", "zed")),
        mode=Mode.EXCLUSIVE,
        unresolved=UnresolvedPolicy.SKIP,
        limits=ALL_ALLOWED,
        owner="loyalty-team",
    )
    absent = {"gus@example.com": Entry("gus@example.com", None, "Left the company", "spec.yaml", 9)}
    staff = status_of("staff", "fay@example.com", absent=absent, limits=ALL_ALLOWED)
    holders = {"ann": "vip", "dan": "vip", "eve": "vip", "gus": "staff", "bob": "", "cyd": "", "fay": ""}
    people = (
        Profile(name, f"{name}@example.com", "active", frozenset({handle} - {""})) for name, handle in holders.items()
    )
    return plan_for(spec_of(staff, vip), tuple(people))


def plan_of(rows: int) -> Plan:
    """A plan of many changes, a tenth of them removals."""
    plan = sample()
    changes = (
        Remove("vip", f"p{number}", f"person{number}@example.com", Reason.EXCLUSIVE, None, None, None)
        if number % 10 == 0
        else Add(
            "staff", f"p{number}", f"person{number}@example.com", Reason.DECLARED, Source("a.csv", number), "x", None
        )
        for number in range(rows)
    )
    return seal(replace(plan, changes=tuple(changes), unresolved=(), held=()))


def plan_over_limit() -> Plan:
    """The same, refused."""
    plan = sample()
    return seal(replace(plan, limits=tuple(replace(check, allowed=0, ok=False) for check in plan.limits)))


PAGE = as_html(sample())


def column(page, number):
    return [text.strip() for text in page.locator(f"#rows tbody td:nth-child({number})").all_text_contents()]


def people(page):
    return [email.partition("@")[0] for email in column(page, 3)]


def shown(page):
    return page.get_by_role("status").text_content()


def test_the_page_opens_without_a_complaint_and_asks_nobody_for_anything(visit):
    page = visit(PAGE)
    assert page.title().startswith("Plan for tenant acme")
    assert (
        page.get_by_role("heading", level=2).first.text_content()
        == "3 people would LOSE a status, 3 people would gain one."
    )
    assert visit.noise == []


def test_its_policy_stops_what_would_ask_somebody_or_run(visit):
    page = visit(PAGE)
    failures = []
    page.on("requestfailed", lambda request: failures.append(request.failure))
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/x'}))")
    page.evaluate("document.body.setAttribute('onclick', 'window.hacked = 1')")
    page.locator("h1").click()
    assert page.evaluate("window.hacked") is None
    assert len([line for line in visit.noise if "Content Security Policy" in line]) >= 2
    assert failures == ["csp"]
    visit.noise.clear()


def test_removals_come_first(visit):
    page = visit(PAGE)
    assert column(page, 1) == [f"{MINUS} Would remove"] * 3 + ["? Unresolved, left alone"] + ["+ Would add"] * 3
    assert shown(page) == "7 of 7 shown; sorted by What, ascending"


def test_words_find_just_the_rows_that_hold_all_of_them(visit):
    page = visit(PAGE)
    page.get_by_label("Find").fill("STAFF left")
    assert people(page) == ["gus"]
    assert shown(page).startswith("1 of 7 shown")
    page.get_by_label("Find").fill("no such words")
    assert people(page) == []
    assert shown(page).startswith("0 of 7 shown")
    page.get_by_role("button", name="Clear").click()
    assert len(people(page)) == 7


def test_a_status_and_what_happens_filter_the_rows_together(visit):
    page = visit(PAGE)
    page.get_by_role("combobox", name="Status").select_option("vip")
    assert set(column(page, 2)) == {"vip"}
    assert shown(page).startswith("5 of 7 shown")
    page.get_by_label("Would add").uncheck()
    assert people(page) == ["dan", "eve", "zed"]
    assert shown(page).startswith("3 of 7 shown")


def test_the_keyboard_alone_sorts_by_any_column_and_it_is_announced(visit):
    page = visit(PAGE)
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate(TABBED)[0] == "Who":
            break
    page.keyboard.press("Enter")
    header = page.get_by_role("columnheader", name="Who")
    assert people(page) == sorted(people(page))
    assert (header.get_attribute("aria-sort"), shown(page)) == ("ascending", "7 of 7 shown; sorted by Who, ascending")
    page.keyboard.press("Enter")
    assert people(page) == sorted(people(page), reverse=True)
    assert (header.get_attribute("aria-sort"), shown(page)) == ("descending", "7 of 7 shown; sorted by Who, descending")
    assert page.locator("th[aria-sort=none]").count() == 5


def test_everything_is_reached_by_tab_in_order_with_a_visible_focus(visit):
    page = visit(PAGE)
    reached = []
    for _ in range(13):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(TABBED))
    controls = ["Find", "Status", "Would remove 3", "Unresolved, left alone 1", "Would add 3", "Clear"]
    headings = ["What", "Status", "Who", "Why", "Also", "Line"]
    assert [name for name, _ in reached] == ["Skip to the result", *controls, *headings]
    assert all(is_visible for _, is_visible in reached)


def test_the_skip_link_leads_to_the_result(visit):
    page = visit(PAGE)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize(
    "html", [PAGE, as_html(full_of("x" * 400)), as_html(mask(sample()))], ids=["plan", "long", "masked"]
)
def test_on_a_phone_nothing_scrolls_sideways(visit, html):
    page = visit(html, "phone")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    rights = page.evaluate("[...document.querySelectorAll('main *')].map((e) => e.getBoundingClientRect().right)")
    assert max(rights) <= 360


def test_all_text_stands_out_in_light_and_in_dark(visit):
    pages = [visit(html, look) for look in ("light", "dark") for html in (PAGE, as_html(plan_over_limit()))]
    assert [page.evaluate(TOO_FAINT) for page in pages] == [[]] * 4
    backgrounds = {page.evaluate("getComputedStyle(document.body).backgroundColor") for page in pages}
    assert len(backgrounds) == 2


def test_hostile_values_run_nothing_and_add_no_element(visit):
    elements = "document.querySelectorAll('*').length"
    page, tame = visit(as_html(full_of(*HOSTILE))), visit(as_html(full_of(*map(str, range(len(HOSTILE))))))
    assert page.evaluate(elements) == tame.evaluate(elements)
    for text in HOSTILE:
        page.get_by_label("Find").fill(text)
        assert page.evaluate(elements) <= tame.evaluate(elements)
    assert page.evaluate("typeof hacked") == "undefined"


def test_without_its_script_every_row_is_there_and_no_control(visit):
    page = visit(as_html(plan_of(1200)), java_script_enabled=False)
    assert page.locator("#rows tbody tr:visible").count() == 1200
    assert page.locator("input:visible, select:visible, button:visible").count() == 0


def test_rows_come_five_hundred_at_a_time_and_all_of_them_on_paper(visit):
    page = visit(as_html(plan_of(1200)))
    rows = page.locator("#rows tbody tr")
    assert rows.count() == 500
    assert shown(page).startswith("500 of 1,200 shown, 1,200 match")
    page.get_by_role("button", name="Show 500 more").click()
    page.get_by_role("button", name="Show 200 more").click()
    assert rows.count() == 1200
    assert page.evaluate("document.activeElement.rowIndex") == 1001
    page.get_by_label("Find").fill("person")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert rows.count() == 1200
    page.emulate_media(media="print")
    assert not page.get_by_label("Find").is_visible()


def test_as_many_rows_as_a_page_takes_open_and_filter_quickly(visit):
    html = as_html(plan_of(MOST_ROWS))
    start = time.monotonic()
    page = visit(html)
    assert shown(page).startswith("500 of 20,000 shown")
    assert time.monotonic() - start < 15
    milliseconds = page.evaluate("""() => {
      const start = performance.now(), find = document.getElementById("find");
      find.value = "person1999";
      find.dispatchEvent(new Event("input"));
      document.body.offsetHeight;
      return performance.now() - start;
    }""")
    assert shown(page).startswith("11 of 20,000 shown")
    assert milliseconds < 1000


def test_bars_are_as_long_as_the_numbers_they_stand_for(visit):
    page = visit(PAGE)
    lengths = {}
    for bar in page.get_by_role("img").all():
        widths = bar.locator("rect").evaluate_all("(parts) => parts.map((part) => part.getBoundingClientRect().width)")
        lengths[bar.get_attribute("aria-label")] = [*widths, sum(widths)]
    whole = lengths["Before: 3, of them 2 lose it"][-1]
    assert lengths == {
        "Before: 1, of them 1 loses it": pytest.approx([0, whole / 3, whole / 3], abs=0.5),
        "After: 1, of them 1 new": pytest.approx([0, whole / 3, whole / 3], abs=0.5),
        "Before: 3, of them 2 lose it": pytest.approx([whole / 3, whole * 2 / 3, whole], abs=0.5),
        "After: 3, of them 2 new": pytest.approx([whole / 3, whole * 2 / 3, whole], abs=0.5),
    }


def test_headings_never_skip_a_level_and_the_landmarks_are_there(visit):
    page = visit(PAGE)
    levels = [int(tag[1]) for tag in page.locator("h1, h2, h3, h4").evaluate_all("(all) => all.map((e) => e.tagName)")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert [page.get_by_role(role).count() for role in ("main", "banner", "contentinfo", "search")] == [1, 1, 1, 1]


def test_pictures_can_be_taken_in_every_look(photograph):
    pictures = {photograph(PAGE, look).read_bytes() for look in ("light", "dark", "phone")}
    assert len(pictures) == 3
