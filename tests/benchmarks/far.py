"""The reference endpoint as if it were far away: every answer is late by so many seconds."""

from __future__ import annotations

import sys

from fixtures.reference import Endpoint, serving
from fixtures.reference.message import Answer, Request


class FarEndpoint(Endpoint):
    """An endpoint at the end of a long line."""

    latency = 0.0

    def finish(self, request: Request, answer: Answer, request_id: str) -> Answer:
        """As any other answer, and late."""
        answer = super().finish(request, answer, request_id)
        answer.delay += self.latency
        return answer


def main() -> None:
    """Serve until standard input is closed; the address is printed first."""
    endpoint = FarEndpoint()
    endpoint.latency = float(sys.argv[1])
    with serving(endpoint) as url:
        print(url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
