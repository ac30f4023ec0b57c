"""The endpoints of profiles."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from omneo_reconcile.sandbox.access import body_of, demand, handles_in, text_in
from omneo_reconcile.sandbox.answers import Answer, Json, Refused, invalid, page_of, paged, timestamp
from omneo_reconcile.sandbox.dialect import Dialect
from omneo_reconcile.sandbox.listing import selection_of
from omneo_reconcile.sandbox.memberships import Membership
from omneo_reconcile.sandbox.people import Profile
from omneo_reconcile.sandbox.samples import PROFILE_TYPES
from omneo_reconcile.sandbox.store import Store


async def list_profiles(request: Request) -> Response:
    """Answers one page of the profiles that the filters leave.

    Source: "Whether rows of a list carry statuses at all, with or without include=statuses: open. A row without the key
    means 'not told'": what may be so of statuses, may be so of emails.
    """
    store = demand(request, "read-profiles")
    dialect, page = store.dialect, page_of(request.query_params, store.dialect)
    selection = selection_of(request.query_params, page, dialect)
    rows, total = store.people.page(selection, size=page.size, offset=page.offset)
    told = dialect.list_statuses == "always" or (dialect.list_statuses == "included" and _includes_statuses(request))
    shown = _shown(store, rows, told=told)
    if dialect.list_emails == "missing":
        for row in shown:
            del row["email"]
    return paged(request, shown, total, page, dialect)


async def read_profile(request: Request) -> Response:
    """Answers one profile, with its statuses if they are asked for.

    Source: "GET /v3/profiles/{id}?include=statuses reads one with its statuses".
    """
    store = demand(request, "read-profiles")
    told = store.dialect.list_statuses == "always" or _includes_statuses(request)
    return _answer(store, _found(store, request), told=told)


async def create_profile(request: Request) -> Response:
    """Adds a profile; several may have the same email.

    Source: "Emails are unique, say the docs of profiles; the statuses guide says to handle several matches."
    """
    store, body = demand(request, "update-profiles"), await body_of(request)
    email, profile_type = text_in(body, "email", None), _type_in(body, "active")
    handles = handles_in(body) if "statuses" in body else ()
    with store.database.transaction():
        profile_id = store.add_profile(email, profile_type=profile_type)
        profile = store.people.find(profile_id)
        assert profile is not None
        store.held.attach(profile.number, handles)
    return _answer(store, profile, told=True, status=201)


async def update_profile(request: Request) -> Response:
    """Changes a profile. This is Omneo's trap: ``statuses`` in it replaces the whole set.

    Source: "Never call PUT /v3/profiles/{id} with statuses ...: both replace the whole set and detach every status not
    sent".
    """
    store, body = demand(request, "update-profiles"), await body_of(request)
    profile = _found(store, request)
    email, profile_type = text_in(body, "email", profile.email), _type_in(body, profile.profile_type)
    handles = handles_in(body) if "statuses" in body else None
    with store.database.transaction():
        store.people.update(profile.number, email=email, profile_type=profile_type)
        if handles is not None:
            store.held.replace(profile.number, handles)
    return _answer(store, _found(store, request), told=True)


async def delete_profile(request: Request) -> Response:
    """Marks a profile as deleted."""
    store = demand(request, "update-profiles")
    store.people.delete(_found(store, request).number)
    return Response(status_code=204)


def _found(store: Store, request: Request) -> Profile:
    profile = store.people.find(request.path_params["profile_id"])
    if profile is None:
        raise Refused(404, "No query results for model [Profile].")
    return profile


def _type_in(body: dict[str, Any], default: str) -> str:
    profile_type = text_in(body, "profile_type", default)
    if profile_type not in PROFILE_TYPES:
        raise invalid("profile_type", "The selected profile_type is invalid.")
    return profile_type


def _includes_statuses(request: Request) -> bool:
    return "statuses" in request.query_params.get("include", "").split(",")


def _answer(store: Store, profile: Profile, *, told: bool, status: int = 200) -> Response:
    return Answer({"data": _shown(store, [profile], told=told)[0]}, status)


def _shown(store: Store, profiles: Sequence[Profile], *, told: bool) -> list[Json]:
    """The profiles as they travel; statuses only where they are told."""
    dialect = store.dialect
    if not told:
        return [_plain(profile, dialect) for profile in profiles]
    held = store.held.of_profiles([profile.number for profile in profiles])
    return [{**_plain(each, dialect), **_statuses(held.get(each.number, ()), dialect)} for each in profiles]


def _plain(profile: Profile, dialect: Dialect) -> Json:
    shown = {
        "id": profile.id,
        "email": profile.email,
        "profile_type": profile.profile_type,
        "created_at": timestamp(profile.created_at, dialect),
        "updated_at": timestamp(profile.updated_at, dialect),
    }
    if dialect.profile_type == "missing":
        del shown["profile_type"]
    return shown


def _statuses(held: Sequence[Membership], dialect: Dialect) -> Json:
    """The two fields that tell statuses.

    Source: "statuses is strings in the SDK; handles, infer; it may hold objects with handle"; "Expired ones may still
    be listed with is_active: false".
    """
    listed = [each for each in held if each.is_active or dialect.expired_statuses != "gone"]
    named = [each.handle for each in held if each.is_active or dialect.expired_statuses == "everywhere"]
    objects = [
        {
            "id": each.definition_id,
            "handle": each.handle,
            "name": each.name,
            "expires_at": timestamp(each.expires_at, dialect),
            "is_active": each.is_active,
        }
        for each in listed
    ]
    return {"statuses": objects if dialect.status_form == "objects" else named, "statuses_original": objects}


ROUTES = [
    Route("/profiles", list_profiles, methods=["GET"]),
    Route("/profiles", create_profile, methods=["POST"]),
    Route("/profiles/{profile_id}", read_profile, methods=["GET"]),
    Route("/profiles/{profile_id}", update_profile, methods=["PUT"]),
    Route("/profiles/{profile_id}", delete_profile, methods=["DELETE"]),
]
