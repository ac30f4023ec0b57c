"""The least that any client must do to carry out a case and to prove it: a bare loop, to measure others against.

It knows what the tool has to find out: who has which id, how long the queue is, and in which way everybody is read back
in the fewest requests. It keeps no journal and tries nothing twice but the poll of a batch that has not settled.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import aiohttp
from applying_cases import BATCH, PAGE, PEOPLE, Case, Step
from simulated_tenant import TOKEN, WrongPlanError, email_of, profile_id_of

_TIMEOUT = aiohttp.ClientTimeout(total=60)
_HEADERS = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"}
_READ = {"include": "statuses", "sort": "created_at", "page[size]": f"{PAGE}"}

Item = TypeVar("Item")
Rows = list[dict[str, Any]]


def carry_out(case: Case, base_url: str, queue_seconds: float, in_flight: int) -> None:
    """Carries out a case, each kind of change after the one before.

    Raises:
        WrongPlanError: The tenant refused something, or it was read back otherwise than it has to be.
    """
    asyncio.run(_carry_out(case, base_url, queue_seconds, in_flight))


async def _carry_out(case: Case, base_url: str, queue_seconds: float, in_flight: int) -> None:
    connector = aiohttp.TCPConnector(limit=in_flight)
    async with aiohttp.ClientSession(connector=connector, headers=_HEADERS, timeout=_TIMEOUT) as session:
        bare = _Bare(session, base_url, case.status, in_flight)
        for step in case.steps:
            batch_ids = await bare.write(step)
            await asyncio.sleep(queue_seconds)
            await bare.poll(batch_ids)
            _check_read(case.status, step, await bare.read(step))


class _Bare:
    """So many workers on a queue of requests, and as many connections."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, status: str, in_flight: int) -> None:
        self._session = session
        self._base_url = base_url
        self._status = status
        self._in_flight = in_flight

    async def write(self, step: Step) -> list[str]:
        """Sends the batches and returns their ids."""
        batch_ids: list[str] = []

        async def send(start: int) -> None:
            some = step.people[start : start + BATCH]
            body = {"profiles": [{"profile_id": profile_id_of(number), "statuses": [self._status]} for number in some]}
            answer = await self._ask(step.method, "/profile/status/batch.json", json=body)
            batch_ids.append(answer["data"]["batch_id"])

        await self._each(send, range(0, len(step.people), BATCH))
        return batch_ids

    async def poll(self, batch_ids: Iterable[str]) -> None:
        """Asks for each batch, and for those that have not settled again."""

        async def ask(batch_id: str) -> None:
            while (await self._ask("GET", f"/batches/{batch_id}"))["data"]["status"] == "pending":
                pass

        await self._each(ask, batch_ids)

    async def read(self, step: Step) -> Rows:
        """Reads everybody back, in the fewest requests."""
        rows: Rows = []

        async def ask(filters: dict[str, str]) -> int:
            answer = await self._ask("GET", "/profiles", params={**filters, **_READ})
            rows.extend(answer["data"])
            return int(answer["meta"]["last_page"])

        if step.way == "holders":
            holders = {"filter[statuses][handle]": self._status}
            last_page = await ask(holders)
            await self._each(ask, ({**holders, "page[number]": f"{number}"} for number in range(2, last_page + 1)))
        else:
            some = (step.people[start : start + PEOPLE] for start in range(0, len(step.people), PEOPLE))
            await self._each(ask, ({"filter[email][in]": ",".join(map(email_of, numbers))} for numbers in some))
        return rows

    async def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - as aiohttp takes it
        async with self._session.request(method, self._base_url + path, **more) as answer:
            if answer.status not in {200, 202}:
                raise WrongPlanError(f"{method} {path} was answered {answer.status}")
            told: dict[str, Any] = await answer.json()
            return told

    async def _each(self, work: Callable[[Item], Awaitable[object]], items: Iterable[Item]) -> None:
        left = deque(items)

        async def worker() -> None:
            while left:
                await work(left.popleft())

        await asyncio.gather(*(worker() for _ in range(self._in_flight)))


def _check_read(status: str, step: Step, rows: Rows) -> None:
    held = {row["id"] for row in rows if status in row["statuses"]}
    people = {profile_id_of(number) for number in step.people}
    if step.way == "emails" and (missing := people - {row["id"] for row in rows}):
        raise WrongPlanError(f"{len(missing)} people were not read back")
    if wrong := people - held if step.method == "POST" else people & held:
        raise WrongPlanError(f"{len(wrong)} people were read back otherwise, {min(wrong)} for one")
