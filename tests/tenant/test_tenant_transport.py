"""The network: requests travel as they were built, and every failure has httpx's name."""

import asyncio
import gzip
import socket
import ssl
import threading
from contextlib import contextmanager

import httpx
import pytest

from omneo_reconcile.errors import InvalidUse
from omneo_reconcile.tenant.transport import NetworkTransport, trusting_context

pytestmark = pytest.mark.enable_socket
JSON = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
ANSWER = JSON + b"content-length: 2\r\n\r\n{}"


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
        send([get(base_url), get(base_url)])
    assert [len(said) for said in heard] == [2]
    assert all(b"cookie" not in said.lower() for said in heard[0])


def test_only_the_headers_of_the_request_name_who_asks(serving):
    with serving(ANSWER) as (base_url, heard):
        headers = {"User-Agent": "omneo-reconcile", "Accept": "application/json", "Accept-Encoding": "gzip, deflate"}
        send([httpx.Request("GET", base_url, headers=headers)])
    lines = {line.partition(b":")[0].lower() for line in heard[0].split(b"\r\n")[1:] if line}
    assert lines == {b"host", b"user-agent", b"accept", b"accept-encoding"}


def test_gzip_is_read_and_gzip_that_is_none_is_a_decoding_error(serving):
    packed = gzip.compress(b'{"data": []}')
    head = JSON + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(packed)
    with serving(head + packed) as (base_url, _):
        assert send([get(base_url)])[0].json() == {"data": []}
    with serving(head + b"x" * len(packed)) as (base_url, _), pytest.raises(httpx.DecodingError):
        send([get(base_url)])


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
