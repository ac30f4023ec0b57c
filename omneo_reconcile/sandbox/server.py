"""The simulated tenant over HTTP, on this machine only."""

import ipaddress
import socket
from collections.abc import Callable, Iterable

import uvicorn

from omneo_reconcile.sandbox.app import BASE_PATH, create_app
from omneo_reconcile.sandbox.faults import Fault
from omneo_reconcile.sandbox.store import Store

DEFAULT_PORT = 8484


class SandboxServer:
    """A server that listens as soon as it is made, and answers while `run` runs."""

    def __init__(
        self, store: Store, *, host: str = "127.0.0.1", port: int = DEFAULT_PORT, faults: Iterable[Fault] = ()
    ) -> None:
        """Takes the port; 0 takes a free one.

        Raises:
            ValueError: the host is not a loopback address: there is no reason to show a tenant to a network.
            OSError: the port is taken.
        """
        address = ipaddress.ip_address(host)
        if not address.is_loopback:
            raise ValueError(f"{host} is not a loopback address; the sandbox serves this machine only")
        family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family)
        # Connections inherit it. asyncio sets it only on sockets that say TCP by number, which this one does not, and
        # without it each answer waits 40 ms for an acknowledgement.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = f"[{host}]" if address.version == 6 else host
        # No access log: its lines would hold the emails that are asked for.
        config = uvicorn.Config(
            create_app(store, faults=faults), log_level="warning", access_log=False, lifespan="off", ws="none"
        )
        self._server = uvicorn.Server(config)

    @property
    def port(self) -> int:
        """The port it listens on."""
        port: int = self._socket.getsockname()[1]
        return port

    @property
    def base_url(self) -> str:
        """The base URL of the tenant."""
        return f"http://{self._host}:{self.port}{BASE_PATH}"

    def run(self) -> None:
        """Answers until `stop`, or until an interrupt, which is raised again once the server is down."""
        with self._socket:
            self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """Makes `run` return, from any thread."""
        self._server.should_exit = True


def serve(
    store: Store,
    *,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    faults: Iterable[Fault] = (),
    on_listening: Callable[[SandboxServer], None] | None = None,
) -> None:
    """Serves the tenant until it is interrupted; ``on_listening`` is told the server, with its real port, at the start.

    Raises:
        ValueError: the host is not a loopback address.
        OSError: the port is taken.
    """
    server = SandboxServer(store, host=host, port=port, faults=faults)
    if on_listening is not None:
        on_listening(server)
    server.run()
