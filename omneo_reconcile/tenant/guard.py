"""Where requests may go: a base URL that keeps the token safe, a transport that refuses all but the allowed calls."""

import ipaddress
import re

import httpx

from omneo_reconcile.errors import FailureName, InvalidUse

BATCH_PATH = "/profile/status/batch.json"
_WRITES = frozenset({"POST", "DELETE"})
_HOST_NAME = re.compile(r"(?![0-9.]+\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")  # digits alone are no name
_LONGEST_HOST_NAME = 253  # characters, without the dot at the end. Source: RFC 1035, 2.3.4
_TRICKY = re.compile(rb"/(\.|%2e)*(/|$)|%2f|%5c|\\", re.IGNORECASE)
"""Empty parts, dots alone and hidden slashes: servers disagree on where a path with those leads."""


class ForbiddenCallError(RuntimeError):
    """The code asked for a call that this tool must never make. A bug, found before anything left the process."""


class GuardedTransport(httpx.AsyncBaseTransport):
    """Passes GET below the base URL and, if it may write, the two batch calls. Refuses everything else.

    It sits between the client and the transport that sends, so that no code path or option of the client gets around
    it. What happens below it, it cannot see: that no redirect is followed there is the promise of `NetworkTransport`,
    which hands each one back, and here its `Location` is taken off.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, base_url: str, *, may_write: bool) -> None:
        """Wraps the transport that does the sending."""
        self._inner = inner
        self._base = httpx.URL(base_url)
        self._may_write = may_write

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends the request if it is allowed.

        Raises:
            ForbiddenCallError: If it is not.
        """
        if not self._allows(request):
            path = request.url.raw_path.partition(b"?")[0]  # the query may hold an email
            raise ForbiddenCallError(f"refused to send {request.method} {path.decode('ascii')}")
        response = await self._inner.handle_async_request(request)
        response.headers.pop("location", None)  # nothing above can follow it, or fail over it
        return response

    async def aclose(self) -> None:
        """Closes the wrapped transport."""
        await self._inner.aclose()

    def _allows(self, request: httpx.Request) -> bool:
        url, base = request.url, self._base
        if (url.scheme, url.raw_host, url.port) != (base.scheme, base.raw_host, base.port):
            return False
        root = base.raw_path.rstrip(b"/")
        path = url.raw_path.partition(b"?")[0]
        if request.method == "GET":
            return path.startswith(root + b"/") and not _TRICKY.search(path.removeprefix(root))
        return self._may_write and request.method in _WRITES and url.raw_path == root + BATCH_PATH.encode()


def checked_base_url(text: str) -> str:
    """Returns the base URL without a slash at the end, if a token may be sent there.

    Raises:
        InvalidUse: If it is no plain URL, or plain HTTP to another machine.
    """
    url = _parsed(text)
    plain = url.scheme in {"http", "https"} and not url.userinfo and not set(text) & set("?#")
    if not plain or not _is_host(url) or not (url.port is None or 0 < url.port < 65536):
        raise InvalidUse.of(
            FailureName.USAGE,
            "not a base URL",
            "--base-url or OMNEO_BASE_URL",
            "write it as https://api.NAME.getomneo.com/api/v3, without a user, a query or a fragment",
        )
    if url.scheme == "http" and not _is_loopback(url.host):
        raise InvalidUse.of(
            FailureName.USAGE,
            "plain http would send the token in the clear",
            f"base URL with host {url.host}",
            "use https; plain http is for this machine alone (localhost)",
        )
    return str(url).rstrip("/")


def host_of(base_url: str) -> str:
    """Returns the host of a checked base URL."""
    return httpx.URL(base_url).host


def _parsed(text: str) -> httpx.URL:
    """Returns the URL in its one spelling, or an empty one if the text is none."""
    try:
        url = httpx.URL(str(httpx.URL(text)))  # a port that goes without saying is dropped at the second look
        _ = url.host  # decodes an international name, or fails
    except (httpx.InvalidURL, UnicodeError):
        return httpx.URL()
    return url


def _is_host(url: httpx.URL) -> bool:
    """True for a name that DNS can hold, or an address: what is neither, aiohttp and the resolver fail over."""
    name = url.raw_host.decode("ascii")
    if _address(name):
        return "%" not in name  # the zone of an address may hold anything
    return len(name.removesuffix(".")) <= _LONGEST_HOST_NAME and bool(_HOST_NAME.fullmatch(name))


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
