"""The rows of the table: each a work, the least that it can take, and the figures that it has to reach."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from measuring import Command, cost

_BENCH = Path(__file__).parent
_IN_FLIGHT = 16  # what the tool takes unless it is told


class Contest(NamedTuple):
    """A work and its floor, ready to be run in the folder any number of times.

    Attributes:
        floor: Prints the CPU seconds of its loop.
        work: A command of the tool; or a part of it, which prints its CPU seconds.
        start: The work for a single person.
        says: What the work prints if all of it was done; what prints its seconds looks at that itself.
        traced: Prints the MiB of a ready plan, of what is shown of it, and of the most held besides.
    """

    floor: Command
    work: Command
    start: Command
    says: str = ""
    traced: Command | None = None


class Case(NamedTuple):
    """One row.

    Attributes:
        beside: What the floor is.
        opened: Makes the input of a size in a folder, and keeps what they need while they run.
        size: People, or changes.
        quick_size: The same with `--quick`: enough for the floor to take a while.
        at_most: The work, as a multiple of its floor.
        most_mib: At the full size; 0 where the plan itself is the measure.
        is_command: Whether the work is a process: all of it but its start counts.
    """

    title: str
    beside: str
    opened: Callable[[Path, int], AbstractContextManager[Contest]]
    size: int
    quick_size: int
    at_most: float
    most_mib: float
    is_command: bool = True


def _script(name: str, *arguments: object) -> Command:
    return (str(_BENCH / f"million_{name}.py"), *map(str, arguments))


def _tool(*arguments: str) -> Command:
    return ("-m", "omneo_reconcile", *arguments)


@contextmanager
def _validate(kind: str, floor: str, file: str, folder: Path, size: int) -> Iterator[Contest]:
    for name, people in (("all", size), ("one", 1)):
        cost(_script("inputs", kind, people, name), folder)
    floor_command = _script("floors", floor, f"all/{file}")
    yield Contest(floor_command, _tool("validate", "all"), _tool("validate", "one"), f" {size} memberships listed")


@contextmanager
def _plan(_folder: Path, size: int) -> Iterator[Contest]:
    work, start = (_script("works", "plan", people) for people in (size, 1))
    yield Contest(_script("floors", "difference", size), work, start)


@contextmanager
def _show(format_name: str, floor: str, _folder: Path, size: int) -> Iterator[Contest]:
    def work(name: str, changes: int) -> Command:
        return _script("works", name, format_name, changes, "shown")

    traced = work("show_traced", size)
    yield Contest(_script("floors", floor, size, "lines"), work("show_plan", size), work("show_plan", 2), traced=traced)


@contextmanager
def _plan_over_http(folder: Path, size: int) -> Iterator[Contest]:
    """Runs the tool once before, to know which pages it reads."""
    from simulated_tenant import TOKEN, Served, serving  # noqa: PLC0415 - see `Cost.peak_mib`

    cost(_script("inputs", "tenant", size, "all"), folder)
    cost(_script("inputs", "holder", 1, "one"), folder)
    (folder / "token").write_text(TOKEN, encoding="utf-8")
    tenant = folder / "all" / "tenant.sqlite"

    def plan(served: Served, spec: str) -> Command:
        return _tool("plan", f"{spec}/spec.yaml", "--base-url", served.base_url, "--token-file", "token")

    says = "No changes. Live membership matches the spec."
    with serving(tenant) as served:
        cost(plan(served, "all"), folder, says)
    (folder / "targets").write_text("\n".join(arrival.target for arrival in served.arrivals), encoding="utf-8")
    with serving(tenant) as served:
        server = f"http://{urlsplit(served.base_url).netloc}"
        floor = _script("floors", "get_pages", server, "targets", _IN_FLIGHT)
        yield Contest(floor, plan(served, "all"), plan(served, "one"), says)


_TXT = partial(_validate, "txt", "read_lines", "members.txt")
_CSV = partial(_validate, "csv", "read_table", "members.csv")
_YAML = partial(_validate, "plain-yaml", "parse_yaml", "spec.yaml")
_MAPPINGS = partial(_validate, "mappings", "parse_yaml", "spec.yaml")
_TEXT = partial(_show, "text", "write_text")
_MASKED = partial(_show, "masked", "write_json")
_ALL_ROWS = partial(_show, "all rows", "write_json")
_JSON = partial(_show, "json", "write_json")

CASES = (
    Case("validate .txt", "a set of lines", _TXT, 1_000_000, 100_000, 5, 600),
    Case("validate .csv, until, reason", "csv.reader", _CSV, 1_000_000, 50_000, 8, 900),
    Case("validate YAML list", "yaml.parse", _YAML, 100_000, 50_000, 3, 250),
    Case("validate YAML mappings", "yaml.parse", _MAPPINGS, 100_000, 20_000, 4, 400),
    Case("pure plan, 1% different", "set differences", _plan, 1_000_000, 100_000, 4, 1.2 * 1024, is_command=False),
    Case("plan to text", "write", _TEXT, 100_000, 20_000, 3, 0, is_command=False),
    Case("plan to text, masked", "json.dumps", _MASKED, 100_000, 20_000, 3, 0, is_command=False),
    Case("plan to text, all rows", "json.dumps", _ALL_ROWS, 100_000, 20_000, 3, 0, is_command=False),
    Case("plan to JSON", "json.dumps", _JSON, 100_000, 20_000, 3, 0, is_command=False),
    Case("plan over HTTP, in sync", "bare httpx", _plan_over_http, 200_000, 10_000, 1.5, 600),
)
