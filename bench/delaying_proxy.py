"""The way to a tenant, in a process of its own: what is sent there takes a while, whatever the tenant is busy with.

A server that waits by itself before it answers is no network: while it works on one request, nobody else's time runs.
"""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

_PROCESSES = multiprocessing.get_context("spawn")
_MOST_BYTES = 1 << 20  # read at a time


@contextmanager
def delayed(base_url: str, seconds: float) -> Iterator[str]:
    """Gives another base URL for the same tenant: each request takes so long to get there; answers take no time."""
    here, there = _PROCESSES.Pipe()
    process = _PROCESSES.Process(target=_run, args=(urlsplit(base_url).port, seconds, there), daemon=True)
    process.start()
    there.close()
    try:
        yield urlsplit(base_url)._replace(netloc=f"127.0.0.1:{here.recv()}").geturl()
    finally:
        process.kill()
        process.join()


def _run(port: int, seconds: float, pipe: Connection) -> None:
    async def serve() -> None:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            there, back = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(_pass_on(reader, back, seconds), _pass_on(there, writer, 0.0))

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Passes on what comes, each piece so much later than it came, until nothing comes any more."""
    loop = asyncio.get_running_loop()
    with suppress(ConnectionError):
        while data := await reader.read(_MOST_BYTES):
            loop.call_later(seconds, writer.write, data) if seconds else writer.write(data)
    loop.call_later(seconds, writer.close)
