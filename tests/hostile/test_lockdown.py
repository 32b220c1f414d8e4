"""What a script that has broken out of V8 finds: native code inside a locked worker, and all the memory."""

import json
import os
import platform
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from engine import cli
from engine.errors import SandboxUnavailable
from engine.sandbox import birth
from engine.sandbox.calls import Calls
from engine.sandbox.lockdown import ACTIVE, missing
from engine.sandbox.outcome import Job, RunLimits, RunOutcome, RunStatus
from engine.sandbox.pool import Pool, PoolConfig
from engine.sandbox.process import Question, WorkerConfig, WorkerProcess
from tests.conftest import missing as not_here

LAYERS = {
    "memory limit",
    "no new privileges",
    "no capabilities",
    "not traceable",
    "landlock",
    "resource limits",
    "seccomp",
}
MIB = 1 << 20
#: Beside the allowance: V8's own pages, and what is measured late.
SLACK_BYTES = 32 * MIB

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the layers are Linux's")

#: The real worker; only what it does with a job is replaced, by native calls through ctypes.
PROBE = """
import ctypes, json, os
from engine.sandbox import worker
from engine.sandbox.protocol import send_frame

libc = ctypes.CDLL(None, use_errno=True)
here, parent = os.getpid(), os.getppid()
buffer = ctypes.create_string_buffer(4096)
address = ctypes.create_string_buffer(b"\\x02\\x00\\x00\\x50\\x7f\\x00\\x00\\x01" + bytes(8))
words = (ctypes.c_char_p * 2)(b"/bin/true", None)
raw = {raw}

calls = {{
    "open to read": lambda: libc.open(b"/etc/passwd", 0),
    "open to write": lambda: libc.open(b"/tmp/escaped", 0o101, 0o600),
    "openat": lambda: libc.openat(-100, b"/etc/passwd", 0),
    "creat": lambda: libc.creat(b"/tmp/escaped", 0o600),
    "stat": lambda: libc.stat(b"/etc/passwd", buffer),
    "access": lambda: libc.access(b"/etc/passwd", 0),
    "readlink": lambda: libc.readlink(b"/proc/self/exe", buffer, 4096),
    "unlink": lambda: libc.unlink(b"/tmp/escaped"),
    "mkdir": lambda: libc.mkdir(b"/tmp/escaped", 0o700),
    "chdir": lambda: libc.chdir(b"/tmp"),
    "mount": lambda: libc.mount(b"none", b"/mnt", b"tmpfs", 0, None),
    "chroot": lambda: libc.chroot(b"/tmp"),
    "socket": lambda: libc.socket(2, 1, 0),
    "unix socket": lambda: libc.socket(1, 1, 0),
    "netlink socket": lambda: libc.socket(16, 3, 0),
    "socketpair": lambda: libc.socketpair(1, 1, 0, buffer),
    "connect": lambda: libc.connect(CONNECTION, address, 16),
    "bind": lambda: libc.bind(CONNECTION, address, 16),
    "listen": lambda: libc.listen(CONNECTION, 1),
    "sendmsg": lambda: libc.sendmsg(CONNECTION, buffer, 0),
    "recvmsg": lambda: libc.recvmsg(CONNECTION, buffer, 0),
    "execve": lambda: libc.execve(b"/bin/true", words, None),
    "fork": lambda: libc.fork(),
    "kill the parent": lambda: libc.kill(parent, 9),
    "kill everybody": lambda: libc.kill(-1, 9),
    "ask whether a process is there": lambda: libc.kill(1, 0),
    "tgkill the parent": lambda: libc.tgkill(parent, parent, 9),
    "sigqueue": lambda: libc.sigqueue(parent, 9, None),
    "ptrace": lambda: libc.ptrace(16, parent, None, None),
    "process_vm_readv": lambda: libc.process_vm_readv(parent, buffer, 1, buffer, 1, 0),
    "process_vm_writev": lambda: libc.process_vm_writev(parent, buffer, 1, buffer, 1, 0),
    "unshare": lambda: libc.unshare(0x10000000),
    "setns": lambda: libc.setns(CONNECTION, 0),
    "memfd_create": lambda: libc.memfd_create(b"code", 0),
    "pipe": lambda: libc.pipe(buffer),
    "dup": lambda: libc.dup(CONNECTION),
    "epoll_create": lambda: libc.epoll_create1(0),
    "ioctl": lambda: libc.ioctl(CONNECTION, 0x5401, buffer),
    "fcntl": lambda: libc.fcntl(CONNECTION, 3),
    "raise a limit": lambda: libc.setrlimit(2, buffer),
    "limit the parent": lambda: libc.prlimit(parent, 7, buffer, None),
    "setuid": lambda: libc.setuid(0),
    "capset": lambda: libc.capset(buffer, buffer),
    "setpriority": lambda: libc.setpriority(0, 0, -20),
    "be traceable again": lambda: libc.prctl(4, 1, 0, 0, 0),
    "another filter": lambda: libc.prctl(22, 2, buffer, 0, 0),
    "shmget": lambda: libc.shmget(0, 4096, 0o1600),
    **{{name: lambda number=number: libc.syscall(ctypes.c_long(number), 0, 0, 0, 0, 0, 0) for name, number in raw.items()}},
}}

def attempt(call):
    ctypes.set_errno(0)
    returned = call()
    if returned == 0 and os.getpid() != here:
        os._exit(0)  # a child: there should be none
    return [returned, ctypes.get_errno()]

def work(self, head, body):
    global CONNECTION
    CONNECTION = self._connection.fileno()
    found = {{name: attempt(call) for name, call in calls.items()}}
    is_open = []
    for number in range(256):
        ctypes.set_errno(0)
        libc.read(number, buffer, 0)
        if ctypes.get_errno() != 9:
            is_open.append(number)
    isolates = [worker.Isolate(64 << 20) for _ in range(3)]
    answers = [isolate._engine.eval("6 * 7") for isolate in isolates]
    for isolate in isolates:
        isolate.close()
    report = {{
        "found": found, "open": is_open, "connection": CONNECTION, "environment": dict(os.environ),
        "answers": answers,
    }}
    send_frame(self._connection, {{}}, json.dumps(report).encode())

worker.Worker._work = work
worker.main()
"""
RAW = {
    "x86_64": {
        "bpf": 321, "perf_event_open": 298, "keyctl": 250, "add_key": 248, "userfaultfd": 323,
        "vfork": 58, "init_module": 175, "execveat": 322, "open_by_handle_at": 304, "kexec_load": 246,
    },
    "aarch64": {
        "bpf": 280, "perf_event_open": 241, "keyctl": 219, "add_key": 217, "userfaultfd": 282,
        "init_module": 105, "execveat": 281, "open_by_handle_at": 265, "kexec_load": 104,
    },
}  # fmt: skip
#: The same everywhere.
RAW_EVERYWHERE = {
    "io_uring_setup": 425, "io_uring_enter": 426, "open_tree": 428, "fsopen": 430, "pidfd_open": 434,
    "pidfd_send_signal": 424, "openat2": 437, "pidfd_getfd": 438, "landlock_create_ruleset": 444,
    "memfd_secret": 447,
}  # fmt: skip

