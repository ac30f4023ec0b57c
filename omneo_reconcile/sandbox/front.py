"""What happens to a request before the tenant handles it: noted, met by a fault, counted against the rate."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from omneo_reconcile.sandbox.answers import Answer
from omneo_reconcile.sandbox.faults import Fault, FaultScript
from omneo_reconcile.sandbox.rate import limiter_of
from omneo_reconcile.sandbox.store import Store


class Asked(NamedTuple):
    """A request as it arrived: method, and path with the query as it travelled."""

    method: str
    target: str


class Front:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, *, store: Store, faults: Iterable[Fault], requests: list[Asked]) -> None:
        """Wraps an application; each request is added to the list."""
        self._app = app
        self._store = store
        self._script = FaultScript(faults)
        self._requests = requests
        self._limits = store.dialect
        self._limiter = limiter_of(store.dialect)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, by a fault, a refusal or the application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = _asked(scope)
        self._requests.append(asked)
        self._store.queue.settle()
        fault = self._script.next(*asked)
        refusal = fault.answer() if fault is not None and fault.instead else self._over_rate()
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        scope.setdefault("state", {})["fault"] = fault
        if fault is not None and fault.after:
            await self._app(scope, receive, _nowhere)
            await fault.answer()(scope, receive, send)
            return
        await self._app(scope, receive, self._with_rate_headers(send))

    def _over_rate(self) -> Response | None:
        """The 429, if there is no room for the request; otherwise the request is counted.

        Source: "429 is likely Retry-After ...; the limit seems to belong to the user, not the token": all share it.
        """
        dialect = self._store.dialect
        if dialect != self._limits:
            self._limits, self._limiter = dialect, limiter_of(dialect)
        wait_seconds = self._limiter.take(self._store.database.now()) if self._limiter else 0
        if not wait_seconds:
            return None
        headers = self._rate_headers()
        if dialect.rate_retry_after == "told":
            headers["Retry-After"] = str(max(1, math.ceil(wait_seconds)))
        return Answer({"message": "Too Many Attempts."}, 429, headers)

    def _rate_headers(self) -> dict[str, str]:
        if self._limiter is None or self._limits.rate_headers == "missing":
            return {}
        return {"X-RateLimit-Limit": str(self._limiter.limit), "X-RateLimit-Remaining": str(self._limiter.left)}

    def _with_rate_headers(self, send: Send) -> Send:
        headers = self._rate_headers()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        return send_with_headers


def fault_of(request: Request) -> Fault | None:
    """Returns the fault that a handler has to play along with, if there is one."""
    fault: Fault | None = request.state.fault
    return fault


def _asked(scope: Scope) -> Asked:
    path = scope.get("raw_path") or scope["path"].encode()
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    return Asked(scope["method"], (path + query).decode("latin-1"))


async def _nowhere(_: Message) -> None:
    """Takes the answer that gets lost."""
