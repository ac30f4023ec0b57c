"""The network: requests travel as they were built, and every failure has httpx's name."""

import asyncio
import gzip
import socket
import ssl
import threading
import tracemalloc
import zlib
from contextlib import contextmanager, suppress
from pathlib import Path

import aiohttp  # before any test names certificates: it looks for its own as it is imported
import httpx
import pytest

from omneo_reconcile.errors import InvalidUse, TenantError
from omneo_reconcile.tenant.client import Client
from omneo_reconcile.tenant.transport import NetworkTransport, trusting_context
from simulated import FakeClock
from tenant.conftest import run

pytestmark = pytest.mark.enable_socket
JSON = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
ANSWER = JSON + b"content-length: 2\r\n\r\n{}"
CERTIFICATES = Path(__file__).parent / "certificates"


def send(requests, connections=4, at_once=False):
    """Sends requests and returns the answers."""

    async def main():
        transport = NetworkTransport(connections)
        try:
            if at_once:
                return await asyncio.gather(*map(transport.handle_async_request, requests))
            return [await transport.handle_async_request(request) for request in requests]
        finally:
            await transport.aclose()

    return asyncio.run(main())


def get(base_url, path="/statuses"):
    return httpx.Request("GET", base_url + path)


@contextmanager
def keeping(answers):
    """A server that keeps its connections, and for each of them what it heard on it; None closes a connection."""
    heard = []
    server = socket.create_server(("127.0.0.1", 0))

    def talk(connection, said):
        with connection:
            while data := connection.recv(65536):
                said.append(data)
                answer = answers(len(said))
                if answer is None:
                    return
                connection.sendall(answer)

    def accept():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            heard.append([])
            threading.Thread(target=talk, args=(connection, heard[-1]), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/api/v3", heard
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


@pytest.mark.parametrize(
    "target",
    [
        "/profiles?filter%5Bemail%5D=a%2Bb%40x.com%2Cc%40x.com",
        "/profiles?filter[email][in]=a%2Bb@x.com,c@x.com",
        "/profiles?q=o%27hara%25%20x%26y%3Dz",
        "/profiles/a%2Fb%20c%3A%7E",
        "/profiles/%41?x=%e2%82%ac",
    ],
)
def test_what_is_quoted_travels_as_it_is(serving, target):
    with serving(ANSWER) as (base_url, heard):
        request = get(base_url, target)
        send([request])
    assert heard[0].split()[1] == request.url.raw_path


def test_redirects_are_handed_back_and_not_followed(serving):
    redirect = b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"
    with serving(redirect) as (base_url, heard):
        assert send([get(base_url)])[0].status_code == 302
    assert len(heard) == 1


def test_cookies_are_not_kept():
    answer = JSON + b"set-cookie: session=1; path=/\r\ncontent-length: 2\r\n\r\n{}"
    with keeping(lambda _: answer) as (base_url, heard):
        named = base_url.replace("127.0.0.1", "localhost")  # the cookies of an address nobody keeps
        send([get(named), get(named)])
    assert [len(said) for said in heard] == [2]
    assert all(b"cookie" not in said.lower() for said in heard[0])


def test_only_the_headers_of_the_request_name_who_asks(serving):
    with serving(ANSWER) as (base_url, heard):
        headers = {"User-Agent": "omneo-reconcile", "Accept": "application/json", "Accept-Encoding": "gzip, deflate"}
        send([httpx.Request("GET", base_url, headers=headers)])
    lines = {line.partition(b":")[0].lower() for line in heard[0].split(b"\r\n")[1:] if line}
    assert lines == {b"host", b"user-agent", b"accept", b"accept-encoding"}


def packed_by(coding, packed):
    """An answer that says how its body is packed."""
    return JSON + b"content-encoding: %s\r\ncontent-length: %d\r\n\r\n%s" % (coding.encode(), len(packed), packed)


def bare_deflate(content):
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("GZip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", bare_deflate),
        ("identity", bytes),
        ("", bytes),
    ],
)
def test_what_is_packed_comes_back_unpacked_and_no_header_says_otherwise(serving, coding, pack):
    content = b'{"data": []}'
    with serving(packed_by(coding, pack(content))) as (base_url, _):
        (answer,) = send([get(base_url)])
    assert answer.json() == {"data": []}
    assert "content-encoding" not in answer.headers
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["content-type"] == "application/json"


