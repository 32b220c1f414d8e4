"""A real server around the edge, with limits that a test can wait for: `python -m tests.edge_server`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from engine.web.edge import Edge
from engine.web.request_body import DiscardLimits

MAX_BODY_BYTES = 1 << 20
DISCARD_BYTES = 24 << 20
TIMEOUT_S = 1.0


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Refuse what is too long and strangers; tell the others what arrived, and which process it was."""
    length = int(environ["CONTENT_LENGTH"])
    stranger = environ["PATH_INFO"] == "/stranger"
    status = "401 No" if stranger else "413 Long" if length > MAX_BODY_BYTES else "200 OK"
    data = json.dumps({"length": length, "pid": os.getpid()}).encode()
    start_response(
        status, [("Content-Type", "application/json"), ("Content-Length", str(len(data)))]
    )
    return [data]


def create() -> Edge:
    return Edge(
        app,
        threads=4,
        max_body_bytes=MAX_BODY_BYTES,
        body_timeout_s=TIMEOUT_S,
        discard=DiscardLimits(DISCARD_BYTES, TIMEOUT_S),
    )


if __name__ == "__main__":
    Granian(
        "tests.edge_server:create",
        factory=True,
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=20_000),
        websockets=False,
        workers=1,
    ).serve()
