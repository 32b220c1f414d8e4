"""
How much Apprise reads of the answers that its services get, and for how long.

The library reads every answer whole before it looks at the status. With one that breaks off, or has
no end, a message that was taken would be called failed, and be sent once more.
"""

from __future__ import annotations

import threading
import time
from typing import Any

_MAX_BYTES = 1 << 20
_PIECE_BYTES = 16 << 10
#: So long at least, for what came along with the head.
_LEAST_S = 0.25


class Answers:
    """Reads the bodies of answers as far as they come until a point in time."""

    def __init__(self) -> None:
        self._ends = 0.0

    def install(self, sessions: Any) -> None:
        """Read the answers that come to a class of sessions (of the library requests) from now on."""
        send = sessions.send

        def bounded(session: Any, request: Any, **options: Any) -> Any:
            streams = options.get("stream", session.stream)
            response = send(session, request, **{**options, "stream": True})
            if not streams:
                self._read(response)
            return response

        sessions.send = bounded

    def end_at(self, ends: float) -> None:
        """Stop reading at a reading of the monotonic clock; a status that has come stays."""
        self._ends = ends

    def _read(self, response: Any) -> None:
        body = bytearray()
        # In a thread: there is no way to limit how long one read of many takes.
        reader = threading.Thread(target=_take, args=(response.raw, body), daemon=True)
        reader.start()
        reader.join(max(self._ends - time.monotonic(), _LEAST_S))
        response._content = bytes(body[:_MAX_BYTES])
        response._content_consumed = True
        if not reader.is_alive():
            response.close()


def _take(raw: Any, body: bytearray) -> None:
    try:
        while len(body) < _MAX_BYTES:
            piece = raw.read1(_PIECE_BYTES, decode_content=True)
            if not piece:
                return
            body += piece
    except Exception:  # whatever broke it off, what came is there
        return
