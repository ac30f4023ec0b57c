"""The endpoints of batches: the two calls that write statuses, and the reading of what became of them."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from omneo_reconcile.sandbox.access import body_of, demand, handles_in
from omneo_reconcile.sandbox.answers import Answer, Json, Refused, invalid, timestamp
from omneo_reconcile.sandbox.dialect import Dialect
from omneo_reconcile.sandbox.front import fault_of
from omneo_reconcile.sandbox.queue import Action, Batch, Item
from omneo_reconcile.sandbox.store import Store

_WORDS = {
    "sdk": {"pending": "pending", "success": "success", "failed": "failed"},
    "other": {"pending": "queued", "success": "completed", "failed": "completed_with_errors"},
}


async def attach_statuses(request: Request) -> Response:
    """Accepts a batch that adds statuses and keeps what each profile holds.

    Source: "202 {data: {message: Queued for processing., batch_id}}. Accepted is not done."
    """
    return await _accept(request, "attach")


async def detach_statuses(request: Request) -> Response:
    """Accepts a batch that removes only the statuses sent.

    Source: "DELETE on the same path, same body, detaches only the handles sent."
    """
    return await _accept(request, "detach")


async def read_batch(request: Request) -> Response:
    """Answers how far a batch is.

    Source: "Which scope it needs: open. A token that may write may get 403 here".
    """
    store = demand(request)
    demand(request, store.dialect.batch_scope)
    batch = store.queue.read(request.path_params["batch_id"])
    if batch is None:
        raise Refused(404, "No query results for model [Batch].")
    return Answer({"data": _shown(batch, store.dialect)})


async def _accept(request: Request, action: Action) -> Response:
    store, body = demand(request, "update-profiles"), await body_of(request)
    items = _one_each(_items_in(body, store.dialect), store.dialect)
    _refuse_unknown(items, store)
    fault = fault_of(request)
    if fault is not None:
        items = [item._replace(forgotten=fault.forgets(item.profile_id)) for item in items]
    number, batch_id = store.queue.submit(action, items)
    told = batch_id if store.dialect.batch_id == "uuid" else number
    return Answer({"data": {"message": "Queued for processing.", "batch_id": told}}, 202)


def _items_in(body: dict[str, Any], dialect: Dialect) -> list[Item]:
    """The items of a body, checked.

    Source: "a few hundred profiles a request; sibling endpoints stop at 500. Above that: 422 or 413".
    """
    profiles = body.get("profiles")
    if not isinstance(profiles, list) or not profiles:
        raise invalid("profiles", "The profiles field is required and must be an array.")
    if len(profiles) > dialect.batch_size_max:
        if dialect.batch_oversize == "413":
            raise Refused(413, "Payload Too Large")
        raise invalid("profiles", f"The profiles may not have more than {dialect.batch_size_max} items.")
    return [_item(place, each) for place, each in enumerate(profiles)]


def _item(place: int, each: object) -> Item:
    if not isinstance(each, dict):
        raise invalid(f"profiles.{place}", f"The profiles.{place} must be an object.")
    profile_id = each.get("profile_id")
    if not isinstance(profile_id, str) or not profile_id:
        field = f"profiles.{place}.profile_id"
        raise invalid(field, f"The {field} field is required and must be a string.")
    return Item(profile_id, handles_in(each, called=f"profiles.{place}.statuses"))


def _one_each(items: list[Item], dialect: Dialect) -> list[Item]:
    """The items with each profile once.

    Source: "A profile twice in one request: open, so merge its handles first."
    """
    found: dict[str, Item] = {}
    for item in items:
        earlier = found.get(item.profile_id)
        if earlier is None or dialect.batch_same_profile == "last":
            found[item.profile_id] = item
        elif dialect.batch_same_profile == "merged":
            found[item.profile_id] = earlier._replace(statuses=earlier.statuses + item.statuses)
        else:
            raise invalid("profiles", "The profiles field has a duplicate value.")
    return list(found.values())


def _refuse_unknown(items: list[Item], store: Store) -> None:
    """Source: "An unknown or deleted profile_id: 422 for all, one failed item, or silence"."""
    if store.dialect.batch_unknown_profile != "rejected":
        return
    for place, item in enumerate(items):
        if store.people.living(item.profile_id) is None:
            raise invalid(f"profiles.{place}.profile_id", f"The selected profiles.{place}.profile_id is invalid.")


def _shown(batch: Batch, dialect: Dialect) -> Json:
    """A batch as it travels.

    Source: "Counts are strings in the docs, numbers in the SDK"; "Whether items is filled for status batches"; "status
    is one of pending, success, failed in the SDK's types; other words are possible".
    """
    unsaid = dialect.batch_settles == "unsaid"
    states = ["pending" if unsaid else item["state"] for item in batch.items]
    success, failed = states.count("success"), states.count("failed")
    count = str if dialect.batch_counts == "strings" else int
    items = [_item_shown(item, state) for item, state in zip(batch.items, states, strict=True)]
    return {
        "id": batch.id if dialect.batch_id == "uuid" else batch.number,
        "import_job_id": batch.number,
        "entity_type": "profile_status",
        "total_count": len(states),
        "status": _WORDS[dialect.batch_words][_state(states, dialect)],
        "success_count": count(success),
        "failed_count": count(failed),
        "processed_count": count(success + failed),
        "created_at": timestamp(batch.created_at, dialect),
        "updated_at": timestamp(batch.updated_at, dialect),
        "items": [] if dialect.batch_items == "empty" else items,
    }


def _state(states: list[str], dialect: Dialect) -> str:
    if "pending" in states:
        return "pending"
    if "success" in states and dialect.batch_partly_failed == "success":
        return "success"
    return "failed" if "failed" in states else "success"


def _item_shown(item: dict[str, Any], state: str) -> Json:
    return {
        "id": item["id"],
        "entity_id": item["profile_id"],
        "external_id": None,
        "status": state,
        "error": item["error"] if state == "failed" else None,
    }


ROUTES = [
    Route("/profile/status/batch.json", attach_statuses, methods=["POST"]),
    Route("/profile/status/batch.json", detach_statuses, methods=["DELETE"]),
    Route("/batches/{batch_id}", read_batch, methods=["GET"]),
]
