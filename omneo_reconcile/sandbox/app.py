"""The simulated tenant as an ASGI application: for httpx in the same process, or for uvicorn."""

from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router

from omneo_reconcile.sandbox import batches, profiles, statuses
from omneo_reconcile.sandbox.access import demand
from omneo_reconcile.sandbox.answers import Answer, Refused, answer_refused
from omneo_reconcile.sandbox.database import Clock
from omneo_reconcile.sandbox.faults import Fault
from omneo_reconcile.sandbox.front import Asked, Front
from omneo_reconcile.sandbox.store import Store

BASE_PATH = "/api/v3"
"""Where the tenant's API begins."""


def create_app(store: Store, *, faults: Iterable[Fault] = (), now: Clock | None = None) -> Starlette:
    """Returns the application that answers for this tenant, under ``/api/v3``.

    Args:
        store: the tenant; whoever opened it closes it.
        faults: done to the requests of this application; each is counted anew for a new application.
        now: the clock, from now on also of the store; without it the store's own.
    """
    if now is not None:
        store.database.now = now
    requests: list[Asked] = []
    routes = [Route("/auth/verify", verify), *statuses.ROUTES, *profiles.ROUTES, *batches.ROUTES]
    app = Starlette(
        routes=[Mount(BASE_PATH, app=Router(routes, redirect_slashes=False))],
        exception_handlers={Refused: answer_refused, HTTPException: answer_refused},
        middleware=[Middleware(Front, store=store, faults=faults, requests=requests)],
    )
    app.state.store = store
    app.state.requests = requests
    return app


def requests_of(app: Starlette) -> tuple[Asked, ...]:
    """Returns every request the application got so far: method, and path with the query as it travelled."""
    return tuple(app.state.requests)


async def verify(request: Request) -> Response:
    """Answers whether the token is valid.

    Source: "GET /v3/auth/verify tells whether a token is valid"; what it says of a valid one is not known.
    """
    demand(request)
    return Answer({"data": {"valid": True}})
