"""Where a script's console lines stand while it runs: memory that is still there when its process is not."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import mmap
import os
import struct
import sys
from functools import cache
from typing import Any

import orjson

#: As prelude/console.js has it: two words, then a line of JSON after the other in UTF-16, each with an end.
CONSOLE_BYTES = 256 << 10
_HEADER = struct.Struct("=II")

LEVELS = frozenset({"log", "info", "warn", "error", "debug"})

#: No line is written later, in milliseconds.
_LATEST = 1 << 40

_MREMAP_MAYMOVE, _MREMAP_FIXED = 1, 2
_MAP_FIXED = 0x10


class ConsoleMemory:
    """
    Memory that the pool and one worker share.

    In the worker it takes the place of a buffer of V8's in each isolate, so that JavaScript writes
    there without asking anybody, and nothing needs to be sent. The pool reads it when a process has
    been ended; a script that has taken over its process can have written anything there.
    """

    def __init__(self, descriptor: int) -> None:
        self._memory = mmap.mmap(descriptor, CONSOLE_BYTES)

    def close(self) -> None:
        self._memory.close()

    def clear(self) -> None:
        """Begin another job: what stands there is somebody else's."""
        _HEADER.pack_into(self._memory, 0, 0, 0)

    def texts(self) -> list[str]:
        """Return the lines' JSON as it stands there, and as much as is whole."""
        length, _ = _HEADER.unpack_from(self._memory)
        start = _HEADER.size
        text = self._memory[start : start + 2 * length].decode("utf-16-le", "replace")
        return text.split("\n")[:-1]

    def lines(self, most: int, most_chars: int) -> list[dict[str, Any]]:
        """Return {level, text, at} of each, so many and so long together; nothing is taken on trust."""
        found: list[dict[str, Any]] = []
        for text in self.texts():
            line = _line(text)
            if line is None or len(found) == most or most_chars <= 0:
                break
            # One more, as the prelude marks what it has cut off.
            line["text"] = line["text"][: most_chars + 1]
            most_chars -= len(line["text"])
            found.append(line)
        if dropped := _HEADER.unpack_from(self._memory)[1]:
            found.append(lost_lines(dropped, found))
        return found

    # -- in the worker --------------------------------------------------------------------

    def lay_under(self, buffer: memoryview) -> None:
        """
        Have what is written to a buffer of V8's stand here.

        :raise OSError: when this machine cannot do that.
        """
        size, place = CONSOLE_BYTES, _address(buffer)
        if len(buffer) != size or place % mmap.PAGESIZE:
            raise OSError("V8 has it elsewhere than expected")
        # Of size 0, it leaves the old place as it is: the same memory is there twice.
        moved = _libc().mremap(
            _address(memoryview(self._memory)), 0, size, _MREMAP_MAYMOVE | _MREMAP_FIXED, place
        )
        if moved != place:
            raise OSError(ctypes.get_errno(), "mremap")


def lift_from(buffer: memoryview) -> None:
    """Give a buffer memory of its own again: V8 will use the place for something else."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_FIXED
    access = mmap.PROT_READ | mmap.PROT_WRITE
    place = _address(buffer)
    if _libc().mmap(place, CONSOLE_BYTES, access, flags, -1, 0) != place:
        os.abort()  # two scripts would share it


def console_descriptor() -> int | None:
    """Return a new descriptor of console memory, which nobody can make smaller; None where there is none."""
    if sys.platform != "linux":
        return None
    with contextlib.ExitStack() as opened:
        try:
            descriptor = os.memfd_create("console", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
            opened.callback(os.close, descriptor)
            os.ftruncate(descriptor, CONSOLE_BYTES)
            seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
            fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
        except OSError:  # a container can forbid it
            return None
        opened.pop_all()
    return descriptor


def lost_lines(count: int, kept: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the last line of a console that had no room for so many more."""
    more, at = (" more", kept[-1]["at"]) if kept else ("", 0)
    return {"level": "warn", "text": f"… {count}{more} lines were not kept", "at": at}


def _line(text: str) -> dict[str, Any] | None:
    with contextlib.suppress(ValueError, TypeError, LookupError):
        told = orjson.loads(text)
        level, said, at = told["level"], told["text"], told["at"]
        if level in LEVELS and isinstance(said, str) and 0 <= at < _LATEST:
            return {"level": level, "text": said, "at": at}
    return None


def _address(buffer: memoryview) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer))


@cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    size, place = ctypes.c_size_t, ctypes.c_void_p
    libc.mremap.restype = libc.mmap.restype = place
    libc.mremap.argtypes = [place, size, size, ctypes.c_int, place]
    libc.mmap.argtypes = [place, size, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    return libc
