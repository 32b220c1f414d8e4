"""
What passes between the pool and a worker, over one socket pair.

A frame is two big-endian lengths, a JSON head and opaque bytes. The worker answers every job with
a one-byte `STARTED` and then one frame, so that the pool can tell a worker that died under a job
from one that was dead before.
"""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

from engine.errors import SandboxError

_LENGTHS = struct.Struct(">II")

STARTED = b"!"
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
    connection.sendall(_LENGTHS.pack(len(encoded), len(body)) + encoded + body)


def receive_frame(
    connection: socket.socket, max_bytes: int = MAX_FRAME_BYTES
) -> tuple[dict[str, Any], bytes]:
    """
    Receive one frame.

    :raise WorkerGone: when the connection ends first, or the frame is larger than allowed.
    :raise TimeoutError: when the socket has a timeout and it passes.
    """
    head_length, body_length = _LENGTHS.unpack(receive_exactly(connection, _LENGTHS.size))
    if head_length + body_length > max_bytes:
        raise WorkerGone(started=True)
    data = receive_exactly(connection, head_length + body_length)
    return json.loads(bytes(data[:head_length])), bytes(data[head_length:])


def receive_exactly(connection: socket.socket, length: int) -> memoryview:
    """Receive this many bytes."""
    buffer = memoryview(bytearray(length))
    received = 0
    while received < length:
        count = connection.recv_into(buffer[received:])
        if count == 0:
            raise WorkerGone(started=True)
        received += count
    return buffer
