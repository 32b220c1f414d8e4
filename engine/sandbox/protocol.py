"""
What passes between the pool and a worker, over one socket pair.

A frame is two big-endian lengths, a JSON head and opaque bytes. The worker answers every job with
a one-byte `STARTED`, so that the pool can tell a worker that died under a job from one that was dead
before, and then with one frame. A job whose head says `hold` waits then for a `GO`. In between it may send frames with a `call`, each answered by one
with the same number as `answer`.
"""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

from engine.errors import SandboxError

_LENGTHS = struct.Struct(">II")
LENGTHS_BYTES = _LENGTHS.size

STARTED, GO = b"!", b">"
#: Beyond this a frame is nonsense, whoever sent it.
MAX_FRAME_BYTES = 64 << 20


class WorkerGone(SandboxError):
    """The other end closed the connection; `started` tells whether it had begun the job."""

    def __init__(self, *, started: bool) -> None:
        super().__init__("the sandbox process ended")
        self.started = started


def send_frame(connection: socket.socket, head: dict[str, Any], body: bytes = b"") -> None:
    """Send one frame, whole."""
    encoded = json.dumps(head, separators=(",", ":")).encode()
    connection.sendall(b"".join((_LENGTHS.pack(len(encoded), len(body)), encoded, body)))


def receive_frame(
    connection: socket.socket, max_bytes: int = MAX_FRAME_BYTES, lengths: bytes = b""
) -> tuple[dict[str, Any], bytes]:
    """
    Receive one frame, or the rest of one whose lengths have been received in part.

    :raise WorkerGone: when the connection ends first, or the frame is larger than allowed.
    :raise BlockingIOError: when the socket has a timeout and it passes.
    """
    lengths += receive_exactly(connection, LENGTHS_BYTES - len(lengths))
    head_length, body_length = _LENGTHS.unpack(lengths)
    if head_length + body_length > max_bytes:
        raise WorkerGone(started=True)
    data = receive_exactly(connection, head_length + body_length)
    return json.loads(bytes(data[:head_length])), bytes(data[head_length:])


def receive_exactly(connection: socket.socket, length: int) -> memoryview:
    """Receive this many bytes; the kernel wakes us once for all of them."""
    buffer = memoryview(bytearray(length))
    received = 0
    while received < length:
        count = connection.recv_into(buffer[received:], 0, socket.MSG_WAITALL)
        if count == 0:
            raise WorkerGone(started=True)
        received += count
    return buffer


def set_timeout(connection: socket.socket, option: int, timeout_s: float) -> None:
    """
    Bound each `recv` (SO_RCVTIMEO) or `send` (SO_SNDTIMEO) of a socket that blocks.

    Python's own timeouts make it poll first, which wakes it for every part of a frame.
    """
    whole_s = int(timeout_s)
    rest_us = max(int((timeout_s - whole_s) * 1e6), 0 if whole_s else 1)
    connection.setsockopt(socket.SOL_SOCKET, option, struct.pack("@ll", whole_s, rest_us))
