"""A plan may have very many changes: whatever shows it reads them where they are."""

import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from documents import plan_of_many
from omneo_reconcile.core.plan import Plan
from omneo_reconcile.formats import FORMATS
from omneo_reconcile.formats.mask import mask


@pytest.fixture
def traced() -> Iterator[None]:
    """Memory is traced during the test."""
    tracemalloc.start()
    yield
    tracemalloc.stop()


def read_through(pieces: Iterator[str]) -> None:
    for _ in pieces:
        pass


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize("see", [lambda plan: plan, mask], ids=["full", "masked"])
@pytest.mark.parametrize("format_name", FORMATS)
def test_no_format_holds_as_much_as_a_second_copy_of_the_plan(format_name: str, see: Callable[[Plan], Plan]) -> None:
    show = FORMATS[format_name]
    read_through(show(plan_of_many(changes=1)))  # modules and templates are loaded once
    before, _ = tracemalloc.get_traced_memory()
    plan = plan_of_many(changes=3_000, removals=1_500)
    with_plan, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    read_through(show(see(plan)))
    _, most = tracemalloc.get_traced_memory()
    assert most - with_plan < with_plan - before
