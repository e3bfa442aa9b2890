"""Receive webhooks, check who sent them, and print them.

    python3 examples/service/receiver.py whsec_...      listens on 127.0.0.1:9000

The signature is that of https://www.standardwebhooks.com/: an HMAC-SHA-256 of `id.timestamp.body`.
"""

import base64
import hashlib
import hmac
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

key = base64.b64decode(sys.argv[1].removeprefix("whsec_")) if len(sys.argv) > 1 else None


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 to what is signed rightly, and 401 to everything else."""

    def do_POST(self) -> None:
        """Take one message."""
        body = self.rfile.read(int(self.headers["content-length"]))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
        due = "v1," + base64.b64encode(hmac.digest(key or b"", signed, hashlib.sha256)).decode()
        right = key is None or hmac.compare_digest(self.headers["webhook-signature"], due)
        if right:
            print(body.decode(), flush=True)
        self.send_response(204 if right else 401)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing else."""


HTTPServer(("127.0.0.1", 9000), Receiver).serve_forever()
