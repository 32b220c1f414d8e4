"""A V8 isolate as the worker uses it: the prelude, one script, and runs of its methods."""

from __future__ import annotations

import codecs
import contextlib
import ctypes
import json
import secrets
import struct
import time
from contextlib import ExitStack
from typing import Any, cast

from py_mini_racer import (
    JSEvalException,
    JSOOMException,
    JSParseException,
    init_mini_racer,
    mini_racer,
)
from py_mini_racer import _mini_racer as _engine_internals
from py_mini_racer._context import Context

from engine import prelude
from engine.sandbox.console import ConsoleMemory, lift_from
from engine.sandbox.link import HostLink
from engine.sandbox.scripts import parse_engine_error, source_url

# mini-racer declares `var setTimeout` in every context, which no script could then redeclare with
# const. The prelude brings its own, so the installation is left out (and its time saved).
_engine_internals.INSTALL_SET_TIMEOUT = "0"  # type: ignore[attr-defined]

#: The words before the text in the mailbox of prelude/host.js, and what the second one may say.
_HEADER = struct.Struct("<HH4x")
_REQUEST_PART, _REQUEST_END, _ANSWER_PART, _ANSWER_END = 1, 2, 3, 4
_NOT_NOW = '{"error":"this can only be asked while the script runs"}'

#: How JavaScript has its texts; looked up now, for a locked process can load no codec.
_UTF16 = codecs.lookup("utf-16-le")

#: What mini-racer is to call us with; its own ids count up from 0.
_RING = 1 << 40

#: V8's context -> the isolate whose script rings.
_isolates: dict[Any, Isolate] = {}

_handle_by_mini_racer = Context.handle_callback_from_v8


def _handle_callback(context: Context, callback_id: int, raw: Any) -> None:
    """
    Answer a script on V8's own thread, which stands still until this returns.

    mini-racer itself only has callbacks that V8 does not wait for; but it does call us from within
    the script, so that what is written into the script's buffer here is there when it goes on.
    """
    if callback_id != _RING:
        _handle_by_mini_racer(context, callback_id, raw)
        return
    context._dll.mr_free_value(context._ctx, raw)
    isolate = _isolates.get(context._ctx)
    if isolate is not None:
        isolate.ring()


Context.handle_callback_from_v8 = _handle_callback  # type: ignore[assignment,method-assign]


