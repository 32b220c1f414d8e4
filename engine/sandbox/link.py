"""The worker's end of the socket while a job runs: what the script asks of the outside, and the answers."""

from __future__ import annotations

import os
import select
import socket
from collections import deque
from typing import Any

from engine.sandbox.protocol import WorkerGone, receive_frame, send_frame


class HostLink:
    """
    Carries a script's calls to the pool and the pool's answers back.

    One job uses it at a time. `ask` may run on V8's own thread, while the worker's waits for V8.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._job = 0
        self._answers: deque[tuple[int, str]] = deque()

    def begin(self, job: int) -> None:
        """Begin a job; what is still answered to an earlier one is dropped from now on."""
        self._job = job
        self._answers.clear()

    def send(self, call: int, text: str) -> None:
        """Ask without waiting; `text` may hold lone surrogates, which are replaced."""
        send_frame(self._connection, {"call": call}, text.encode(errors="replace"))

    def ask(self, call: int, text: str) -> str:
        """Ask and wait for the answer."""
        self.send(call, text)
        while True:
            self._receive()
            for answer in self._answers:
                if answer[0] == call:
                    self._answers.remove(answer)
                    return answer[1]

    def answers(self, wait_s: float | None) -> list[tuple[int, str]]:
        """Return what has been answered; wait for the first answer so long, None: until it comes."""
        if not self._answers and self._is_readable(wait_s):
            self._receive()
        while self._is_readable(0):
            self._receive()
        arrived = list(self._answers)
        self._answers.clear()
        return arrived

    def _receive(self) -> None:
        try:
            head, body = receive_frame(self._connection)
        except WorkerGone:
            os._exit(0)  # the pool is no more; nobody wants what this job comes to
        if self.is_mine(head):
            self._answers.append((head["answer"], body.decode()))

    def is_mine(self, head: dict[str, Any]) -> bool:
        """Tell whether a frame answers a call of this job."""
        return head.get("job") == self._job and "answer" in head

    def _is_readable(self, wait_s: float | None) -> bool:
        return bool(select.select([self._connection], [], [], wait_s)[0])
