"""Many requests at once with a bound: workers on a queue, no thousands of waiting tasks."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


async def each(work: Callable[[Item], Awaitable[Result]], items: Iterable[Item], workers: int) -> list[Result]:
    """Returns the result of the work for each item, in the items' order.

    The first failure stops all workers and is raised as it is.

    Raises:
        ValueError: If there are no workers: nobody to do the work is not the same as nothing to do.
    """
    if workers < 1:
        raise ValueError("needs at least one worker")
    queue = iter(enumerate(items))
    results: dict[int, Result] = {}

    async def worker() -> None:
        for index, item in queue:
            results[index] = await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(worker())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [results[index] for index in sorted(results)]