#: A worker on a machine that lacks a layer.
LACKING = """
from engine.sandbox import lockdown, worker

def not_here(threads):
    raise lockdown.Unavailable("the kernel does not have it")

lockdown._deny_files = not_here
worker.main()
"""

#: Landlock alone.
LANDLOCK_ONLY = """
import socket
from engine.sandbox import lockdown

import encodings.idna
lockdown._refuse_new_privileges()
try:
    lockdown._deny_files(1)
except lockdown.Unavailable as exc:
    print(exc)
else:
    for attempt in (
        lambda: open("/etc/passwd"), lambda: open("/tmp/escaped", "w"),
        lambda: __import__("os").listdir("/"),
    ):
        try:
            attempt()
        except PermissionError as exc:
            print(exc.errno)
"""


def run_python(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Have the next workers run this program."""
    monkeypatch.setattr(birth, "_COMMAND", (sys.executable, "-I", "-c", code))


@pytest.fixture
def locked() -> Iterator[WorkerProcess]:
    """A worker as the pool starts it."""
    worker = WorkerProcess(PoolConfig().worker())
    yield worker
    worker.kill()
    worker.wait()


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """What native code inside a locked worker was able to do."""
    raw = {**RAW.get(platform.machine(), {}), **RAW_EVERYWHERE}
    run_python(monkeypatch, PROBE.format(raw=raw))
    worker = WorkerProcess(WorkerConfig(64 * MIB, 1))
    if worker.layers["seccomp"] != ACTIVE:
        not_here(f"seccomp ({worker.layers['seccomp']})")
    calls = Calls(1)
    head = {"script": "", "kept": None}
    question = Question(head, b"", 60, MIB, "probe", lambda *_: "{}", calls, lambda waits: None)
    _, body = worker.ask(question)
    calls.close()
    yield json.loads(body)
    worker.kill()
    worker.wait()


@pytest.fixture
def make_pool() -> Iterator[Callable[..., Pool]]:
    pools: list[Pool] = []

    def make(**config: Any) -> Pool:
        pools.append(Pool(PoolConfig(**config)))
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


def status_of(pid: int) -> dict[str, str]:
    """Return what the kernel tells everybody of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def kib(text: str) -> int:
    return int(text.split()[0]) << 10


def run(pool: Pool, body: str, owner: str = "hostile", **options: Any) -> RunOutcome:
    limits = RunLimits(cpu_s=20, wall_s=60, **options.pop("limits", {}))
    source = f"class Script {{ run() {{ {body} }} }}"
    return pool.run(Job(owner, "hook", source, "run", limits=limits, **options))


# -- the layers ---------------------------------------------------------------------------


def test_native_code_can_call_nothing(report: dict[str, Any]) -> None:
    """No file, no socket, no process, no signal, no privilege: each is refused by the kernel."""
    got_through = {name: result for name, result in report["found"].items() if result != [-1, 1]}
    assert got_through == {}
    assert len(report["found"]) > 55
    assert not Path("/tmp/escaped").exists()


def test_native_code_finds_nothing_open(report: dict[str, Any]) -> None:
    """The socket to the pool is the one descriptor, and there is no environment."""
    assert report["open"] == [report["connection"]]
    assert report["environment"].keys() <= {"LC_CTYPE"}  # Python's own


def test_isolates_come_and_go_under_the_lock(report: dict[str, Any]) -> None:
    """A thread may still be started."""
    assert report["answers"] == [42, 42, 42]


def test_every_layer_tells_its_state(locked: WorkerProcess) -> None:
    """Active, or why not."""
    assert locked.layers.keys() == LAYERS
    assert all(locked.layers.values())


def test_the_kernel_agrees(locked: WorkerProcess) -> None:
    """What a layer says of itself is what /proc shows from outside."""
    shown = status_of(locked.pid)
    limits = Path(f"/proc/{locked.pid}/limits").read_text()
    said = {name for name, state in locked.layers.items() if state == ACTIVE}
    assert ("seccomp" in said) == (shown["Seccomp"] == "2")
    assert ("no new privileges" in said) == (shown["NoNewPrivs"] == "1")
    if "no capabilities" in said:
        assert {int(shown[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {0}
    for line in ("Max core file size", "Max file size", "Max open files"):
        (found,) = [row.split()[-3:-1] for row in limits.splitlines() if row.startswith(line)]
        assert found == ["0", "0"]


def test_landlock_stands_alone() -> None:
    """Files are out of reach even for a process that may still call open."""
    command = [sys.executable, "-I", "-c", LANDLOCK_ONLY]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")
    if "the kernel" in said[0]:
        not_here(f"Landlock ({said[0]})")
    assert said == ["13", "13", "13", ""]


def test_isolates_do_not_share_their_chance(locked: WorkerProcess) -> None:
    """V8 cannot read /dev/urandom any more, and still every isolate has a seed of its own."""
    pool = Pool(PoolConfig(workers=1, spares=0))
    try:
        drawn = {run(pool, "return Math.random()").result for _ in range(12)}
    finally:
        pool.close()
    assert len(drawn) == 12


def test_time_zones_and_locales_are_there(make_pool: Callable[..., Pool]) -> None:
    """What V8 reads for them it has read before."""
    pool = make_pool(workers=1, spares=0)
    body = "return new Date(0).toLocaleString('de', {timeZone: 'Asia/Tokyo'})"
    assert run(pool, body).result == "1.1.1970, 09:00:00"
    offset = -time.localtime(0).tm_gmtoff // 60
    assert run(pool, "return new Date(0).getTimezoneOffset()").result == offset


# -- a layer that is missing --------------------------------------------------------------


def test_a_missing_layer_is_told(
    monkeypatch: pytest.MonkeyPatch,
    make_pool: Callable[..., Pool],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In one line of the log, and to whoever asks the pool."""
    run_python(monkeypatch, LACKING)
    pool = make_pool(workers=2, spares=1)
    assert run(pool, "return 1").result == 1
    deadline = time.monotonic() + 30
    while pool.stats()["alive"] < 3:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert pool.layers()["landlock"] == "the kernel does not have it"
    assert missing(pool.layers()) == "landlock (the kernel does not have it)"
    lines = [line for line in caplog.messages if "layers" in line]
    assert lines == [
        "scripts run without these layers of protection: landlock (the kernel does not have it)"
    ]


def test_strict_refuses_a_missing_layer(
    monkeypatch: pytest.MonkeyPatch, make_pool: Callable[..., Pool]
) -> None:
    """No script runs then, and the reason is there."""
    run_python(monkeypatch, LACKING)
    pool = make_pool(workers=1, spares=0, strict=True)
    assert not pool.wait_until_ready(timeout_s=3)
    assert "landlock (the kernel does not have it)" in pool.trouble()
    with pytest.raises(SandboxUnavailable, match="landlock"):
        WorkerProcess(PoolConfig(strict=True).worker())


def test_a_strict_server_does_not_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It ends with one line that names the setting and the layer."""
    run_python(monkeypatch, LACKING)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        "HOOKSMITH_PORT": str(port),
        "HOOKSMITH_DATA_DIR": str(tmp_path),
        "HOOKSMITH_SANDBOX_STRICT": "true",
    }
    result = CliRunner().invoke(cli.main, ["serve"], env=environment)
    assert result.exit_code == 2
    (line,) = result.output.splitlines()
    assert line.startswith("HOOKSMITH_SANDBOX_STRICT: ")
    assert "landlock (the kernel does not have it)" in line
    doctor = CliRunner().invoke(cli.main, ["doctor"], env=environment)
    assert doctor.exit_code == 1
    assert "landlock" in doctor.output


def test_doctor_shows_every_layer(tmp_path: Path) -> None:
    """And the database, which it does not create."""
    environment = {"HOOKSMITH_DATA_DIR": str(tmp_path / "data")}
    result = CliRunner().invoke(cli.main, ["doctor"], env=environment)
    assert result.exit_code == 0
    assert {line[:20].strip() for line in result.output.splitlines()} >= LAYERS
    assert "not there yet" in result.output
    assert not (tmp_path / "data").exists()
    assert CliRunner().invoke(cli.main, ["migrate"], env=environment).exit_code == 0
    result = CliRunner().invoke(cli.main, ["doctor"], env=environment)
    assert (result.exit_code, result.output.split()[:2]) == (0, ["database", "ok"])


# -- memory -------------------------------------------------------------------------------


class Watch:
    """The highest resident size any worker of a pool reaches, while it is entered."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.peak_bytes = 0

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.003):
            for pid in self._pool.pids():
                try:
                    self.peak_bytes = max(self.peak_bytes, kib(status_of(pid)["VmHWM"]))
                except (OSError, KeyError):
                    continue  # it has just ended


HOARDS = {
    "array buffers": "const a = []; for (;;) a.push(new Uint8Array(1 << 20).fill(1))",
    "small array buffers": "const a = []; for (;;) a.push(new Uint8Array(1 << 10).fill(1))",
    "huge array buffers": "const a = []; for (;;) a.push(new Uint8Array(1 << 27).fill(1))",
    "buffers, the error swallowed": "const a = []; for (;;) try { a.push(new Uint8Array(1 << 20).fill(1)) } catch {}",
    "a growing buffer": "const b = new ArrayBuffer(0, {maxByteLength: 1 << 30}); for (let n = 1 << 20; ; n += 1 << 20) { b.resize(n); new Uint8Array(b).fill(1) }",
    "transferred buffers": "let b = new ArrayBuffer(1 << 20); for (;;) { b = b.transfer(b.byteLength * 2); new Uint8Array(b).fill(1) }",
    "copies of a typed array": "return new Float64Array(1 << 24).fill(1).slice().map(x => x).length",
    "buffers in a promise": "const a = []; return (async () => { for (;;) { a.push(new Uint8Array(1 << 20).fill(1)); await null } })()",
    "arrays": "const a = []; for (;;) a.push(new Array(1000).fill(1.5))",
    "one array": "return new Array(1 << 25).fill(0).map(String).join().length",
    "a split string": "return 'y'.repeat(1 << 28).split('')",
    "strings": "const a = []; for (let i = 0; ; i++) a.push(('x' + i).repeat(1 << 20).replace(/x/g, 'yz'))",
    "a map": "const m = new Map(); for (let i = 0; ; i++) m.set(i, {i})",
    "a set": "const s = new Set(); for (let i = 0; ; i++) s.add('k' + i)",
    "JSON": "return JSON.stringify(new Array(1 << 24).fill('a'.repeat(33))).length",
    "BigInts": "const a = []; for (;;) a.push(2n ** (1n << 24n))",
    "closures": "const a = []; for (let i = 0; ; i++) { const big = new Array(100).fill(i); a.push(() => big) }",
    "promises": "const f = async () => { await Promise.all([f(), f()]) }; return f()",
    "compiled code": "const a = []; for (let i = 0; ; i++) { const f = Function('x', 'return x + ' + '1 + '.repeat(2000) + i); f(1); a.push(f) }",
}  # fmt: skip


@pytest.fixture(scope="module")
def victims() -> Iterator[Pool]:
    """A pool whose workers may be killed."""
    pool = Pool(PoolConfig(workers=2, spares=1))
    assert pool.wait_until_ready()
    yield pool
    pool.close()


@pytest.mark.parametrize("hoard", HOARDS)
def test_memory_is_bounded_whatever_it_is_taken_for(victims: Pool, hoard: str) -> None:
    """The outcome says why, the process stays within its allowance, and a neighbour works on."""
    run(victims, "return 1")
    base_bytes = max(
        kib(status["VmRSS"])
        for status in [status_of(pid) for pid in victims.pids()]
        if "VmRSS" in status  # one that has just ended has none
    )
    neighbours: list[RunOutcome] = []
    stop = threading.Event()

    def be_a_neighbour() -> None:
        while not stop.is_set():
            neighbours.append(run(victims, "return 6 * 7", owner="neighbour"))

    thread = threading.Thread(target=be_a_neighbour)
    with Watch(victims) as watch:
        thread.start()
        try:
            outcome = run(victims, HOARDS[hoard])
        finally:
            stop.set()
            thread.join()
    assert outcome.status is RunStatus.MEMORY_LIMIT
    assert outcome.error is not None
    assert watch.peak_bytes < base_bytes + 256 * MIB + SLACK_BYTES
    assert neighbours
    assert {neighbour.result for neighbour in neighbours} == {42}


def test_what_is_let_go_is_not_counted(victims: Pool) -> None:
    """Gigabytes one after the other are no hoard."""
    body = "for (let i = 0; i < 2000; i++) new Uint8Array(1 << 20).fill(1); return 1"
    assert run(victims, body).result == 1


def test_shared_memory_and_webassembly_are_not_there(victims: Pool) -> None:
    """Nor by any way around the deleted names."""
    body = """
      const found = [];
      for (const name of ['SharedArrayBuffer', 'Atomics', 'WebAssembly'])
        if (typeof globalThis[name] !== 'undefined' || typeof Function('return typeof ' + name)() !== 'string'
            || Function('return typeof ' + name)() !== 'undefined') found.push(name);
      return found;
    """
    assert run(victims, body).result == []


def test_a_hoard_that_is_kept_is_dropped(make_pool: Callable[..., Pool]) -> None:
    """An instance that holds much between calls would take its neighbours' room."""
    pool = make_pool(workers=1, spares=0)
    hoard = "this.n = (this.n || 0) + 1; (this.a ||= []).push(new Uint8Array(150 << 20).fill(1)); return this.n"
    modest = "this.n = (this.n || 0) + 1; return this.n"
    assert run(pool, modest, owner="modest", keep_as="modest").result == 1
    pid = pool.pids()[0]
    for _ in range(6):
        assert run(pool, hoard, keep_as="hoard").result == 1
    assert run(pool, modest, owner="modest", keep_as="modest").result == 2
    assert pool.pids()[0] == pid
    big = "return new Uint8Array(200 << 20).fill(1).length"
    assert run(pool, big, owner="other").result == 200 << 20


def test_many_kept_instances_leave_room_for_each(make_pool: Callable[..., Pool]) -> None:
    """The limit grows by what an isolate takes."""
    pool = make_pool(workers=1, spares=0, max_kept=60)
    for n in range(60):
        assert run(pool, "return 1", owner=f"{n}", keep_as=f"{n}").result == 1
    big = "return new Uint8Array(200 << 20).fill(1).length"
    assert run(pool, big, owner="other").result == 200 << 20
    hoard = "const a = []; for (;;) a.push(new Uint8Array(1 << 20).fill(1))"
    assert run(pool, hoard).status is RunStatus.MEMORY_LIMIT


def test_a_job_may_have_a_smaller_heap(victims: Pool) -> None:
    """Its own limit holds for it, and not for the next."""
    body = (
        "const a = []; while (a.length < 3000) a.push(new Array(1000).fill(1.5)); return a.length"
    )
    limits = {"heap_bytes": 16 * MIB}
    assert run(victims, body, limits=limits).status is RunStatus.MEMORY_LIMIT
    assert run(victims, body).result == 3000


def test_a_job_cannot_have_a_larger_heap(victims: Pool) -> None:
    """The administrator's limit is the greatest."""
    body = "const a = []; for (;;) a.push(new Array(1000).fill(1.5))"
    outcome = run(victims, body, limits={"heap_bytes": 1 << 30})
    assert outcome.status is RunStatus.MEMORY_LIMIT


def test_the_kernel_ends_a_worker_before_the_server(locked: WorkerProcess) -> None:
    """When the machine has no memory left, scripts go first."""
    assert Path(f"/proc/{locked.pid}/oom_score_adj").read_text() == "1000\n"
    assert os.getpid() != locked.pid
