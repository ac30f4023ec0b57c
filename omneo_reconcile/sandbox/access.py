"""Who may ask: tokens and their scopes, and the bodies they send."""

import json
from typing import Any

from starlette.requests import Request

from omneo_reconcile.sandbox.answers import Refused, invalid
from omneo_reconcile.sandbox.store import Store


def store_of(request: Request) -> Store:
    """Returns the store of the application that got the request."""
    store: Store = request.app.state.store
    return store


def demand(request: Request, scope: str | None = None) -> Store:
    """Returns the store if the request's token is known and carries the scope; None asks for no scope.

    Source: "Tokens belong to a machine user, carry scopes"; "a bad one gets 401 {message: Unauthenticated.}".

    Raises:
        Refused: 401 for the token, 403 for the scope.
    """
    store = store_of(request)
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    scopes = store.scopes(token.strip())
    if kind.lower() != "bearer" or scopes is None:
        raise Refused(401, "Unauthenticated.")
    if scope is not None and scope not in scopes:
        raise Refused(403, f"Invalid scope(s) provided: {scope} is needed.")
    return store


async def body_of(request: Request) -> dict[str, Any]:
    """Returns the JSON object a request carries.

    Raises:
        Refused: 422 for anything else.
    """
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise invalid("body", "The body must be valid JSON.") from None
    if not isinstance(body, dict):
        raise invalid("body", "The body must be a JSON object.")
    return body


def text_in(body: dict[str, Any], field: str, default: str | None) -> str | None:
    """Returns a text or null of a body, or the default if the field is not there.

    Raises:
        Refused: 422 for another type.
    """
    value = body.get(field, default)
    if value is not None and not isinstance(value, str):
        raise invalid(field, f"The {field} must be a string.")
    return value


def handles_in(body: dict[str, Any], field: str = "statuses", *, called: str | None = None) -> tuple[str, ...]:
    """Returns the list of status handles in a body; the error names the field as ``called``.

    Raises:
        Refused: 422 for anything but a list of strings.
    """
    value = body.get(field)
    if not isinstance(value, list) or not all(isinstance(handle, str) for handle in value):
        raise invalid(called or field, f"The {called or field} must be an array of strings.")
    return tuple(value)
