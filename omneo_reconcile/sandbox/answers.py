"""Envelopes and errors, exactly as Omneo words them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from omneo_reconcile.sandbox.dialect import Dialect

Json = dict[str, Any]


class Answer(JSONResponse):
    """An answer in JSON, written fast: pages of profiles are most of what a sandbox does."""

    def render(self, content: object) -> bytes:
        """Returns the body."""
        return msgspec.json.encode(content)


class Refused(Exception):
    """A request that gets an error for an answer.

    Source: "422 carries {message, errors: {field: [...]}}"; "a bad one gets 401 {message: Unauthenticated.}".
    """

    def __init__(self, status: int, message: str, errors: Mapping[str, Sequence[str]] | None = None) -> None:
        """Takes the HTTP status and what the body says."""
        super().__init__(message)
        self.status = status
        self.body: Json = {"message": message} if errors is None else {"message": message, "errors": errors}


def invalid(field: str, message: str) -> Refused:
    """Returns the 422 about one field."""
    return Refused(422, "The given data was invalid.", {field: [message]})


async def answer_refused(_: Request, error: Exception) -> Response:
    """Answers a `Refused`, and the 404 and 405 of the router, as JSON."""
    if isinstance(error, Refused):
        return Answer(error.body, error.status)
    assert isinstance(error, HTTPException)
    return Answer({"message": error.detail}, error.status_code, error.headers)


class Page(NamedTuple):
    """The page asked for: how many rows a page has, and its number from 1."""

    size: int
    number: int

    @property
    def offset(self) -> int:
        """How many rows come before it."""
        return self.size * (self.number - 1)


def page_of(query: QueryParams, dialect: Dialect) -> Page:
    """Returns the page a request asks for.

    Source: "page[size] and page[number]. Default size 15 ... A size too large may be cut or answered 422".

    Raises:
        Refused: a size or number that is none, or a size too large where the dialect rejects it.
    """
    size = _positive(query, "page[size]", dialect.page_size_default)
    if size > dialect.page_size_max and dialect.page_oversize == "rejected":
        raise invalid("page.size", f"The page.size may not be greater than {dialect.page_size_max}.")
    return Page(min(size, dialect.page_size_max), _positive(query, "page[number]", 1))


def _positive(query: QueryParams, name: str, default: int) -> int:
    text = query.get(name, str(default))
    field = name.replace("[", ".").replace("]", "")
    # Nine digits are more rows than anybody has, and fewer than SQLite's integers overflow at.
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
        raise invalid(field, f"The {field} must be a positive integer.")
    return int(text)


def paged(request: Request, rows: Sequence[Json], total: int, page: Page, dialect: Dialect) -> Response:
    """Answers one page of a list, with ``links`` and ``meta`` unless the dialect leaves them out, here or everywhere.

    Source: "Envelope {data, links: {first,last,prev,next}, meta: {current_page, from, last_page, path, per_page, to,
    total}}. links and meta may be missing on lists that are not paged."
    """
    if dialect.page_meta == "never" or (dialect.page_meta == "missing" and total <= page.size):
        return Answer({"data": rows})
    last = max(1, -(-total // page.size))
    meta = {
        "current_page": page.number,
        "from": page.offset + 1 if rows else None,
        "last_page": last,
        "path": str(request.url.replace(query="")),
        "per_page": page.size,
        "to": page.offset + len(rows) if rows else None,
        "total": total,
    }
    return Answer({"data": rows, "links": _links(request, page.number, last), "meta": meta})


def _links(request: Request, number: int, last: int) -> Json:
    others = request.url.remove_query_params("page[number]")

    def to(page: int) -> str:
        return f"{others}{'&' if others.query else '?'}page%5Bnumber%5D={page}"

    return {
        "first": to(1),
        "last": to(last),
        "prev": to(number - 1) if number > 1 else None,
        "next": to(number + 1) if number < last else None,
    }


def timestamp(seconds: float | None, dialect: Dialect) -> str | None:
    """Returns a time in UTC in one of the two forms.

    Source: "Timestamps come as YYYY-MM-DD HH:MM:SS in every example, ISO 8601 in the prose."
    """
    if seconds is None:
        return None
    return f"{_utc(seconds, 'T')}Z" if dialect.timestamps == "iso" else _utc(seconds, " ")


@lru_cache(1024)
def _utc(seconds: float, separator: str) -> str:
    # A page has hundreds, many of them alike: remembered, and by isoformat, which is far faster than strftime. The
    # offset at its end is cut off.
    return datetime.fromtimestamp(seconds, UTC).isoformat(separator, "seconds")[:19]
