"""The endpoints of status definitions."""

from sqlite3 import Row
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from omneo_reconcile.sandbox.access import body_of, demand, text_in
from omneo_reconcile.sandbox.answers import Answer, Json, Refused, invalid, page_of, paged, timestamp
from omneo_reconcile.sandbox.dialect import Dialect
from omneo_reconcile.sandbox.store import Store

_WRITING = "update-profiles"
"""Which scope the writing of definitions needs is not known; this is the one writing scope that is."""

_ALWAYS_EMPTY = (
    "short_description",
    "long_description",
    "terms_conditions",
    "icon",
    "image_url",
    "earn_instructions",
    "internal_notes",
    "colour",
    "text_colour",
    "code",
    "group_handle",
    "group_name",
    "absolute_expiry",
    "timezone",
)


async def list_definitions(request: Request) -> Response:
    """Answers the definitions, by pages or all in one plain list.

    Source: "filter[handle]=vip is exact"; "Paged or a plain {data: [...]}: both exist."
    """
    store = demand(request, "read-statuses")
    found = store.definitions(request.query_params.get("filter[handle]"))
    rows = [_shown(definition, store.dialect) for definition in found]
    if store.dialect.definitions_list == "plain":
        return Answer({"data": rows})
    page = page_of(request.query_params, store.dialect)
    return paged(request, rows[page.offset : page.offset + page.size], len(rows), page, store.dialect)


async def read_definition(request: Request) -> Response:
    """Answers one definition by its integer id."""
    store = demand(request, "read-statuses")
    return Answer({"data": _shown(_found(store, request), store.dialect)})


async def create_definition(request: Request) -> Response:
    """Adds a definition; a handle that is taken is a 422.

    Source: "handle is unique".
    """
    store, body = demand(request, _WRITING), await body_of(request)
    handle, name = _handle_in(body, store), _needed(body, "name", None)
    days = body.get("period")
    if days is not None and (not isinstance(days, int) or isinstance(days, bool) or days < 0):
        raise invalid("period", "The period must be an integer.")
    created = store.add_definition(handle, name, days, description=text_in(body, "description", None))
    definition = store.definition(created)
    assert definition is not None
    return Answer({"data": _shown(definition, store.dialect)}, 201)


async def update_definition(request: Request) -> Response:
    """Changes handle, name or description of a definition."""
    store, body = demand(request, _WRITING), await body_of(request)
    old = _found(store, request)
    store.update_definition(
        old["id"],
        handle=_handle_in(body, store, old),
        name=_needed(body, "name", old["name"]),
        description=text_in(body, "description", old["description"]),
    )
    return Answer({"data": _shown(_found(store, request), store.dialect)})


async def delete_definition(request: Request) -> Response:
    """Deletes a definition, and with it every membership of it."""
    store = demand(request, _WRITING)
    store.delete_definition(_found(store, request)["id"])
    return Response(status_code=204)


def _found(store: Store, request: Request) -> Row:
    definition = store.definition(request.path_params["definition_id"])
    if definition is None:
        raise Refused(404, "No query results for model [Status].")
    return definition


def _needed(body: dict[str, Any], field: str, default: str | None) -> str:
    text = text_in(body, field, default)
    if not text:
        raise invalid(field, f"The {field} field is required.")
    return text


def _handle_in(body: dict[str, Any], store: Store, old: Row | None = None) -> str:
    handle = _needed(body, "handle", None if old is None else old["handle"])
    if any(old is None or taken["id"] != old["id"] for taken in store.definitions(handle)):
        raise invalid("handle", "The handle has already been taken.")
    return handle


def _shown(definition: Row, dialect: Dialect) -> Json:
    return {
        "id": definition["id"],
        "name": definition["name"],
        "handle": definition["handle"],
        "sort_order": definition["id"],
        "description": definition["description"],
        "period": definition["period_days"],
        "period_type": None if definition["period_days"] is None else "days",
        **dict.fromkeys(_ALWAYS_EMPTY),
        "created_at": timestamp(definition["created_at"], dialect),
        "updated_at": timestamp(definition["updated_at"], dialect),
    }


ROUTES = [
    Route("/statuses", list_definitions, methods=["GET"]),
    Route("/statuses", create_definition, methods=["POST"]),
    Route("/statuses/{definition_id:int}", read_definition, methods=["GET"]),
    Route("/statuses/{definition_id:int}", update_definition, methods=["PUT"]),
    Route("/statuses/{definition_id:int}", delete_definition, methods=["DELETE"]),
]