class Isolate:
    """A V8 isolate with the prelude in it, and the script once it is loaded."""

    def __init__(self, heap_bytes: int, console: ConsoleMemory | None = None) -> None:
        self._heap_bytes = heap_bytes
        self._console = console
        self._console_lines: memoryview | None = None
        self._stack = ExitStack()
        self._engine = self._stack.enter_context(mini_racer())
        self._engine.set_hard_memory_limit(heap_bytes)
        # The prelude's entry is a lexical global nobody can enumerate; this name is its only key.
        self._entry = f"hooksmith_{secrets.token_hex(12)}"
        self._link: HostLink | None = None
        self._request = bytearray()
        self._answer = memoryview(b"")
        self._connect(self._engine.eval(prelude.source(self._entry)))
        #: What the worker made of the script's source, for errors to come.
        self.compiled: dict[str, Any] | None = None
        #: How many runs it has seen.
        self.runs = 0

    def close(self) -> None:
        _isolates.pop(self._context._ctx, None)
        self._mailbox.release()
        if self._console_lines is not None:
            lift_from(self._console_lines)
            self._console_lines.release()
        self._stack.close()

    # -- one run --------------------------------------------------------------------------

    def load(
        self, source: str, text: str | None, name: str, head: dict[str, Any], argument: str
    ) -> dict[str, Any] | None:
        """
        Begin a run by evaluating the script; return what went wrong, or None.

        :param text: what the source was compiled to, if that is to be evaluated in its place.
        :param argument: what the method is called with afterwards, as JSON.
        """
        steps = [self._begin(head, argument)]
        if head.get("secrets"):
            steps.append(f"{self._entry}.confide({json.dumps(head['secrets'])});")
        if text is not None:
            steps.append(prelude.classes_source())
        self._eval("\n".join([*steps, "0"]))
        url = f"\n//# sourceURL={source_url(name)}"
        try:
            # The 0 is there because mini-racer cannot convert every completion value (a BigInt).
            self._engine.eval(f"{source if text is None else text}\n;0{url}")
        except JSParseException:
            # Again as it is: the complaint must be about the user's text, not about ours.
            try:
                self._engine.eval(source)
            except JSEvalException as exc:
                return {"stage": "syntax", "error": parse_engine_error(str(exc))}
        except JSOOMException:
            raise
        except JSEvalException as exc:
            return {"stage": "load", "error": parse_engine_error(str(exc))}
        return None

    def start(self, link: HostLink, *, repeat: bool) -> str:
        """Make the instance of a loaded script and call its method; return the runner's answer."""
        read = "()=>typeof Script==='undefined'?undefined:Script"
        return self._drive(f"{self._entry}.start({read})", link, repeat=repeat)

    def call(self, link: HostLink, head: dict[str, Any], argument: str) -> str:
        """Begin a run of an instance that is there, and call its method; return the runner's answer."""
        return self._drive(f"{self._begin(head, argument)}{self._entry}.call()", link, repeat=False)

    def settle(self) -> str:
        """
        Wait until nothing runs any more of what a run left behind; return what else it left, as JSON.

        V8 answers before it runs the microtasks. Left alone they would go on under the next job:
        at its expense in a kept isolate, and where this one is closed that waits for them too.
        """
        left = self._eval(f"{self._entry}.drain()")
        self._link = None
        self._raise_if_out_of_memory()
        return left

    # -- calls to the outside ---------------------------------------------------------------

    def ring(self) -> None:
        """Take the next part of a request from the mailbox, or leave the next part of an answer."""
        try:
            self._exchange()
        except Exception:
            # Nobody above could be told; the script's call fails, and its run with it.
            _HEADER.pack_into(self._mailbox, 0, 0, _ANSWER_END)

    def _exchange(self) -> None:
        count, what = _HEADER.unpack_from(self._mailbox)
        if what in (_REQUEST_PART, _REQUEST_END):
            start = _HEADER.size
            self._request += self._mailbox[start : start + 2 * count]
            if what == _REQUEST_PART:
                return
            request, _ = _UTF16.decode(self._request, "replace")
            self._request = bytearray()
            self._leave(self._answer_to(request))
        else:
            self._leave_part()

    def _leave(self, text: str) -> None:
        """Leave a text in the mailbox: as much as fits, and the rest whenever the script rings."""
        self._answer = memoryview(_UTF16.encode(text, "replace")[0])
        self._leave_part()

    def _leave_part(self) -> None:
        room = len(self._mailbox) - _HEADER.size
        part, self._answer = self._answer[:room].tobytes(), self._answer[room:]
        self._mailbox[_HEADER.size : _HEADER.size + len(part)] = part
        more = _ANSWER_PART if self._answer else _ANSWER_END
        _HEADER.pack_into(self._mailbox, 0, len(part) // 2, more)

    def _answer_to(self, request: str) -> str:
        call, _, text = request.partition(" ")
        if call == "library":
            return prelude.library(text)
        # Something an earlier run left behind may ring when none is going on.
        if self._link is None or not call.isdecimal():
            return _NOT_NOW
        return self._link.ask(int(call), text)

    def _connect(self, plug: Any) -> None:
        context = cast(Context, self._engine._ctx)
        self._context = context
        self._mailbox: memoryview = plug["mailbox"]
        if self._console is not None:
            # Where it cannot be, the lines of a run that is killed end with its process.
            with contextlib.suppress(OSError):
                self._console.lay_under(plug["console"])
                self._console_lines = plug["console"]
        ring = context._dll.mr_make_js_callback(context._ctx, ctypes.c_uint64(_RING))
        plug["ring"] = context._value_handle_to_python(context._wrap_raw_handle(ring))
        _isolates[context._ctx] = self

    # -- V8 -------------------------------------------------------------------------------

    def _begin(self, head: dict[str, Any], argument: str) -> str:
        """Leave what a run is about in the mailbox; return the code that takes it from there."""
        limits = head["limits"]
        self._engine.set_hard_memory_limit(min(limits["heapBytes"], self._heap_bytes))
        self.runs += 1
        run = {
            "method": head.get("method"),
            "lines": limits["consoleLines"],
            "chars": limits["consoleBytes"],
            "resultChars": limits["resultBytes"],
            "seed": head["seed"],
            "given": head.get("repeat"),
        }
        # Not in the code: what is evaluated again and again as it was, V8 need not compile again.
        self._leave(f"{json.dumps(run)}\n{argument}")
        return f"{self._entry}.begin();"

    def _drive(self, code: str, link: HostLink, *, repeat: bool) -> str:
        """Evaluate what starts a run, then go on with it until it is done."""
        self._link = link
        answer = self._eval(code)
        idle_looks = 0
        while answer.startswith("W"):
            state = json.loads(answer[1:])
            for call, text in state["calls"]:
                link.send(call, text)
            wait_ms, arrived = state["waitMs"], []
            if wait_ms < 0 and not state["pending"]:
                # What was resolved by now may settle the promise after this answer: look once more.
                idle_looks += 1
                if idle_looks > 1:
                    self._raise_if_out_of_memory()
                    return self._eval(f"{self._entry}.abandon()")
            else:
                idle_looks = 0
                wait_s = None if wait_ms < 0 else wait_ms / 1000
                if state["pending"] and not repeat:
                    arrived = link.answers(wait_s)
                elif wait_s and not repeat:
                    time.sleep(wait_s)
            answer = self._eval(f"{self._entry}.resume({json.dumps(arrived)})")
        return answer

    def _raise_if_out_of_memory(self) -> None:
        # V8 ends a microtask that reaches the limit without a word to whoever evaluates next.
        if self._engine.was_hard_memory_limit_reached():
            raise JSOOMException

    def _eval(self, code: str) -> str:
        text = self._engine.eval(f"{code}\n//# sourceURL={prelude.NAME}")
        return text if isinstance(text, str) else ""


def start_v8(flags: list[str]) -> ctypes.CDLL:
    """Load V8, once in a process."""
    return init_mini_racer(flags=("--single-threaded", *flags))
