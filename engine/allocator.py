"""What the C library does with memory that this process has let go."""

from __future__ import annotations

import contextlib
import ctypes

#: From malloc.h of glibc.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 1 << 20


def return_large_blocks() -> None:
    """
    Have blocks of a megabyte and more go back to the system as soon as they are free.

    Left alone, glibc takes the largest block so far, up to 32 MiB, for what will be needed again, and
    keeps twice that in each thread's arena: a few large bodies, and the process stays large for good.
    Another C library does as it does.
    """
    with contextlib.suppress(AttributeError, OSError):
        set_option = ctypes.CDLL(None).mallopt
        set_option(_M_MMAP_THRESHOLD, _KEPT_BYTES)
        set_option(_M_TRIM_THRESHOLD, _KEPT_BYTES)
