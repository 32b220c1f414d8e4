"""The system call filter, run by a small machine: every architecture, whatever this one is."""

import errno

import pytest

from engine.sandbox.seccomp import Instruction, program

PID = 4321
ALLOW, KILL = 0x7FFF0000, 0x80000000
REFUSE, ABSENT = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
THREAD = 0x3D0F00
FORK = 17

CALLS = {
    "x86_64": {
        "read": 0, "mmap": 9, "futex": 202, "getrandom": 318, "exit_group": 231, "rseq": 334,
        "open": 2, "openat": 257, "socket": 41, "connect": 42, "execve": 59, "fork": 57, "kill": 62,
        "ptrace": 101, "sendmsg": 46, "newfstatat": 262, "prlimit64": 302, "bpf": 321,
        "clone": 56, "prctl": 157, "tgkill": 234,
    },
    "aarch64": {
        "read": 63, "mmap": 222, "futex": 98, "getrandom": 278, "exit_group": 94, "rseq": 293,
        "open": 1024, "openat": 56, "socket": 198, "connect": 203, "execve": 221, "fork": 1071, "kill": 129,
        "ptrace": 117, "sendmsg": 211, "newfstatat": 79, "prlimit64": 261, "bpf": 280,
        "clone": 220, "prctl": 167, "tgkill": 131,
    },
}  # fmt: skip


def decide(code: list[Instruction], audit: int, number: int, argument: int = 0) -> int:
    """Return what the filter says about one call."""
    memory = {0: number, 4: audit, 16: argument}
    at = value = 0
    for _ in range(len(code) + 1):
        operation, if_true, if_false, k = code[at]
        at += 1
        match operation:
            case 0x20:
                value = memory[k]
            case 0x06:
                return k
            case _:
                holds = {0x15: value == k, 0x35: value >= k, 0x45: bool(value & k)}[operation]
                at += if_true if holds else if_false
    raise AssertionError("it does not end")


@pytest.fixture(params=sorted(CALLS))
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("call", ["read", "mmap", "futex", "getrandom", "exit_group", "rseq"])
def test_what_v8_needs_is_allowed(machine: str, call: str) -> None:
    """By the number it has there."""
    assert decide(program(machine, PID), AUDIT[machine], CALLS[machine][call]) == ALLOW


@pytest.mark.parametrize(
    "call",
    ["open", "openat", "socket", "connect", "execve", "fork", "kill", "ptrace", "sendmsg", "newfstatat", "prlimit64", "bpf"],
)  # fmt: skip
def test_everything_else_is_refused(machine: str, call: str) -> None:
    """What is not on the list needs no name there."""
    assert decide(program(machine, PID), AUDIT[machine], CALLS[machine][call]) == REFUSE
    assert decide(program(machine, PID), AUDIT[machine], 9999) == REFUSE


@pytest.mark.parametrize(
    ("call", "argument", "verdict"),
    [
        ("clone", THREAD, ALLOW),
        ("clone", FORK, REFUSE),
        ("clone", 0x10000000, REFUSE),
        ("prctl", 15, ALLOW),
        ("prctl", 0x53564D41, ALLOW),
        ("prctl", 4, REFUSE),
        ("prctl", 22, REFUSE),
        ("tgkill", PID, ALLOW),
        ("tgkill", 1, REFUSE),
        ("tgkill", 0xFFFFFFFF, REFUSE),
    ],
)
def test_some_are_allowed_by_their_argument(
    machine: str, call: str, argument: int, verdict: int
) -> None:
    """Threads but no processes, names but no privileges, its own end but nobody else's."""
    code = program(machine, PID)
    assert decide(code, AUDIT[machine], CALLS[machine][call], argument) == verdict


def test_a_new_way_to_start_threads_is_absent(machine: str) -> None:
    """The flags of clone3 are out of a filter's sight, so the C library is sent to clone."""
    assert decide(program(machine, PID), AUDIT[machine], 435, THREAD) == ABSENT


def test_calls_of_another_table_end_the_process(machine: str) -> None:
    """A number means another call there."""
    code = program(machine, PID)
    assert decide(code, 0x40000003, CALLS[machine]["read"]) == KILL
    assert decide(code, AUDIT[machine], 0x40000000 | CALLS[machine]["read"]) == KILL


def test_an_unknown_machine_has_no_filter() -> None:
    """It is told as a layer that is missing."""
    with pytest.raises(LookupError):
        program("riscv64", PID)
