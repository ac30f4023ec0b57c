"""Requests to the API of a forge: the token goes there and nowhere else, and no answer is read without end."""

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    wait_exponential,
)

from omneo_reconcile.errors import FailureName, ForgeError

Kind = TypeVar("Kind")

_TRIES = 5
_FIRST_WAIT_SECONDS = 0.5  # then twice as long each time: 7.5 s in all
_LONGEST_WAIT_SECONDS = 60.0
_SILENT_SECONDS = 30
_MOST_PAGES = 100
_PAGE_SIZE = 100  # rows; the most that either forge gives
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_backoff = wait_exponential(_FIRST_WAIT_SECONDS)


class Bounds(NamedTuple):
    """How much of an answer is read, and for how long in all, however slowly it comes."""

    mebibytes: int
    seconds: float


OF_DOCUMENTS = Bounds(20, 30)
OF_FILES = Bounds(200, 120)


class PassingFault(ForgeError):
    """A fault that may be gone at the next try.

    Attributes:
        wait_seconds: How long the forge asks to be left alone.
    """

    wait_seconds = 0.0


def patiently(work: Callable[[], Kind], again_if: Callable[[Kind], bool] = lambda _: False) -> Kind:
    """Returns what the work gives; all of it is done again after a fault that may pass.

    Args:
        again_if: Tells of a result whether the next try may give a better one.
    """
    tries = Retrying(
        retry=retry_if_exception_type(PassingFault) | retry_if_result(again_if),
        stop=stop_after_attempt(_TRIES),
        wait=_wait,
        retry_error_callback=_last,
    )
    return tries(work)


def _wait(state: RetryCallState) -> float:
    error = state.outcome and state.outcome.exception()
    asked = error.wait_seconds if isinstance(error, PassingFault) else 0
    return max(_backoff(state), min(asked, _LONGEST_WAIT_SECONDS))


def _last(state: RetryCallState) -> Any:  # noqa: ANN401 - whatever the work gives
    assert state.outcome is not None
    return state.outcome.result()


class Api:
    """A forge's API at one address, with one token. Every request is sent once."""

    def __init__(self, base_url: str, headers: Mapping[str, str], bounds: Bounds = OF_DOCUMENTS) -> None:
        """Sends nothing yet.

        Args:
            headers: Go with every request to this address, and to no other; the token among them.
            bounds: Those of every answer but files.

        Raises:
            ForgeError: If the token would not be safe there.
        """
        _check_safe(base_url)
        self._base_url = base_url.rstrip("/")
        self._headers = dict(headers)
        self._bounds = bounds

    def get(self, path: str, kind: type[Kind], **query: str) -> Kind:
        """Returns an answer, which has the form asked for.

        Raises:
            PassingFault: If the next try may do better; so too for the other methods.
            ForgeError: If not.
        """
        return self._get(path, kind, query)[0]

    def pages(self, path: str, kind: type[Kind], **query: str) -> Iterator[Kind]:
        """Yields every page of a list."""
        for page in range(1, _MOST_PAGES + 1):
            document, is_last = self._get(path, kind, query | {"per_page": str(_PAGE_SIZE), "page": str(page)})
            yield document
            if is_last:
                return
        raise _fault(f"the list has more than {_MOST_PAGES} pages", path, "remove what is not needed there")

    def write(self, method: str, path: str, kind: type[Kind], **document: str) -> Kind:
        """Sends a change and returns what the forge made of it."""
        return _decoded(self._ask(method, path, json=document)[1], kind, path)

    def download(self, path: str) -> bytes | None:
        """Returns a file, or None if it is kept no more. The place that a forge keeps it at does not get the token."""
        url, headers = self._base_url + path, self._headers
        for _ in range(2):
            with _told(path):
                answer, data = self._read(OF_FILES, "GET", url, headers=headers)
                if answer.status_code in {404, 410}:
                    return None
                if not answer.has_redirect_location:
                    return _checked(data, answer, path)
                url, headers = str(answer.url.join(answer.headers["Location"])), {}
            _check_safe(url)
        raise _fault("the file was moved more than once", path, "run it again")

    def _get(self, path: str, kind: type[Kind], query: Mapping[str, str]) -> tuple[Kind, bool]:
        answer, data = self._ask("GET", path, params=query)
        return _decoded(data, kind, path), "next" not in answer.links

    def _ask(self, method: str, path: str, **content: Mapping[str, str]) -> tuple[httpx.Response, bytes]:
        with _told(path):
            url = self._base_url + path
            answer, data = self._read(self._bounds, method, url, headers=self._headers, **content)
            return answer, _checked(data, answer, path)

    def _read(
        self, bounds: Bounds, method: str, url: str, **content: Mapping[str, str]
    ) -> tuple[httpx.Response, bytes]:
        """Sends one request. Of an answer that is no success nothing but its head is read."""
        data, end = bytearray(), time.monotonic() + bounds.seconds
        with (
            httpx.Client(timeout=_SILENT_SECONDS, follow_redirects=False, verify=_trusted()) as client,
            client.stream(method, url, **content) as answer,  # type: ignore[arg-type]
        ):
            for chunk in answer.iter_bytes() if answer.is_success else ():
                data += chunk
                if len(data) > bounds.mebibytes * 1024**2:
                    what = f"the answer is larger than {bounds.mebibytes} MiB"
                    raise _fault(what, urlsplit(url).path, "remove what is not needed there")
                if time.monotonic() > end:
                    raise TimeoutError
        return answer, bytes(data)


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context()


@contextmanager
def _told(path: str) -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise PassingFault.of(
            FailureName.FORGE, f"the forge did not answer ({type(error).__name__})", path, "run it again"
        ) from None


def _checked(data: bytes, answer: httpx.Response, path: str) -> bytes:
    """Returns what was read, if the answer is a success. Source: GitHub, Rate limits for the REST API: 403 or 429."""
    status, wait = answer.status_code, answer.headers.get("Retry-After", "")
    if answer.is_success:
        return data
    is_limit = status == 429 or (status == 403 and (wait or answer.headers.get("x-ratelimit-remaining") == "0"))
    if is_limit or answer.is_server_error:
        error = PassingFault.of(FailureName.FORGE, f"the forge answered {status}", path, "run it again")
        error.wait_seconds = float(wait) if wait.isascii() and wait.isdigit() else 0
        raise error
    next_step = "check the permissions of its token" if status in {401, 403, 404} else "check the address of its API"
    raise _fault(f"the forge answered {status}", path, next_step)


def _decoded(data: bytes, kind: type[Kind], path: str) -> Kind:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, RecursionError):
        raise _fault("the forge's answer is not understood", path, "check the address of its API") from None


def _check_safe(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise _fault("the forge's address is not https", parts.hostname or "", "use https")


def _fault(what: str, where: str, next_step: str) -> ForgeError:
    return ForgeError.of(FailureName.FORGE, what, where, next_step)
