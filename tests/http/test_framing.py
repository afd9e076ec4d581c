"""Where one request ends and the next begins: what a proxy before the service could read in another way is refused."""

import pytest
from service import problem_of

POST = b"POST /v1/episodes HTTP/1.1\r\nHost: localhost\r\n"
SMUGGLED = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
AMBIGUOUS = {
    "coding identity": POST + b"Transfer-Encoding: identity\r\n\r\n", "unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n",
    "chunked is not the last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "compressed": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "coding twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "blank before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": POST.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "length with a sign": POST + b"Content-Length: +3\r\n\r\nabc", "length of two words": POST + b"Content-Length: 3 3\r\n\r\nabc",
    "chunk size with 0x": POST + b"Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
    "chunk size beyond 64 bits": POST + b"Transfer-Encoding: chunked\r\n\r\n10000000000000003\r\nabc\r\n0\r\n\r\n",
    "length in the trailer": POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nContent-Length: 5\r\n\r\n",
    "endless chunk extension": POST + b"Transfer-Encoding: chunked\r\n\r\n3;" + b"a" * 200_000 + b"\r\nabc\r\n0\r\n\r\n",
    "endless trailer": POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n" + b"X: y\r\n" * 40_000 + b"\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: y\r\n\r\n", "host with a path": b"GET / HTTP/1.1\r\nHost: localhost/y\r\n\r\n",
    "carriage return in a value": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\rHost: y\r\n\r\n", "zero byte in a value": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n",
    "HEAD by POST": b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nX-HTTP-Method-Override: HEAD\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("kind", AMBIGUOUS)
def test_where_a_request_ends_is_beyond_doubt(service, kind):
    """Nothing behind it is taken for a request."""
    answer = service.raw(AMBIGUOUS[kind] + SMUGGLED, timeout=5)
    assert problem_of(answer) == 400 and answer.count(b"HTTP/1.1 ") == 1, answer
    service.get("/healthz").ok()
