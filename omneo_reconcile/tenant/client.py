"""One conversation with a tenant: authorised, paced, retried, and with every failure turned into one of ours."""

import asyncio
import statistics
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import ClassVar, Literal, Self

import httpx
import tenacity

from omneo_reconcile.errors import FailureName, TenantError
from omneo_reconcile.tenant.answers import TOO_MANY, Answer, TryAgain, read_answer, told_number
from omneo_reconcile.tenant.guard import BATCH_PATH, GuardedTransport, host_of
from omneo_reconcile.tenant.pace import Clock, Pace
from omneo_reconcile.tenant.transport import NetworkTransport

MAX_TRIES = 8  # Source: contract, Commands
TRY_SECONDS = 30.0  # beyond what Retry-After asks
REFUSED_SECONDS = 5.0  # a refused connection or an unknown name fails within 10 s; the last try may take 5 s itself
_LATENCIES_KEPT = 1000
_BACKOFF = tenacity.wait_random_exponential(multiplier=0.25, max=8)

BatchMethod = Literal["POST", "DELETE"]


def _unnoticed() -> None:
    """A try that nobody writes down."""


class Client:
    """Reads from one tenant. Use it as an async context manager.

    Attributes:
        concurrency: Most requests in flight.
        requests: Sent so far, each try counted.
        refused: How many of them were answered 429.
        limit_told: What the tenant last said its rate limit is (X-RateLimit-Limit), or None.
        pace: When requests may go, and what was learned of the tenant's limit.
    """

    _may_write: ClassVar[bool] = False

    def __init__(  # noqa: PLR0913 - everything the outside decides, by name
        self,
        base_url: str,
        token: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock,
        concurrency: int,
        requests_per_second: float | None = None,
        pace: Pace | None = None,
    ) -> None:
        """Opens nothing yet.

        Args:
            transport: Takes the place of the network, for the sandbox in process.
            concurrency: Most requests in flight.
            requests_per_second: Even pace, or None for no limit of ours.
            pace: What an earlier client of the same tenant learned, to go on with.

        Raises:
            InvalidUse: If the certificates named in the environment cannot be read.
        """
        self.concurrency = concurrency
        self.requests = self.refused = 0
        self.limit_told: int | None = None
        self._base_url = base_url.rstrip("/")
        self._clock = clock
        self.pace = pace or Pace(clock, concurrency, requests_per_second)
        self._latencies: deque[float] = deque(maxlen=_LATENCIES_KEPT)
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": "omneo-reconcile",
        }
        self._transport = GuardedTransport(
            transport or NetworkTransport(concurrency), base_url, may_write=self._may_write
        )

    @property
    def latency_ms(self) -> float | None:
        """The median of the last tries that were answered, in milliseconds, or None before the first."""
        return statistics.median(self._latencies) * 1000 if self._latencies else None

    @property
    def requests_a_second(self) -> float | None:
        """The pace that the tenant's refusals taught, or None if there was nothing to learn."""
        return self.pace.learned_requests_per_second

    async def __aenter__(self) -> Self:
        """Returns itself: connections open when they are needed."""
        self.pace.begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Closes all connections."""
        await self._transport.aclose()

    async def get(self, path: str, params: dict[str, str] | None = None, *, scope: str) -> Answer:
        """Reads, trying again where that can help.

        Args:
            path: Below the base URL, already quoted.
            scope: What the token needs for it, to name it if it is refused.

        Raises:
            AccessError: 401 or 403.
            TenantError: No answer that can be used, after all tries.
        """
        return await self._send(self._request("GET", path, params=params), scope)

    def _request(
        self, method: str, path: str, *, params: dict[str, str] | None = None, json: object = None
    ) -> httpx.Request:
        return httpx.Request(method, self._base_url + path, params=params, json=json, headers=self._headers)

    async def _send(self, request: httpx.Request, scope: str, leaving: Callable[[], None] = _unnoticed) -> Answer:
        """Sends a request, trying again where that can help: all calls of this tool are safe to repeat.

        Source: omneo-api.md, The two write calls. Raises as `get` does.

        Args:
            leaving: Called right before each try leaves; what it raises keeps that try from leaving.
        """
        budget = _Budget()
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(TryAgain),
            wait=_own_wait,
            stop=budget.is_spent,
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            answer: Answer = await retrying(self._try, request, scope, leaving)
            return answer._replace(repeated=budget.repeated)
        except TryAgain as signal:
            raise signal.error from None

    async def _try(self, request: httpx.Request, scope: str, leaving: Callable[[], None]) -> Answer:
        started = await self.pace.turn()
        try:
            leaving()
            self.requests += 1
            response = await self._exchange(request)
            self._note(response, started)
            return read_answer(response, scope)
        except TryAgain as signal:
            signal.took = self._clock.now() - started
            if signal.too_many:
                self.refused += 1
                signal.pause = self.pace.refused(started, signal.retry_after)
                signal.pause_counts = not (signal.retry_after or self.pace.ever_passed)
            raise
        finally:
            self.pace.left()

    def _note(self, response: httpx.Response, started: float) -> None:
        """Keeps what an answer tells besides its content."""
        self._latencies.append(self._clock.now() - started)
        limit = told_number(response, "x-ratelimit-limit")
        self.limit_told = self.limit_told if limit is None else limit
        if response.status_code != TOO_MANY:
            self.pace.passed(started, told_number(response, "x-ratelimit-remaining"))

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        try:
            async with asyncio.timeout(TRY_SECONDS):  # the transport bounds each piece of an answer, not the whole
                response = await self._transport.handle_async_request(request)
                response.request = request
                try:
                    await response.aread()
                finally:
                    await response.aclose()
                return response
        except (httpx.RequestError, TimeoutError) as error:
            self.pace.unanswered()
            raise TryAgain(self._network(error), refused=isinstance(error, httpx.ConnectError)) from None

    def _network(self, error: httpx.RequestError | TimeoutError) -> TenantError:
        if isinstance(error, httpx.ConnectError):
            what = "the tenant cannot be reached: no such name, connection refused, or no certificate to trust"
        elif isinstance(error, httpx.TimeoutException | TimeoutError):
            what = "the tenant did not answer in time"
        else:
            what = "the connection to the tenant broke"
        return TenantError.of(
            FailureName.NETWORK, what, f"host {host_of(self._base_url)}", "check the tenant's name and the network"
        )


class WritingClient(Client):
    """Reads from one tenant, and sends batches to it."""

    _may_write = True

    async def send_batch(self, method: BatchMethod, body: object, leaving: Callable[[], None] = _unnoticed) -> Answer:
        """Sends one batch of statuses to add (POST) or to remove (DELETE). Raises as `get` does.

        Args:
            leaving: Called right before each try leaves; what it raises keeps that try from leaving.
        """
        return await self._send(self._request(method, BATCH_PATH, json=body), "update-profiles", leaving)


class _Budget:
    """What a request may spend on its tries.

    Attributes:
        repeated: A try reached the tenant and got no clear answer.
    """

    def __init__(self) -> None:
        """Starts with nothing spent."""
        self.repeated = False
        self._tries = 0
        self._spent_seconds = 0.0

    def is_spent(self, state: tenacity.RetryCallState) -> bool:
        """Counts the tries themselves and our own waits, not what the tenant or the pace made us wait."""
        signal = _signal(state)
        self.repeated = self.repeated or not (signal.refused or signal.too_many)
        self._spent_seconds += signal.took + (0.0 if signal.retry_after else state.upcoming_sleep)
        if signal.pause_counts:
            self._spent_seconds += signal.pause.seconds
        self._tries += not signal.too_many  # refusals count for all together, while nothing passes for anybody
        tries = self._tries + signal.pause.in_vain
        return tries >= MAX_TRIES or self._spent_seconds > (REFUSED_SECONDS if signal.refused else TRY_SECONDS)


def _own_wait(state: tenacity.RetryCallState) -> float:
    """Returns the seconds that this request waits by itself: after a 429 the gate holds all of them back."""
    signal = _signal(state)
    return 0.0 if signal.too_many else signal.retry_after or _BACKOFF(state)


def _signal(state: tenacity.RetryCallState) -> TryAgain:
    assert state.outcome is not None
    signal = state.outcome.exception()
    assert isinstance(signal, TryAgain)
    return signal
