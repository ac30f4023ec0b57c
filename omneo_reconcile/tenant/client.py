"""One conversation with a tenant: authorised, paced, retried, and with every failure turned into one of ours."""

import asyncio
import logging
from types import TracebackType
from typing import Self

import httpx
import tenacity

from omneo_reconcile.errors import FailureName, TenantError
from omneo_reconcile.tenant.answers import TOO_MANY, Answer, TryAgain, read_answer
from omneo_reconcile.tenant.guard import GuardedTransport
from omneo_reconcile.tenant.pace import Clock, Pace

MAX_TRIES = 8  # Source: contract, Commands
TRY_SECONDS = 30.0  # beyond what Retry-After asks
REFUSED_SECONDS = 5.0  # a refused connection or an unknown name fails within 10 s; the last try may take 5 s itself
_PAUSE_SECONDS = 1.0  # for a 429 that names no time
_TIMEOUT = httpx.Timeout(15.0, connect=5.0)
_BACKOFF = tenacity.wait_random_exponential(multiplier=0.25, max=8)

logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs each URL, and with it the email asked for


class Client:
    """Sends requests to one tenant. Use it as an async context manager."""

    def __init__(  # noqa: PLR0913 - everything the outside decides, by name
        self,
        base_url: str,
        token: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock,
        concurrency: int,
        requests_per_second: float | None = None,
        may_write: bool = False,
    ) -> None:
        """Opens nothing yet.

        Args:
            transport: Takes the place of the network, for the sandbox in process.
            concurrency: Most requests in flight.
            requests_per_second: Even pace, or None for no limit of ours.
            may_write: Whether the two batch calls can pass.
        """
        self.concurrency = concurrency
        self.requests = 0
        self._base_url = base_url
        self._clock = clock
        self._pace = Pace(clock, requests_per_second)
        self._slots = asyncio.Semaphore(concurrency)
        inner = transport or httpx.AsyncHTTPTransport(
            limits=httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
        )
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            transport=GuardedTransport(inner, base_url, may_write=may_write),
            timeout=_TIMEOUT,
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        """Opens the connection pool."""
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Closes all connections."""
        await self._http.__aexit__(kind, error, traceback)

    async def get(self, path: str, params: dict[str, str] | None = None, *, scope: str) -> Answer:
        """Reads, trying again where that can help.

        Args:
            path: Below the base URL, already quoted.
            scope: What the token needs for it, to name it if it is refused.

        Raises:
            AccessError: 401 or 403.
            TenantError: No answer that can be used, after all tries.
        """
        return await self.send("GET", path, params=params, scope=scope)

    async def send(
        self, method: str, path: str, *, params: dict[str, str] | None = None, json: object = None, scope: str
    ) -> Answer:
        """Sends a request, trying again where that can help: all calls of this tool are safe to repeat.

        Source: omneo-api.md, The two write calls. Raises as `get` does.
        """
        request = self._http.build_request(method, path, params=params, json=json)
        spent_seconds = 0.0
        repeated = False

        def wait(state: tenacity.RetryCallState) -> float:
            return _signal(state).retry_after or _BACKOFF(state)

        def stop(state: tenacity.RetryCallState) -> bool:
            """Counts the tries themselves and our own waits, not what the tenant or the pace made us wait."""
            nonlocal spent_seconds, repeated
            signal = _signal(state)
            repeated = repeated or not (signal.refused or signal.too_many)
            spent_seconds += signal.took + (0.0 if signal.retry_after else state.upcoming_sleep)
            budget = REFUSED_SECONDS if signal.refused else TRY_SECONDS
            return state.attempt_number >= MAX_TRIES or spent_seconds > budget

        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(TryAgain),
            wait=wait,
            stop=stop,
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            answer: Answer = await retrying(self._try, request, scope)
            return answer._replace(repeated=repeated)
        except TryAgain as signal:
            raise signal.error from None

    async def _try(self, request: httpx.Request, scope: str) -> Answer:
        async with self._slots:
            await self._pace.turn()
            self.requests += 1
            started = self._clock.now()
            try:
                response = await self._exchange(request)
                if response.status_code != TOO_MANY:
                    self._pace.passed()
                return read_answer(response, scope)
            except TryAgain as signal:
                signal.took = self._clock.now() - started
                if signal.too_many:
                    self._pace.close_for(signal.retry_after or _PAUSE_SECONDS)
                raise

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        try:
            async with asyncio.timeout(TRY_SECONDS):  # httpx bounds each piece of an answer, not the whole
                return await self._http.send(request)
        except (httpx.RequestError, TimeoutError) as error:
            raise TryAgain(self._network(error), refused=isinstance(error, httpx.ConnectError)) from None

    def _network(self, error: httpx.RequestError | TimeoutError) -> TenantError:
        host = httpx.URL(self._base_url).host
        if isinstance(error, httpx.ConnectError):
            what = "the tenant cannot be reached: no such name, connection refused, or no certificate to trust"
        elif isinstance(error, httpx.TimeoutException | TimeoutError):
            what = "the tenant did not answer in time"
        else:
            what = "the connection to the tenant broke"
        return TenantError.of(FailureName.NETWORK, what, f"host {host}", "check the tenant's name and the network")


def _signal(state: tenacity.RetryCallState) -> TryAgain:
    assert state.outcome is not None
    signal = state.outcome.exception()
    assert isinstance(signal, TryAgain)
    return signal
