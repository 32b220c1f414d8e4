"""What can be told about a script from its text, and from what V8 says of it."""

from __future__ import annotations

import re
from typing import Any

from engine.prelude import LIBRARIES

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")

# A whole identifier, or a way to reach a global by a name that is only known at run time.
_MENTIONS = {
    name: re.compile(rf"(?<![\w$.]){re.escape(name)}(?![\w$])") for name in LIBRARIES
}
_DYNAMIC = re.compile(r"\b(?:eval|Function|globalThis|global)\b")

# "<file>:<line>: <what>\n<source line>\n<spaces>^^^\n\n<stack>"
_ENGINE_ERROR = re.compile(
    r"(?P<file>[^\n]*?):(?P<line>\d+): (?P<what>.*?)\n(?P<source>[^\n]*)\n(?P<caret> *)\^+\n(?:\n(?P<stack>.*))?",
    re.DOTALL,
)
_NAMED = re.compile(r"(?:Uncaught )?(?P<name>[A-Za-z_$][\w$]*): (?P<message>.*)", re.DOTALL)


def source_url(name: str) -> str:
    """Return a script's name as stack traces show it: one word, ending in .js."""
    slug = _NOT_IN_NAMES.sub("-", name).strip("-.") or "script"
    return slug if slug.endswith(".js") else f"{slug}.js"


def libraries_used(source: str) -> list[str]:
    """Return the names of the libraries a script may touch."""
    if _DYNAMIC.search(source):
        return list(LIBRARIES)
    return [name for name, mention in _MENTIONS.items() if mention.search(source)]


def parse_engine_error(text: str) -> dict[str, Any]:
    """Return {name, message, stack, line, column} of what V8 says about an uncaught exception."""
    match = _ENGINE_ERROR.match(text)
    if match is None:
        return {"name": "Error", "message": text.strip(), "stack": "", "line": None, "column": None}
    named = _NAMED.fullmatch(match["what"])
    return {
        "name": named["name"] if named else "Thrown",
        "message": named["message"] if named else f"{match['what']} was thrown, not an Error",
        "stack": (match["stack"] or "").strip(),
        "line": int(match["line"]),
        "column": len(match["caret"]) + 1,
    }


def locate(stack: str, name: str) -> tuple[int | None, int | None]:
    """Return line and column of the first frame inside the script."""
    match = re.search(rf"(?:^|[\s(]){re.escape(source_url(name))}:(\d+):(\d+)", stack)
    return (int(match[1]), int(match[2])) if match else (None, None)
