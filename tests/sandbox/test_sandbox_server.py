"""The simulated tenant over HTTP, on this machine only."""

import socket
import subprocess
import sys
from threading import Thread

import httpx
import pytest

from omneo_reconcile.sandbox import Fault, Store
from omneo_reconcile.sandbox.server import SandboxServer, serve


@pytest.fixture
def store():
    store = Store.open(":memory:")
    store.reset()
    yield store
    store.close()


def ask(base_url, path):
    return httpx.get(base_url + path, headers={"Authorization": "Bearer sandbox"}, trust_env=False)


def test_a_tenant_is_served_on_a_free_port_until_it_is_stopped(store):
    listening = []

    def use(server):
        listening.append(server)
        clients.start()

    def talk():
        [server] = listening
        try:
            answers.append(ask(server.base_url, "/statuses"))
            answers.append(ask(server.base_url, "/statuses"))
        finally:
            server.stop()

    answers = []
    clients = Thread(target=talk)
    serve(store, port=0, faults=[Fault(nth=2, status=503)], on_listening=use)
    clients.join()
    assert [answer.status_code for answer in answers] == [200, 503]
    assert {row["handle"] for row in answers[0].json()["data"]} >= {"vip", "media"}


def test_serving_needs_nobody_to_be_told_that_it_listens(store, monkeypatch):
    ports = []
    monkeypatch.setattr("uvicorn.Server.run", lambda _, sockets: ports.append(sockets[0].getsockname()[1]))
    serve(store, port=0)
    assert ports[0] > 0


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_no_other_machine_is_ever_served(store, host):
    with pytest.raises(ValueError, match="loopback"):
        SandboxServer(store, host=host)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_an_address_of_ipv6_stands_in_brackets(store):
    server = SandboxServer(store, host="::1", port=0)
    assert server.base_url == f"http://[::1]:{server.port}/api/v3"
    server._socket.close()


def test_importing_the_sandbox_does_not_import_uvicorn():
    code = "import sys, omneo_reconcile.sandbox; sys.exit('uvicorn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
