"""The application as the server process loads it: its engine's life is the process's life."""

from __future__ import annotations

import gc
import os
import sys
import threading
from multiprocessing.util import Finalize

from admin import create_app
from engine import runtime
from engine.allocator import return_large_blocks
from engine.settings import PREFIX, SECRETS, Settings
from engine.web.edge import Edge

_PARENT_CHECK_S = 0.5
_BOOT_S = 30.0
_SWITCH_S = 0.0005
_COLLECT_AT = 10_000


def create() -> Edge:
    """Make the application from the environment, and end with the process that started this one."""
    settings = Settings.from_env(os.environ)
    return_large_blocks()
    # Requests wait for each other's sandboxes: one that is answered must not wait 5 ms, Python's
    # default, until a busy thread lets it go on.
    sys.setswitchinterval(_SWITCH_S)
    for name in SECRETS:
        # Read once; from here on no page, log or child of ours can show them by accident.
        os.environ.pop(PREFIX + name.upper(), None)
    engine = runtime.start(settings)
    # The server runs this in a multiprocessing child, where atexit is not honoured.
    Finalize(None, engine.close, exitpriority=100)
    engine.pool.wait_until_ready(_BOOT_S)
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    # A management request carries a script, and JSON may spell a character as six.
    largest = max(settings.max_body_bytes, 6 * settings.script_max_bytes)
    edge = Edge(create_app(engine=engine), threads=settings.threads, max_body_bytes=largest)
    # What is there by now stays: no collection needs to look at it again. And a request's data is
    # gone before the next one: with Python's 700, a body alone sets off a collection or two.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AT)
    return edge


def _end_with_parent(parent_pid: int) -> None:
    # A supervisor that was killed cannot tell us. Without it we would go on holding the port.
    done = threading.Event()
    while not done.wait(_PARENT_CHECK_S):
        if os.getppid() != parent_pid:
            os._exit(1)