def test_an_empty_body_is_empty_whatever_it_is_packed_by(serving):
    with serving(packed_by("gzip", b"")) as (base_url, _):
        assert send([get(base_url)])[0].content == b""


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize("damage", [lambda packed: packed[:-3], lambda packed: packed[:4], lambda _: b"x" * 20])
def test_what_is_cut_or_damaged_under_its_packing_is_a_connection_that_broke(serving, coding, damage):
    packed = (gzip.compress if coding == "gzip" else zlib.compress)(b'{"data": []}')
    with serving(packed_by(coding, damage(packed))) as (base_url, _), pytest.raises(httpx.ReadError):
        send([get(base_url)])


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip"])
def test_an_answer_packed_as_nobody_offered_is_not_the_one_asked_for(serving, coding):
    with serving(packed_by(coding, b"{}")) as (base_url, _), pytest.raises(TenantError, match="another way") as caught:
        send([get(base_url, "/profiles?filter[email]=a@x.com")])
    assert caught.value.name == "unexpected_answer"
    assert caught.value.faults[0].where == "GET /api/v3/profiles"


def test_an_answer_as_long_as_allowed_is_read(serving, monkeypatch):
    monkeypatch.setattr("omneo_reconcile.tenant.body.MOST_BYTES", 1000)
    content = b'"%s"' % (b"x" * 998)
    for answer in (packed_by("gzip", gzip.compress(content)), packed_by("identity", content)):
        with serving(answer) as (base_url, _):
            assert send([get(base_url)])[0].content == content


def test_a_small_body_that_unpacks_to_gigabytes_is_given_up_at_32_mb(serving):
    with serving(packed_by("gzip", bomb(120))) as (base_url, _):
        tracemalloc.start()
        with pytest.raises(TenantError, match="more than 32 MB") as caught:
            send([get(base_url)])
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert caught.value.name == "unexpected_answer"
    assert most < 100_000_000


def bomb(megabytes):
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    zeros = bytes(1_000_000)
    return b"".join([*(packer.compress(zeros) for _ in range(megabytes)), packer.flush()])


@pytest.mark.parametrize("head", [b"", b"content-length: 1000000000000\r\n", b"transfer-encoding: chunked\r\n"])
def test_a_body_without_end_is_given_up_at_32_mb(endless, head):
    with endless(JSON + head + b"\r\n") as (base_url, sent), pytest.raises(TenantError, match="more than 32 MB"):
        send([get(base_url)])
    assert 32_000_000 < sum(sent) < 50_000_000


def test_an_answer_that_is_too_long_is_not_asked_for_again(serving, monkeypatch):
    monkeypatch.setattr("omneo_reconcile.tenant.body.MOST_BYTES", 1000)
    with serving(packed_by("gzip", gzip.compress(bytes(1001)))) as (base_url, heard), pytest.raises(TenantError):
        ask(base_url)
    assert len(heard) == 1


def test_an_answer_cut_under_its_packing_is_asked_for_again(serving):
    with (
        serving(packed_by("gzip", gzip.compress(b"{}")[:-1])) as (base_url, heard),
        pytest.raises(TenantError) as caught,
    ):
        ask(base_url)
    assert caught.value.name == "network"
    assert len(heard) > 1


def ask(base_url):
    """Asks as the whole client does."""
    client = Client(base_url, "s3cret-token", clock=FakeClock(), concurrency=1)
    return run(client, lambda client: client.get("/statuses", scope="read-statuses"))


@pytest.fixture
def endless():
    """A server that never stops sending, and how many bytes it got rid of each time."""

    @contextmanager
    def serve(head):
        sent = []
        piece = b"10000\r\n" + b" " * 65_536 + b"\r\n" if b"chunked" in head else b" " * 65_536

        def talk(server):
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.recv(65536)
                connection.sendall(head)
                while True:
                    connection.sendall(piece)
                    sent.append(len(piece))

        with socket.create_server(("127.0.0.1", 0)) as server:
            thread = threading.Thread(target=talk, args=(server,))
            thread.start()
            yield f"http://127.0.0.1:{server.getsockname()[1]}/api/v3", sent
            thread.join()

    return serve


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_writes_carry_a_json_body_each_on_a_connection_of_its_own(method):
    with keeping(lambda _: ANSWER) as (base_url, heard):
        write = httpx.Request(method, base_url + "/profile/status/batch.json", json={"profiles": []})
        send([write, write])
    assert [len(said) for said in heard] == [1, 1]
    assert heard[0][0].startswith(method.encode())
    assert heard[0][0].endswith(b'\r\n\r\n{"profiles":[]}')
    assert b"content-type: application/json" in heard[0][0].lower()


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_request_that_breaks_is_never_sent_again_in_silence(method):
    with keeping(lambda _: None) as (base_url, heard), pytest.raises(httpx.ReadError):
        send([httpx.Request(method, base_url, json={})])
    assert len(heard) == 1


