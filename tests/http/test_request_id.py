"""The id that ties a request's log lines together."""

import re

import pytest

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
NEW = re.compile(r"[0-9a-f]{32}")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X_Request_Id": "escuela-12.7_a"}, "escuela-12.7_a"),
        ({"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, TRACE),
        ({"X_Request_Id": "mine", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, "mine"),
        ({}, None),
        ({"X_Request_Id": "x" * 65}, None),
        ({"X_Request_Id": "one two"}, None),
        ({"traceparent": f"00-{'0' * 32}-00f067aa0ba902b7-01"}, None),
        ({"traceparent": f"00-{TRACE.upper()}-00f067aa0ba902b7-01"}, None),
        ({"traceparent": f"00-{TRACE}"}, None),
    ],
)
def test_answers_name_the_request(service, headers, expected):
    for path, status in (("/healthz", 200), ("/nowhere", 404)):
        found = service.get(path, **headers).ok(status).headers["x-request-id"]
        assert found == expected if expected else NEW.fullmatch(found)
