"""What the pool reads from memory that a sandbox process could write to."""

from __future__ import annotations

import json
import mmap
import os
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from engine.sandbox.console import CONSOLE_BYTES, ConsoleMemory, console_descriptor


@pytest.fixture
def shared() -> Iterator[tuple[ConsoleMemory, mmap.mmap]]:
    """The memory as the pool has it, and as a worker has it."""
    descriptor = console_descriptor()
    if descriptor is None:
        pytest.skip("this system has no such memory")
    console, memory = ConsoleMemory(descriptor), mmap.mmap(descriptor, CONSOLE_BYTES)
    os.close(descriptor)
    yield console, memory
    memory.close()
    console.close()


def write(memory: mmap.mmap, text: str, length: int | None = None, dropped: int = 0) -> None:
    encoded = text.encode("utf-16-le", "surrogatepass")
    memory[8 : 8 + len(encoded)] = encoded
    memory[:8] = struct.pack("=II", len(text) if length is None else length, dropped)


def line(text: Any = "x", **members: Any) -> str:
    return json.dumps({"level": "log", "text": text, "at": 1, **members}) + "\n"


def texts(console: ConsoleMemory, most: int = 500, most_chars: int = 65536) -> list[str]:
    return [one["text"] for one in console.lines(most, most_chars)]


def test_lines_are_read_as_they_were_written(shared: tuple[ConsoleMemory, mmap.mmap]) -> None:
    """And none is left when the next job begins."""
    console, memory = shared
    write(memory, line("für 😀") + line("b", level="error", extra=1))
    assert console.lines(500, 65536) == [
        {"level": "log", "text": "für 😀", "at": 1},
        {"level": "error", "text": "b", "at": 1},
    ]
    console.clear()
    assert texts(console) == []


@pytest.mark.parametrize(
    "forged",
    [
        "{", "\n", "null\n", "[]\n", "7\n", "{}\n", '"\\ud800"\n', "[" * 5000 + "\n", line(["x"]), line({}),
        line(level="fatal"), line(level=["log"]), line(level={}), line(at="1"), line(at=-1), line(at=1e300),
        line(at=None), line(at=[]), '{"level":"log","text":"\ud800","at":NaN}\n', line()[:-1],
    ],
)  # fmt: skip
def test_what_is_no_line_ends_the_console(
    shared: tuple[ConsoleMemory, mmap.mmap], forged: str
) -> None:
    """What came before it stands, and nothing is raised."""
    console, memory = shared
    write(memory, line("good") + forged + (line("behind") if forged.endswith("\n") else ""))
    assert texts(console) == ["good"]


def test_lengths_are_not_believed(shared: tuple[ConsoleMemory, mmap.mmap]) -> None:
    """Nothing beyond the memory is read, and no more is kept than a script may say."""
    console, memory = shared
    write(memory, line("good"), length=0xFFFFFFFF, dropped=0xFFFFFFFF)
    assert texts(console) == ["good", "… 4294967295 more lines were not kept"]
    write(memory, line("y" * 1000) * 100)
    assert len(texts(console, most=7)) == 7
    assert sum(map(len, texts(console, most_chars=2500))) <= 2501


def test_the_memory_cannot_be_made_smaller() -> None:
    """The pool would be ended by the kernel, reading it."""
    descriptor = console_descriptor()
    if descriptor is None:
        pytest.skip("this system has no such memory")
    with pytest.raises(PermissionError):
        os.ftruncate(descriptor, 0)
    os.close(descriptor)