def test_a_kept_connection_that_breaks_is_not_tried_again_in_silence_either():
    with keeping(lambda nth: ANSWER if nth == 1 else None) as (base_url, heard), pytest.raises(httpx.ReadError):
        send([get(base_url), get(base_url)])
    assert [len(said) for said in heard] == [2]


def test_there_are_never_more_connections_than_allowed():
    with keeping(lambda _: ANSWER) as (base_url, heard):
        send([get(base_url) for _ in range(12)], connections=3, at_once=True)
    assert len(heard) <= 3


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", httpx.ReadError),
        (JSON + b"content-length: 9\r\n\r\n{}", httpx.ReadError),
        (JSON + b"transfer-encoding: chunked\r\n\r\nZZ\r\n", httpx.RequestError),
        (b"SMTP ready\r\n\r\n", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000, httpx.RemoteProtocolError),
    ],
)
def test_a_broken_answer_is_an_error_of_the_request(serving, answer, error):
    with serving(answer) as (base_url, _), pytest.raises(error) as caught:
        send([get(base_url)])
    assert not isinstance(caught.value, httpx.TimeoutException)


def test_a_port_where_nobody_listens_is_a_connect_error():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(httpx.ConnectError):
        send([get(f"http://127.0.0.1:{port}")])


def test_no_tls_where_it_was_asked_for_is_a_connect_error(serving):
    with serving(b"HTTP/1.1 400 Bad Request\r\n\r\n") as (base_url, _), pytest.raises(httpx.ConnectError):
        send([get(base_url.replace("http:", "https:"))])


def test_silence_is_a_timeout(monkeypatch):
    monkeypatch.setattr("omneo_reconcile.tenant.transport.READ_SECONDS", 0.02)
    with keeping(lambda _: b"HTTP/1.1 200") as (base_url, _), pytest.raises(httpx.ReadTimeout):
        send([get(base_url)])


def test_a_connection_that_is_not_made_in_time_is_a_timeout_of_its_own(monkeypatch):
    monkeypatch.setattr("omneo_reconcile.tenant.transport.CONNECT_SECONDS", 0.02)

    async def main(request):
        transport = NetworkTransport(1)
        try:
            async with asyncio.timeout(0.2):
                await transport.handle_async_request(request)
        finally:
            await transport.aclose()

    with keeping(lambda _: b"") as (base_url, _), pytest.raises(httpx.ConnectTimeout):  # mute, where TLS would begin
        asyncio.run(main(get(base_url.replace("http:", "https:"))))


@pytest.mark.parametrize("url", ["https://a\\b/", "https://a..b/", f"https://{'a' * 70}.com/"])
def test_a_url_that_cannot_be_asked_is_an_error_of_the_request(url):
    with pytest.raises(httpx.LocalProtocolError):
        send([get(url)])


@contextmanager
def behind_tls(certificate):
    """A server that proves who it is by a certificate, and what it heard."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATES / certificate)
    heard = []

    def talk(server):
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                with connection, suppress(OSError), context.wrap_socket(connection, server_side=True) as secured:
                    heard.append(secured.recv(65536))
                    secured.sendall(ANSWER)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=talk, args=(server,))
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}", heard
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.fixture
def trusted(monkeypatch):
    """Trusts who signed our certificates, and nobody else."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "root.pem"))


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_tenant_that_proves_its_name_by_a_trusted_certificate_is_asked(host):
    with behind_tls("localhost.pem") as (address, heard):
        assert send([get("https://" + address.replace("127.0.0.1", host))])[0].json() == {}
    assert len(heard) == 1


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_certificate_for_another_name_is_refused_before_anything_is_said(method):
    with behind_tls("elsewhere.pem") as (address, heard), pytest.raises(httpx.ConnectError) as caught:
        send([httpx.Request(method, f"https://{address}/", json={})])
    assert "IP address mismatch" in str(caught.value.__context__)
    assert heard == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_certificate_that_nobody_known_has_signed_is_refused_before_anything_is_said(method, monkeypatch):
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    with behind_tls("localhost.pem") as (address, heard), pytest.raises(httpx.ConnectError) as caught:
        send([httpx.Request(method, f"https://{address}/", json={})])
    assert isinstance(caught.value.__context__, aiohttp.ClientConnectorCertificateError)
    assert "unable to get local issuer" in str(caught.value.__context__)
    assert heard == []


def test_certificates_and_names_are_checked():
    context = trusting_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_of_certificates_that_cannot_be_read_is_wrong_usage(monkeypatch, tmp_path, content):
    path = tmp_path / "trusted.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(InvalidUse, match="trusted certificates cannot be read"):
        NetworkTransport(1)
