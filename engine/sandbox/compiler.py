"""
The compiler that gives scripts the sloppy class bodies they had in Rocket.Chat.

Rocket.Chat ran scripts through Babel, which makes functions of classes; their code was sloppy then,
and published scripts rely on it. Tried here on the longest example script (14 KB), per compile after
the first, in this sandbox:

- Babel standalone: 3.1 MB of script, 300 ms to load, 160 to 290 ms and 40 to 60 MB a compile; the text
  comes out rewritten throughout (async functions too), so columns need source maps.
- Declaring undeclared names beforehand (acorn and a scope analysis): cheap, but `this`, octal escapes,
  `with`, `arguments.callee` and writes to read-only properties stay strict.
- Acorn and a rewriting of classes alone (`prelude/compile`): 0.15 MB, 10 ms to load, 5 to 15 ms and
  under 10 MB a compile; all of sloppy mode, the text of methods as it was, and nothing done at all to
  a script that cannot tell the difference. That is what this is.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any

from py_mini_racer import JSEvalException, JSOOMException, mini_racer

from engine import prelude

#: What is said of a script that could not be looked at: it runs as it is.
AS_IT_IS: dict[str, Any] = {"text": None, "map": None, "found": []}


class Compiler:
    """An isolate of its own, in which scripts are only ever data; made when it is first needed."""

    def __init__(self, heap_bytes: int) -> None:
        self._heap_bytes = heap_bytes
        self._stack = ExitStack()
        self._engine: Any = None

    def compile(self, source: str) -> dict[str, Any]:
        """Return {text, map, found}."""
        try:
            if self._engine is None:
                self._engine = self._stack.enter_context(mini_racer())
                self._engine.set_hard_memory_limit(self._heap_bytes)
                self._engine.eval(f"{prelude.compiler_source()}\n;0")
            compiled: dict[str, Any] = json.loads(
                self._engine.eval(f"compile({json.dumps(source)})")
            )
        except JSOOMException:
            self._discard()
            return AS_IT_IS
        except JSEvalException:
            return AS_IT_IS  # nested too deeply to be read, most likely
        return compiled

    def _discard(self) -> None:
        self._engine = None
        self._stack.close()
