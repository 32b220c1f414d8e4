"""How many workers a pool has, and what each of them may use."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.sandbox.process import WorkerConfig

#: What a job may take of memory beside V8's heap: array buffers, and what V8 needs meanwhile.
_BEYOND_HEAP_BYTES = 192 << 20


@dataclass(frozen=True, slots=True)
class PoolConfig:
    """`workers` may compute at once; `spares` more stand ready to replace the one that dies."""

    workers: int = 2
    spares: int = 1
    #: Workers started beyond these while jobs wait for the outside.
    max_extras: int = 4
    heap_bytes: int = 64 << 20
    prepared: int = 4
    max_waiting: int = 256
    max_wait_s: float = 5.0
    max_kept: int = 1000
    #: Instances that wait for the answer to their call, for `process_outgoing_response`.
    max_held: int = 100
    #: Fresh isolates of one worker before it is replaced: V8 gives back all but some 50 KB of each.
    max_fresh_runs: int = 1000
    strict: bool = False  #: a worker that is not fully locked down is not used

    @property
    def per_owner(self) -> int:
        """Workers one owner may hold at once."""
        return max(1, self.workers // 2)

    def of_one(self) -> PoolConfig:
        """Return the same for a single job: one worker and none in reserve."""
        return replace(self, workers=1, spares=0, prepared=1)

    def worker(self) -> WorkerConfig:
        """Return how each of the workers is set up."""
        return WorkerConfig(
            self.heap_bytes,
            self.prepared,
            (
                # Above the limit that ends a script gently; where V8 overshoots it, it aborts here.
                f"--max-heap-size={(self.heap_bytes >> 20) + 16}",
                # (a+)+$ on a long text then answers in linear time, instead of using up its CPU time.
                "--enable-experimental-regexp-engine-on-excessive-backtracks",
            ),
            allowance_bytes=self.heap_bytes + _BEYOND_HEAP_BYTES,
            strict=self.strict,
        )
