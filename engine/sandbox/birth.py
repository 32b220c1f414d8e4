"""How a worker process begins: bare, with a socket and the memory for its console lines."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys

from engine.sandbox.console import ConsoleMemory, console_descriptor

# -I and an empty environment: nothing of the parent's settings, paths or secrets.
_COMMAND = (sys.executable, "-I", "-m", "engine.sandbox.worker")


def start_process() -> tuple[socket.socket, subprocess.Popen[bytes], ConsoleMemory | None]:
    """
    Start a worker; return our end of its socket, and where its console lines stand.

    :raise OSError: when there is no process, descriptor or memory to be had.
    """
    with contextlib.ExitStack() as opened:
        console = console_descriptor()
        if console is not None:
            opened.callback(os.close, console)
        ours, theirs = socket.socketpair()
        opened.enter_context(theirs)
        try:
            process = subprocess.Popen(  # noqa: S603 - our own program
                _COMMAND,
                stdin=theirs.fileno(),
                # It never prints: this is how the memory gets there.
                stdout=subprocess.DEVNULL if console is None else console,
                stderr=subprocess.PIPE,  # heard until it is ready: why a start failed
                env={},
                cwd="/",
                close_fds=True,
            )
        except OSError:
            ours.close()
            raise
        return ours, process, None if console is None else ConsoleMemory(console)
