"""Which worker has which instance of a script in memory, for how long, and why one is gone."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from engine.sandbox.config import PoolConfig
from engine.sandbox.outcome import Job
from engine.sandbox.process import WorkerProcess

#: What a kept instance may hold beside V8's heap between calls, garbage included.
_KEPT_BYTES_BEYOND_HEAP = 64 << 20
#: What all instances together may hold that wait for the second method of their call.
_HELD_BYTES = 256 << 20
#: Of so many instances that are gone it is known why.
_MOST_REASONS = 1000

_STOPPED = "its last run was stopped"
_OTHERS_RUN = "its sandbox process was ended for another run in it"
_ENDED = "its sandbox process ended"
_TOO_LARGE = "it held more memory than an instance may"
_TOO_LARGE_TOGETHER = "the instances of the calls under way held more memory than they may together"
_TOO_MANY_KEPT = "more instances are kept than there is room for"
_TOO_MANY_HELD = "more calls are under way than instances can be held for"
_TOO_LATE = "the call took longer than an instance is held"


@dataclass(slots=True)
class _Instance:
    worker: WorkerProcess
    owner: str
    #: `time.monotonic()` until which it is held for its call.
    held_until: float = 0.0


class Instances:
    """
    The instances that jobs with `keep_as` have left in the workers.

    Those of the lifecycle `kept` stay while there is room. One that is held for a call (`hold_s`) is for
    the next job of the call only, and bounded in number, size and time. Whoever calls holds the lock.
    """

    def __init__(self, config: PoolConfig) -> None:
        self._config = config
        #: By name, least recently used first.
        self._kept: OrderedDict[str, _Instance] = OrderedDict()
        self._held: OrderedDict[str, _Instance] = OrderedDict()
        self._gone: OrderedDict[str, str] = OrderedDict()
        #: How often a job found that its instance was gone.
        self.replaced = 0

    @property
    def kept(self) -> int:
        return len(self._kept)

    @property
    def held(self) -> int:
        return len(self._held)

    def home(self, key: str) -> WorkerProcess | None:
        """Return the worker that has an instance."""
        found = self._kept.get(key) or self._held.get(key)
        return found.worker if found is not None else None

    def is_keeper(self, worker: WorkerProcess) -> bool:
        """Tell whether a worker has an instance that is to stay."""
        return any(key in self._kept for key in worker.kept)

    def claim(self, key: str, job: Job, worker: WorkerProcess, busy: str) -> str:
        """
        Note that a worker has, or now makes, a job's instance: the next job for it waits for this one.

        Return why the one before is gone, empty where there was none: `busy` if it lives elsewhere.
        """
        before = self.home(key)
        why = ""
        if before is None:
            why = self._gone.pop(key, "")
        elif before is not worker:
            before.drop(key)
            why = busy
        self.replaced += bool(why)
        found = self._of(job)
        if before is not worker:
            found[key] = _Instance(worker, job.owner)
        if job.hold_s is not None:
            # The time counts from the end of the run, which `settle` sees.
            found[key].held_until = time.monotonic() + job.limits.wall_s + job.hold_s
        found.move_to_end(key)
        worker.kept.setdefault(key, 0)
        return why

    def settle(self, key: str, job: Job, worker: WorkerProcess, *, kept: bool) -> None:
        """Note whether the worker keeps a job's instance now that the job is over."""
        found = self._of(job).get(key)
        if found is None or found.worker is not worker:
            # Gone while it ran; the next job may already have made its own elsewhere.
            worker.drop(key)
            return
        if not kept:
            if key in worker.loaded and job.hold_s != 0:
                self._note(key, _STOPPED)
            del self._of(job)[key]
            worker.kept.pop(key, None)
            worker.loaded.discard(key)
            return
        worker.loaded.add(key)
        worker.kept[key] = max(worker.kept[key] + worker.grown_bytes, 0)
        found.held_until = time.monotonic() + (job.hold_s or 0.0)
        if worker.kept[key] > self._config.heap_bytes + _KEPT_BYTES_BEYOND_HEAP:
            # It would take from the others' room; its next job makes a new one.
            self._drop(key, _TOO_LARGE)
        self._make_room()

    def forget(self, key: str) -> None:
        """Drop an instance that nobody asks for any more, if it is there."""
        self._drop(key, "")
        self._gone.pop(key, None)

    def expire(self) -> None:
        """Drop what is held for calls that should long be over."""
        now = time.monotonic()
        for key in [key for key, one in self._held.items() if one.held_until < now]:
            self._drop(key, _TOO_LATE)

    def lose(self, worker: WorkerProcess) -> None:
        """Forget the instances of a worker that has ended."""
        for key in worker.kept:
            if self.home(key) is not worker:
                continue
            if key in worker.loaded:
                self._note(key, _why_ended(worker, key))
            self._kept.pop(key, None)
            self._held.pop(key, None)

    def _of(self, job: Job) -> OrderedDict[str, _Instance]:
        return self._kept if job.hold_s is None else self._held

    def _make_room(self) -> None:
        while len(self._kept) > self._config.max_kept:
            self._drop(next(iter(self._kept)), _TOO_MANY_KEPT)
        while len(self._held) > self._config.max_held:
            # Who has most gives one back: the calls of one integration take nothing from the others'.
            owners = Counter(one.owner for one in self._held.values())
            most = owners.most_common(1)[0][0]
            oldest = next(key for key, one in self._held.items() if one.owner == most)
            self._drop(oldest, _TOO_MANY_HELD)
        while self._held and sum((sizes := _sizes(self._held)).values()) > _HELD_BYTES:
            self._drop(max(sizes, key=sizes.__getitem__), _TOO_LARGE_TOGETHER)

    def _drop(self, key: str, why: str) -> None:
        found = self._kept.pop(key, None) or self._held.pop(key, None)
        if found is None:
            return
        found.worker.drop(key)
        if why:
            self._note(key, why)

    def _note(self, key: str, why: str) -> None:
        self._gone[key] = why
        while len(self._gone) > _MOST_REASONS:
            self._gone.popitem(last=False)


def _why_ended(worker: WorkerProcess, key: str) -> str:
    if worker.why_ended:
        return worker.why_ended
    if worker.in_run:
        return _STOPPED if worker.run_for == key else _OTHERS_RUN
    return _ENDED


def _sizes(held: Mapping[str, _Instance]) -> dict[str, int]:
    return {key: one.worker.kept.get(key, 0) for key, one in held.items()}
