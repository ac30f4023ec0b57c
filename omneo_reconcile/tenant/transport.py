"""The network: httpx's requests and answers over aiohttp, which stays fast with many connections.

Source: measured.md, HTTP against a server that was never the bound. The package httpx-aiohttp would not do: it spells
`%40` anew as `@`, keeps cookies, and calls a connection that broke a timeout.
"""

import ssl
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from omneo_reconcile.errors import FailureName, InvalidUse
from omneo_reconcile.tenant import body
from omneo_reconcile.tenant.answers import packed_otherwise, too_long

if TYPE_CHECKING:
    import aiohttp

Transport = httpx.AsyncBaseTransport  # its name outside this package
CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0  # between two pieces of an answer


class NetworkTransport(httpx.AsyncBaseTransport):
    """Sends requests as they are: no redirects, cookies, proxies or netrc, and TLS checked.

    Reading keeps its connections. A write gets a fresh one: a kept one that the tenant has just closed would leave it
    open whether the batch arrived.
    """

    def __init__(self, connections: int) -> None:
        """Opens nothing yet.

        Args:
            connections: Most at once, for reading and for writing.

        Raises:
            InvalidUse: If the certificates named in the environment cannot be read.
        """
        self._connections = connections
        self._context = trusting_context()
        self._sessions: dict[bool, aiohttp.ClientSession] = {}  # by whether connections are kept

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends the request and reads the whole answer, which comes back unpacked.

        Raises:
            httpx.RequestError: If no answer came; with httpx's names for the reasons.
            TenantError: If it is too long, or packed in a way that was not offered.
        """
        import yarl  # noqa: PLC0415 - with aiohttp, see `_session`

        session = self._session(keeps=request.method == "GET")
        headers = [(name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers.raw]
        with _as_httpx_errors(request):
            url = yarl.URL(str(request.url), encoded=True)  # else it would be spelled anew
            async with session.request(
                request.method, url, headers=headers, data=request.content or None, allow_redirects=False
            ) as answer:
                told = httpx.Headers(answer.raw_headers)
                content = await _content(answer, request, told.get("content-encoding", ""))
        for name in ("content-encoding", "content-length"):  # what they tell is no longer so
            told.pop(name, None)
        return httpx.Response(answer.status, headers=told, content=content, request=request)

    async def aclose(self) -> None:
        """Closes all connections."""
        for session in self._sessions.values():
            await session.close()

    def _session(self, *, keeps: bool) -> "aiohttp.ClientSession":
        if keeps not in self._sessions:
            import aiohttp  # noqa: PLC0415 - 0.1 s that the simulated tenant in process does not need

            connector = aiohttp.TCPConnector(limit=self._connections, ssl=self._context, force_close=not keeps)
            self._sessions[keeps] = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,  # without a bound
                trust_env=False,
                timeout=aiohttp.ClientTimeout(connect=CONNECT_SECONDS, sock_read=READ_SECONDS),
            )
            # Else a GET or DELETE is sent again unseen; there is no public name. Source: aiohttp 3.14, client.py
            self._sessions[keeps]._retry_connection = False
        return self._sessions[keeps]


def in_process(app: Callable[..., Coroutine[None, None, None]]) -> httpx.AsyncBaseTransport:
    """Returns a transport to an application in the same process."""
    return httpx.ASGITransport(app, raise_app_exceptions=False)


def trusting_context() -> ssl.SSLContext:
    """Returns what checks certificates: those of `SSL_CERT_FILE` or `SSL_CERT_DIR`, or else the usual ones.

    Raises:
        InvalidUse: If they cannot be read.
    """
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        raise InvalidUse.of(
            FailureName.USAGE,
            f"the trusted certificates cannot be read ({type(error).__name__})",
            "SSL_CERT_FILE or SSL_CERT_DIR",
            "name a file of certificates that exists, or unset it",
        ) from None


async def _content(answer: "aiohttp.ClientResponse", request: httpx.Request, coding: str) -> bytes:
    """Returns the whole body, unpacked; where that fails, another try cannot help."""
    try:
        return body.unpacked(await body.read_bounded(answer.content.iter_chunked(body.PIECE_BYTES)), coding)
    except body.TooLongError:
        answer.close()  # with its connection: the rest is not waited for
        raise too_long(request, body.MOST_BYTES) from None
    except body.UnknownCodingError:
        raise packed_otherwise(request) from None


@contextmanager
def _as_httpx_errors(request: httpx.Request) -> Iterator[None]:
    """Gives every failure of the network httpx's name."""
    import aiohttp  # noqa: PLC0415 - see `_session`

    try:
        yield
    except aiohttp.ConnectionTimeoutError:
        raise httpx.ConnectTimeout("connecting took too long", request=request) from None
    except TimeoutError:
        raise httpx.ReadTimeout("reading took too long", request=request) from None
    except aiohttp.ClientConnectorError:
        raise httpx.ConnectError("no connection", request=request) from None
    except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, body.BrokenBodyError, OSError):
        raise httpx.ReadError("the connection broke", request=request) from None
    except ValueError:  # from yarl, aiohttp or the resolver
        raise httpx.LocalProtocolError("not a request that can be sent", request=request) from None
    except aiohttp.ClientError:
        raise httpx.RemoteProtocolError("not HTTP", request=request) from None
