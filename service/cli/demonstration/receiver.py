"""A receiver as a payroll engineer would write it, in a process of its own.

It verifies with the `standardwebhooks` package and answers 503 to the first request, so that a retry with the
same `webhook-id` is seen. It reads the signing secret from its standard input and prints one JSON line for the
port it listens on, then one for each request.
"""

import json
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError


class _Hook(BaseHTTPRequestHandler):
    secret = ""
    requests = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            Webhook(self.secret).verify(body, headers)
            verified = True
        except WebhookVerificationError:
            verified = False
        _Hook.requests += 1
        status = 503 if _Hook.requests == 1 else (204 if verified else 401)
        event: dict[str, Any] = json.loads(body)
        _say(
            {
                "webhook_id": headers.get("webhook-id"),
                "type": event["type"],
                "sequence": event["sequence"],
                "verified": verified,
                "status": status,
                "event": event,
            }
        )
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Its lines are data; the usual access log would stand between them."""


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


def main() -> None:
    # Ctrl-C in a terminal tells both processes: it is the demo that ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hook)
    _say({"port": server.server_address[1]})
    _Hook.secret = sys.stdin.readline().strip()
    server.serve_forever()


if __name__ == "__main__":
    main()
