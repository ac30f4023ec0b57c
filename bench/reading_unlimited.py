"""Table 3: our client beside a bare httpx loop that sends the same requests with the same concurrency.

Two servers: the simulated tenant, which takes a while to answer, and one with prepared answers, where the client is the
bound; `--quick` measures only there. Two bare loops: one AsyncClient, and one for each worker. The figure to reach is
beside the faster of them.
"""

import asyncio
import gc
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
from prepared_server import prepared
from simulated_tenant import TOKEN, email_of, fill, serving
from tables import Row, show, tell

from omneo_reconcile.cli.edges import SystemClock
from omneo_reconcile.tenant import wire
from omneo_reconcile.tenant.client import Client
from omneo_reconcile.workers import each

_PROFILES = 3_000
_PAGE = 100  # profiles
_LEAST_RATIO = 0.9
_HEADERS = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"}
_COLUMNS = (
    "server, requests",
    "in flight",
    "ours/s",
    "bare/s",
    "bare, one a worker/s",
    "ours/bare",
    "ours/faster",
    "at least",
)

Params = dict[str, str]
Sender = Callable[[Sequence[Params]], Awaitable[int]]
"""Sends a GET request for each, and returns how many profiles came."""

Contestant = Callable[[str, int], AbstractAsyncContextManager[Sender]]
"""Opens what sends, for a base URL and so many requests in flight."""


def pace_table(folder: Path, *, quick: bool) -> bool:
    """Prints the table and returns whether every figure is reached."""
    rounds, count = (3, 80) if quick else (5, 320)
    tenant = folder / "pace.sqlite"
    fill(tenant, _PROFILES, lambda _: ("vip",), ("vip",))
    kinds = {f"pages of {_PAGE}": _pages(count), "single lookups": _lookups(count)}
    rows = []
    with serving(tenant) as served:
        answers = [
            httpx.get(f"{served.base_url}/profiles", params=asked[0], headers=_HEADERS) for asked in kinds.values()
        ]
        with prepared(*(answer.raise_for_status().content for answer in answers)) as prepared_url:
            servers = {} if quick else {"simulated tenant": served.base_url}
            for server, url in (servers | {"prepared answers": prepared_url}).items():
                for kind, asked in kinds.items():
                    rows += [_measured(f"{server}, {kind}", url, asked, flying, rounds) for flying in (8, 32)]
    title = f"Requests a second without limits and latency, medians of {rounds} rounds of {count} requests"
    return show(title, _COLUMNS, rows)


def _pages(count: int) -> list[Params]:
    filters = {"filter[statuses][handle]": "vip", "include": "statuses", "sort": "created_at", "page[size]": str(_PAGE)}
    return [filters | {"page[number]": str(1 + number % (_PROFILES // _PAGE))} for number in range(count)]


def _lookups(count: int) -> list[Params]:
    filters = {"include": "statuses", "sort": "created_at", "page[number]": "1"}
    return [filters | {"filter[email]": email_of(number % _PROFILES)} for number in range(count)]


def _measured(title: str, url: str, asked: Sequence[Params], flying: int, rounds: int) -> Row:
    """Alternates between the three, so that a machine that drifts drifts for all."""
    tell(f"{title}, {flying} in flight")
    paces: dict[Contestant, list[float]] = {contestant: [] for contestant in (_ours, _bare, _bare_one_a_worker)}
    order = list(paces)
    for _ in range(rounds):
        for contestant in order:
            paces[contestant].append(asyncio.run(_pace(contestant, url, asked, flying)))
        order = [*order[1:], order[0]]
    ours, bare, one_a_worker = (statistics.median(paces[contestant]) for contestant in paces)
    ratio = ours / max(bare, one_a_worker)
    figures = (f"{flying}", f"{ours:,.0f}", f"{bare:,.0f}", f"{one_a_worker:,.0f}")
    return Row((title, *figures, f"{ours / bare:.2f}", f"{ratio:.2f}", f"{_LEAST_RATIO}"), ratio >= _LEAST_RATIO)


async def _pace(contestant: Contestant, url: str, asked: Sequence[Params], flying: int) -> float:
    """Returns requests a second once the connections are open."""
    async with contestant(url, flying) as send:
        await send(asked[:flying])
        gc.collect()
        began = time.perf_counter()
        profiles = await send(asked)
        seconds = time.perf_counter() - began
    expected = len(asked) * (1 if "filter[email]" in asked[0] else _PAGE)
    if profiles != expected:
        raise ValueError(f"{profiles} profiles came, not {expected}")
    return len(asked) / seconds


@asynccontextmanager
async def _ours(url: str, flying: int) -> AsyncIterator[Sender]:
    async with Client(url, TOKEN, clock=SystemClock(), concurrency=flying) as client:

        async def get(params: Params) -> int:
            answer = await client.get("/profiles", params, scope="read-profiles")
            page = wire.page(answer.body) if answer.ok else None
            assert page is not None
            return len(page.rows)

        async def send(asked: Sequence[Params]) -> int:
            return sum(await each(get, asked, flying))

        yield send


@asynccontextmanager
async def _bare(url: str, flying: int) -> AsyncIterator[Sender]:
    async with _http(url, flying) as http:
        yield partial(_workers, [http] * flying)


@asynccontextmanager
async def _bare_one_a_worker(url: str, flying: int) -> AsyncIterator[Sender]:
    async with AsyncExitStack() as stack:
        yield partial(_workers, [await stack.enter_async_context(_http(url, 1)) for _ in range(flying)])


def _http(url: str, connections: int) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx.AsyncClient(base_url=url, headers=_HEADERS, limits=limits, trust_env=False, verify=False)


async def _workers(clients: Sequence[httpx.AsyncClient], asked: Sequence[Params]) -> int:
    queue, counts = iter(asked), list[int]()

    async def worker(http: httpx.AsyncClient) -> None:
        for params in queue:
            response = await http.get("/profiles", params=params)
            counts.append(len(response.raise_for_status().json()["data"]))

    await asyncio.gather(*map(worker, clients))
    return sum(counts)
