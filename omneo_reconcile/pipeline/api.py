"""Requests to the API of a forge: the token goes there and nowhere else, and no answer is read without end."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from omneo_reconcile.errors import FailureName, ForgeError

Kind = TypeVar("Kind")

_TIMEOUT_SECONDS = 30
_TRIES = 4
_FIRST_WAIT_SECONDS = 0.5
_MOST_BYTES = 200 * 1024 * 1024
_MOST_PAGES = 100
_PAGE_SIZE = 100  # rows; the most that either forge gives
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class PassingFault(ForgeError):
    """A fault that may be gone at the next try."""


def patiently(work: Callable[[], Kind]) -> Kind:
    """Returns what the work gives; all of it is done again after a fault that may pass."""
    tries = Retrying(
        retry=retry_if_exception_type(PassingFault),
        stop=stop_after_attempt(_TRIES),
        wait=wait_exponential(_FIRST_WAIT_SECONDS),
        reraise=True,
    )
    return tries(work)


class Api:
    """A forge's API at one address, with one token. Every request is sent once."""

    def __init__(self, base_url: str, headers: Mapping[str, str]) -> None:
        """Sends nothing yet.

        Args:
            headers: Go with every request to this address, and to no other; the token among them.

        Raises:
            ForgeError: If the token would not be safe there.
        """
        _check_safe(base_url)
        self._base_url = base_url.rstrip("/")
        self._headers = dict(headers)
        self._trusted = httpx.create_ssl_context()

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

    def write(self, method: str, path: str, **document: str) -> None:
        """Sends a change."""
        self._send(method, path, json=document)

    def download(self, path: str) -> bytes | None:
        """Returns a file, or None if it is kept no more. The place that a forge keeps it at does not get the token."""
        url, headers = self._base_url + path, self._headers
        for _ in range(2):
            with self._client() as client, _told(path), client.stream("GET", url, headers=headers) as answer:
                if answer.status_code in {404, 410}:
                    return None
                if not answer.has_redirect_location:
                    return _read(_checked(answer, path), path)
                url, headers = str(answer.url.join(answer.headers["Location"])), {}
            _check_safe(url)
        raise _fault("the file was moved more than once", path, "run it again")

    def _client(self) -> httpx.Client:
        return httpx.Client(timeout=_TIMEOUT_SECONDS, follow_redirects=False, verify=self._trusted)

    def _get(self, path: str, kind: type[Kind], query: Mapping[str, str]) -> tuple[Kind, bool]:
        answer = self._send("GET", path, params=query)
        try:
            return msgspec.json.decode(answer.content, type=kind), "next" not in answer.links
        except (msgspec.DecodeError, msgspec.ValidationError):
            raise _fault("the forge's answer is not understood", path, "check the address of its API") from None

    def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        with self._client() as client, _told(path):
            return _checked(
                client.request(method, self._base_url + path, params=params, json=json, headers=self._headers), path
            )


@contextmanager
def _told(path: str) -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PassingFault.of(
            FailureName.FORGE, f"the forge did not answer ({type(error).__name__})", path, "run it again"
        ) from None


def _checked(answer: httpx.Response, path: str) -> httpx.Response:
    status = answer.status_code
    if answer.is_success:
        return answer
    if status == 429 or answer.is_server_error:
        raise PassingFault.of(FailureName.FORGE, f"the forge answered {status}", path, "run it again")
    next_step = "check the permissions of its token" if status in {401, 403, 404} else "check the address of its API"
    raise _fault(f"the forge answered {status}", path, next_step)


def _read(answer: httpx.Response, path: str) -> bytes:
    data = bytearray()
    for chunk in answer.iter_bytes():
        data += chunk
        if len(data) > _MOST_BYTES:
            raise _fault(f"the file is larger than {_MOST_BYTES // 1024**2} MiB", path, "apply the spec with --expect")
    return bytes(data)


def _check_safe(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise _fault("the forge's address is not https", parts.hostname or "", "use https")


def _fault(what: str, where: str, next_step: str) -> ForgeError:
    return ForgeError.of(FailureName.FORGE, what, where, next_step)
