"""Errors of the user: one sentence, the documented exit status, never a traceback."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

from tests.conftest import Command


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["run"], 2, "Give a target"),
        (["run", "nonsense"], 2, "is no target"),
        (["run", "https://ec2.us-east-1.amazonaws.com"], 2, "No region is set"),
        (["run", "reference", "--profile", "nobody-has-this"], 2, "no profile"),
        (["run", "reference", "--bogus"], 2, "--bogus"),
        (["run", "http://127.0.0.1:1"], 3, "does not answer"),
        (["rules", "name.nonsense"], 2, "There is no rule name.nonsense"),
    ],
)
def test_a_mistake(amiproof: Command, arguments: list[str], status: int, says: str) -> None:
    done = amiproof(*arguments)
    said = done.stdout + done.stderr
    assert done.returncode == status, said
    assert says in said
    assert "Traceback" not in said


class _NoSuchAction(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = (
            b"<Response><Errors><Error><Code>InvalidAction</Code><Message>no</Message></Error>"
            b"</Errors><RequestID>r</RequestID></Response>"
        )
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def without_create_image() -> Iterator[str]:
    """An endpoint that has no CreateImage."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _NoSuchAction)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_no_such_action(amiproof: Command, without_create_image: str) -> None:
    done = amiproof("run", without_create_image)
    assert done.returncode == 3
    assert "does not implement CreateImage" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_catalogue_is_shown(amiproof: Command) -> None:
    assert "at most 128" in amiproof("rules", "name.length.max").stdout
    assert "wire.scheme" in amiproof("rules", "--uncovered").stdout
