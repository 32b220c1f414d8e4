"""What can be told about a script from its text, and from what V8 says of it."""

from __future__ import annotations

import re
from typing import Any

from engine.prelude import NAME

#: A message may be as long as the heap allows; a syntax error brings its whole source line along.
_ENGINE_ERROR_CHARS = 1 << 20
_MESSAGE_CHARS = 4000
_STACK_CHARS = 8192

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")

# A script can call its code by any name, and have its errors say any place: more digits are no line.
# "<file>:<line>: <what>\n<source line>\n<spaces>^^^\n\n<stack>"
_ENGINE_ERROR = re.compile(
    r"[^\n:]*:(?P<line>\d{1,9}): (?P<what>.*?)\n(?P<source>[^\n]*)\n(?P<caret> *)\^+\n(?:\n(?P<stack>.*))?",
    re.DOTALL,
)
# What is left of it when a message is so long that the rest was cut off.
_HEADLINE = re.compile(r"[^\n:]*:(?P<line>\d{1,9}): (?P<what>.*)", re.DOTALL)
_NAMED = re.compile(r"(?:Uncaught )?(?P<name>[A-Za-z_$][\w$]*): (?P<message>.*)", re.DOTALL)


def source_url(name: str) -> str:
    """Return a script's name as stack traces show it: one word, ending in .js."""
    slug = _NOT_IN_NAMES.sub("-", name).strip("-.") or "script"
    return slug if slug.endswith(".js") else f"{slug}.js"


def parse_engine_error(text: str) -> dict[str, Any]:
    """Return {name, message, stack, line, column} of what V8 says about an uncaught exception."""
    text = text[:_ENGINE_ERROR_CHARS]
    match = _ENGINE_ERROR.match(text)
    if match is None:
        headline = _HEADLINE.match(text)
        line = int(headline["line"]) if headline else None
        return {**_named(headline["what"] if headline else text), "line": line, "column": None}
    return {
        **_named(match["what"], _own_frames(_cut((match["stack"] or "").strip(), _STACK_CHARS))),
        "line": int(match["line"]),
        "column": len(match["caret"]) + 1,
    }


def _own_frames(stack: str) -> str:
    """Leave out the frames of what compiled scripts call."""
    return "\n".join(
        line for line in stack.split("\n") if not (NAME in line and line.startswith("    at "))
    )


def _named(what: str, stack: str = "") -> dict[str, Any]:
    named = _NAMED.fullmatch(what.strip())
    name = named["name"] if named else "Thrown"
    message = named["message"] if named else f"{what.strip()} was thrown, not an Error"
    return {"name": name, "message": _cut(message, _MESSAGE_CHARS), "stack": stack}


def _cut(text: str, max_chars: int) -> str:
    # The mark tells whoever hides secrets in it that one may be cut off here.
    return text if len(text) <= max_chars else f"{text[: max_chars - 1]}…"


def locate(stack: str, name: str) -> tuple[int | None, int | None]:
    """Return line and column of the first frame inside the script."""
    match = re.search(
        rf"(?:^|[\s(]){re.escape(source_url(name))}:(\d{{1,9}}):(\d{{1,9}})(?!\d)", stack
    )
    return (int(match[1]), int(match[2])) if match else (None, None)
