"""A server that never is the bound: it answers every GET with bytes that were made before."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

_PROCESSES = multiprocessing.get_context("spawn")


@contextmanager
def prepared(page: bytes, person: bytes) -> Iterator[str]:
    """Serves in another process and gives the base URL.

    Args:
        page: The JSON that answers a list.
        person: The JSON that answers a request with an email filter.
    """
    here, there = _PROCESSES.Pipe()
    process = _PROCESSES.Process(target=_serve, args=(_answer(page), _answer(person), there), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}/api/v3"
    finally:
        process.kill()


def _answer(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def _serve(page: bytes, person: bytes, pipe: Connection) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Prepared(page, person), "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


class _Prepared(asyncio.Protocol):
    """One connection. A GET ends with its headers, and httpx sends the next one after the answer."""

    def __init__(self, page: bytes, person: bytes) -> None:
        self._page, self._person = page, person
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._came += data
        while b"\r\n\r\n" in self._came:
            request, _, self._came = self._came.partition(b"\r\n\r\n")
            self._transport.write(self._person if b"email" in request.split(b"\r\n", 1)[0] else self._page)
