"""What an HTTP answer means: something to go on with, a reason to try again, or one of our failures."""

import re
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import httpx
import msgspec

from omneo_reconcile.errors import AccessError, FailureName, ReconcileError, TenantError
from omneo_reconcile.tenant.pace import Pause

LONGEST_RETRY_AFTER_SECONDS = 300.0
TOO_MANY = 429
_SHORTEST_TOKEN = 8  # characters; a shorter one may be part of any word
_TRY_AGAIN = frozenset({408, 425, TOO_MANY, *range(500, 600)})


class Answer(NamedTuple):
    """An answer that a caller can go on with: 2xx, or a 4xx that is about this one request.

    Attributes:
        body: JSON, as it came; empty if a 404, 413 or 422 came without it.
        repeated: An earlier try of the same request reached the tenant and got no clear answer.
    """

    status: int
    body: bytes
    repeated: bool = False

    @property
    def ok(self) -> bool:
        """True for 2xx."""
        return self.status < 300


class TryAgain(Exception):
    """A try that failed in a way that may pass.

    Attributes:
        error: What it comes to if no other try succeeds.
        retry_after: Seconds that the tenant asks to wait, or 0.
        refused: True if not even a connection was made.
        too_many: True if the tenant asks everybody to pause.
        took: Seconds that the try took.
        pause: The gate that it closed, if the tenant asks everybody to pause.
        pause_counts: True if that pause is our own choice, at a tenant that has let nothing pass yet.
    """

    def __init__(
        self, error: ReconcileError, *, retry_after: float = 0.0, refused: bool = False, too_many: bool = False
    ) -> None:
        """Keeps the error; nobody is told of it yet."""
        super().__init__()
        self.error = error
        self.retry_after = retry_after
        self.refused = refused
        self.too_many = too_many
        self.took = 0.0
        self.pause = Pause(0.0, 0)
        self.pause_counts = False


def read_answer(response: httpx.Response, scope: str) -> Answer:
    """Returns an answer that can be used.

    Args:
        scope: What the token needs for the call, to name it if it is refused.

    Raises:
        TryAgain: If another try may bring one.
        AccessError: 401 or 403.
        TenantError: If this tenant will never answer so that we understand it.
    """
    status = response.status_code
    if status in _TRY_AGAIN:
        raise _try_again(response)
    if status == 401:
        raise AccessError.of(
            FailureName.TOKEN_REFUSED,
            "the tenant refused the token (401)",
            f"host {response.request.url.host}",
            "check OMNEO_TOKEN or --token-file: tokens expire and belong to one tenant",
        )
    if status == 403:
        raise AccessError.of(
            FailureName.MISSING_SCOPE,
            f"the token may not do this (403), it seems to lack the scope `{scope}`",
            _place(response.request),
            "give the machine user that scope",
        )
    if 300 <= status < 400:
        raise TenantError.of(
            FailureName.REDIRECTED,
            f"the tenant answered with a redirect ({status}), which is never followed",
            _place(response.request),
            "check the base URL",
        )
    return _checked(response)


def _checked(response: httpx.Response) -> Answer:
    status, body = response.status_code, _without_token(response)
    try:
        msgspec.json.decode(body.decode(), type=msgspec.Raw)  # looks at all of it, and makes nothing of it
        return Answer(status, body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        if status in {404, 413, 422}:
            return Answer(status, b"")
        kind = _media_type(response)
        unusable = TenantError.of(
            FailureName.UNEXPECTED_ANSWER,
            f"the tenant answered {status} with {kind}, which is not the JSON asked for",
            _place(response.request),
            "check the base URL: it ends in /api/v3",
        )
        if "json" in kind:  # cut on the way
            raise TryAgain(unusable) from None
        raise unusable from None


def _without_token(response: httpx.Response) -> bytes:
    """Returns the body without the token that the request carried: some proxies repeat what they refuse."""
    token = response.request.headers.get("authorization", "").removeprefix("Bearer ").encode()
    return response.content.replace(token, b"<token>") if len(token) >= _SHORTEST_TOKEN else response.content


def _media_type(response: httpx.Response) -> str:
    """Returns the type if it is one: what a server writes there instead might be anything."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind if re.fullmatch(r"[a-z]+/[a-z0-9.+-]{1,40}", kind) else "no known type"


def _try_again(response: httpx.Response) -> TryAgain:
    status = response.status_code
    retry_after = _retry_after_seconds(response)
    too_long = retry_after > LONGEST_RETRY_AFTER_SECONDS
    words = ": too many requests" if status == TOO_MANY else " to every try"
    error = TenantError.of(
        FailureName.SERVER_ERROR,
        f"the tenant answered {status}" + (f" and asks to wait {retry_after:.0f} s" if too_long else words),
        _place(response.request),
        "try again later" + (", or slower with --rate" if status == TOO_MANY else ""),
    )
    if too_long:
        raise error
    return TryAgain(error, retry_after=retry_after, too_many=status == TOO_MANY)


def too_long(request: httpx.Request, most_bytes: int) -> TenantError:
    """Returns the failure of an answer that was not read to its end, since it has more than this many bytes."""
    return TenantError.of(
        FailureName.UNEXPECTED_ANSWER,
        f"the tenant answered with more than {most_bytes // 1_000_000} MB, and the rest was not read",
        _place(request),
        "check the base URL: it ends in /api/v3",
    )


def packed_otherwise(request: httpx.Request) -> TenantError:
    """Returns the failure of an answer that cannot be unpacked."""
    return TenantError.of(
        FailureName.UNEXPECTED_ANSWER,
        "the tenant packed its answer in another way than those offered, gzip and deflate",
        _place(request),
        "check what lies between here and the tenant, such as a proxy",
    )


def _place(request: httpx.Request) -> str:
    """The call as it travelled, without its query, which may hold an email."""
    path = request.url.raw_path.partition(b"?")[0]
    return f"{request.method} {path.decode('ascii')}"


def _retry_after_seconds(response: httpx.Response) -> float:
    """Returns what `Retry-After` asks, as seconds or as a date against the server's own clock; 0 if nothing."""
    text = response.headers.get("retry-after", "")
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    try:
        wanted, now = parsedate_to_datetime(text), parsedate_to_datetime(response.headers.get("date", ""))
        return max(0.0, (wanted - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return 0.0


def told_number(response: httpx.Response, header: str) -> int | None:
    """Returns a count that the tenant tells in a header, or None if it tells none or nonsense."""
    text = response.headers.get(header, "")
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
