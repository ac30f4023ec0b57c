"""What a list of profiles is filtered by and sorted by: the query as a condition in SQL."""

from collections.abc import Sequence
from typing import Any

from starlette.datastructures import QueryParams

from omneo_reconcile.sandbox.answers import Page, invalid
from omneo_reconcile.sandbox.dialect import Dialect
from omneo_reconcile.sandbox.snapshots import Selection

_LAST_CHARACTER = chr(0x10FFFF)
_ORDERS = {"created_at": "created_at, id", "-created_at": "created_at DESC, id"}
_STATUS_FILTERS = {"brackets": "filter[statuses][handle]", "dotted": "filter[statuses.handle]"}

Condition = tuple[str, Sequence[Any]]


def selection_of(query: QueryParams, page: Page, dialect: Dialect) -> Selection:
    """Returns which profiles a request asks for; filters that are not known are ignored.

    Raises:
        Refused: 422 for a filter or a sort that the dialect rejects.
    """
    plain = {"filter[id]": "id = ?", "filter[profile_type]": "profile_type = ?"}
    conditions: list[Condition] = [("true", ())]
    conditions += [(sql, (query[name],)) for name, sql in plain.items() if name in query]
    if (email := query.get("filter[email]")) is not None:
        conditions.append(_by_email(email, dialect))
    if (emails := query.get("filter[email][in]")) is not None:
        conditions += _by_emails(emails, dialect)
    conditions += _by_status(query, dialect)
    parameters = tuple(value for _, values in conditions for value in values)
    return Selection(" AND ".join(sql for sql, _ in conditions), parameters, _order(query, page, dialect))


def _by_email(email: str, dialect: Dialect) -> Condition:
    """The email filter.

    Source: "Whether the email filter is exact, and whether case matters: open."
    """
    column, email = _email_column(dialect), _cased(email, dialect)
    if dialect.email_filter == "prefix":
        return f"{column} BETWEEN ? AND ?", (email, email + _LAST_CHARACTER)
    return f"{column} = ?", (email,)


def _by_emails(emails: str, dialect: Dialect) -> list[Condition]:
    """The filter for many emails.

    A tenant may know the filter and not the list: all of it is one email to it, or only the first one counts.

    Source: "Many emails in one call, filter[email][in]=a@x.com,b@x.com: plausible, open."
    """
    if dialect.email_in == "rejected":
        raise invalid("filter.email.in", "The filter.email.in is not allowed.")
    if dialect.email_in == "ignored":
        return []
    asked = [emails] if dialect.email_in == "literal" else emails.split(",")
    wanted = [_cased(email, dialect) for email in (asked[:1] if dialect.email_in == "first" else asked)]
    return [(f"{_email_column(dialect)} IN ({', '.join('?' * len(wanted))})", wanted)]


def _email_column(dialect: Dialect) -> str:
    return "email_lower" if dialect.email_stored == "lowered" or dialect.email_case == "ignored" else "email"


def _cased(email: str, dialect: Dialect) -> str:
    return email.lower() if dialect.email_case == "ignored" else email


def _by_status(query: QueryParams, dialect: Dialect) -> list[Condition]:
    """The status filter, in the forms that work; the others are as if they were not there, match nobody, or are a 422.

    Source: "which one works is open, and one that does not may be rejected, or ignored, which returns every profile".
    """
    conditions: list[Condition] = []
    for form, name in _STATUS_FILTERS.items():
        handle = query.get(name)
        if handle is None:
            continue
        if dialect.status_filter in (form, "both"):
            conditions.append(_holds(handle, dialect))
        elif dialect.status_filter_other == "rejected":
            raise invalid(name, f"Requested filter(s) `{name}` are not allowed.")
        elif dialect.status_filter_other == "empty":
            conditions.append(("false", ()))
    return conditions


def _holds(handle: str, dialect: Dialect) -> Condition:
    held = """number IN (SELECT profile FROM memberships
        WHERE definition = (SELECT id FROM definitions WHERE handle = ?)
        AND (? OR expires_at IS NULL OR expires_at > now_seconds()))"""
    return held, (handle, dialect.expired_statuses != "gone")


def _order(query: QueryParams, page: Page, dialect: Dialect) -> str:
    """The order of the rows.

    Source: "sort=created_at and sort=-created_at work; without a stable sort, page numbers may skip or repeat rows."
    """
    sort = query.get("sort")
    if sort is None:
        backwards = dialect.page_order == "shifting" and page.number % 2 == 0
        return "created_at DESC, id DESC" if backwards else "created_at, id"
    if sort not in _ORDERS:
        raise invalid("sort", f"Requested sort `{sort}` is not allowed.")
    return _ORDERS[sort]
