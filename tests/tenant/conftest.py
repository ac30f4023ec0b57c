"""Tenants that answer by a script, for what the simulated tenant does not do: broken connections, HTML, odd shapes."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from omneo_reconcile.tenant.client import Client, WritingClient
from simulated import BASE_URL, FakeClock


class Scripted:
    """A client of a tenant whose every answer is what `answer` returns or raises, and what was sent to it."""

    def __init__(self, answer: Callable[[httpx.Request], object], **chosen: object) -> None:
        self.clock = FakeClock()
        self.sent: list[httpx.Request] = []
        self._answer = answer
        options = {"concurrency": 4, **chosen}
        kind = WritingClient if options.pop("may_write", False) else Client
        self.client = kind(
            BASE_URL, "s3cret-token", transport=httpx.MockTransport(self._handle), clock=self.clock, **options
        )

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        answer = self._answer(request)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def get(self, path="/statuses", params=None):
        return run(self.client, lambda client: client.get(path, params, scope="read-statuses"))


def run(client, work):
    """Returns what the work gives with the opened client."""

    async def main():
        async with client:
            return await work(client)

    return asyncio.run(main())


@pytest.fixture
def scripted():
    return Scripted


@pytest.fixture
def in_order():
    """Answers one after the other; the last stays."""

    def script(*answers):
        left = list(answers)
        return lambda _: left.pop(0) if len(left) > 1 else left[0]

    return script


@pytest.fixture
def using():
    return run


@pytest.fixture
def serving():
    """A real server on loopback that says the same bytes to everybody, and what it was sent."""

    @contextmanager
    def serve(answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
        heard: list[bytes] = []
        server = socket.create_server(("127.0.0.1", 0))

        def loop() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    heard.append(connection.recv(65536))
                    connection.sendall(answer)

        thread = threading.Thread(target=loop)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/api/v3", heard
        finally:
            server.shutdown(socket.SHUT_RDWR)
            server.close()
            thread.join()

    return serve
