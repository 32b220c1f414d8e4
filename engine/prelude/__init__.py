"""The JavaScript that stands in every sandbox before a script does."""

import json
from functools import cache
from importlib import resources

#: In this order, inside one function: what is declared in a file is seen by those after it.
FILES = (
    "primordials.js",
    "clock.js",
    "inspect.js",
    "serialize.js",
    "parts.js",
    "console.js",
    "timers.js",
    "host.js",
    "globals.js",
    "runner.js",
)

#: Part that comes when it is first used -> its files in `parts`, in this order, and what it gives.
PARTS = {
    "objects": (("objects.js",), ("describeObject",)),
    "failures": (
        ("failures.js",),
        (
            "MESSAGE_CHARS",
            "failureJson",
            "inspectSafely",
            "quoteBounded",
            "textOf",
            "withoutPrelude",
        ),
    ),
    "store": (("store.js",), ("Store: scriptStore", "resetStore", "storeJson")),
    "network": (("bytes.js", "network.js"), ("HTTP: scriptHttp", "fetch: scriptFetch")),
}

#: Library -> the globals that bring it in when a script first touches one of them.
LIBRARIES = {
    "underscore": ("_",),
    "underscore.string": ("s",),
    "moment": ("moment",),
    "url": ("URL", "URLSearchParams"),
    "text": ("TextEncoder", "TextDecoder"),
    "base64": ("atob", "btoa"),
}

#: Library of ours -> its files in `web`, in this order, and the package they work with by their name for it.
_WEB = {
    "url": (("errors.js", "params.js", "url.js"), {"parser": "whatwg-url"}),
    "text": (("errors.js", "text.js"), {"encoding": "encoding"}),
    "base64": (("errors.js", "base64.js"), {}),
}

#: What libraries ask for themselves: large, and seldom needed.
_MORE = ("tr46", "multi-byte")

#: What reads a script before it runs, in an isolate of its own and after acorn; in this order.
COMPILER_FILES = (
    "compile/syntax.js",
    "compile/positions.js",
    "compile/scopes.js",
    "compile/findings.js",
    "compile/lexical.js",
    "compile/classes.js",
    "compile/constructors.js",
    "compile/compile.js",
)

#: What tells what a script uses; after acorn, in this order.
CHECK_FILES = (
    *COMPILER_FILES,
    "check/tally.js",
    "check/guards.js",
    "check/tree.js",
    "check/before.js",
    "check/undeclared.js",
    "check/names.js",
    "check/paths.js",
    "check/script.js",
    "check/returns.js",
    "check/calls.js",
    "check/usage.js",
    "check/state.js",
    "check/check.js",
)

#: What compiled scripts call to make their classes.
CLASSES = "hooksmith$class"

#: What stack traces call it; a script's own name cannot have a slash.
NAME = "prelude/hooksmith.js"

_EXPORTS = "begin, start, call, resume, drain, abandon, confide"


def load() -> None:
    """Read every file now: a process that is locked down can open none."""
    source("entry")
    compiler_source()
    classes_source()
    for name in (*PARTS, *LIBRARIES, *_MORE):
        library(name)


def source(entry: str) -> str:
    """
    Return the prelude as one script.

    `entry` becomes a lexical global that holds the runner's functions. It is in no object, so a
    script can reach it only by its name; the worker makes up an unguessable one. The value of the
    script is what connects the runner to the worker (see host.js).
    """
    return (
        f"const {entry} = (() => {{\n'use strict';\n{_prelude()}\n"
        f"return {{ __proto__: null, plug, {_EXPORTS} }};\n}})();\n{entry}.plug;\n//# sourceURL={NAME}"
    )


@cache
def _prelude() -> str:
    libraries = f"const LIBRARIES = {json.dumps(LIBRARIES)};"
    return "\n".join([libraries, *(_read(name) for name in FILES)])


@cache
def compiler_source() -> str:
    """Return the compiler as one script: `compile(source)` is then a global."""
    text = "\n".join(_read(name) for name in COMPILER_FILES)
    return f"const compile = ((acorn) => {{\n'use strict';\n{text}\nreturn compile;\n}})({_read('vendor/acorn.js')});"


@cache
def check_source() -> str:
    """Return the script whose method `look` takes a source and returns the facts of the check."""
    text = "\n".join(_read(name) for name in CHECK_FILES)
    return (
        f"class Script {{ look = ((acorn) => {{\n'use strict';\n{text}\nreturn lookInto;\n}})"
        f"({_read('vendor/acorn.js')}); }}"
    )


@cache
def classes_source() -> str:
    """Return what compiled scripts need, as one script; like the prelude's entry it is in no object."""
    return (
        f"const {CLASSES} = (() => {{\n'use strict';\n{_read('classes.js')}\nreturn makeClass;\n}})();\n"
        f"0\n//# sourceURL={NAME}"
    )


@cache
def library(name: str) -> str:
    """
    Return a JavaScript expression: an object of a library's globals, or what a library asks for.

    Of a part of the prelude, a function that makes it. Raise KeyError for any other name.
    """
    if name in PARTS:
        return _part(*PARTS[name])
    if name in _MORE:
        return _read(f"vendor/{name}.js")
    names = ", ".join(LIBRARIES[name])
    if name not in _WEB:
        return f"{{ __proto__: null, {names}: {_read(f'vendor/{name}.js')} }}"
    files, packages = _WEB[name]
    parts = [
        *(f"const {word} = {_read(f'vendor/{package}.js')};" for word, package in packages.items()),
        *(_read(f"web/{file}") for file in files),
        f"return {{ __proto__: null, {names} }};",
    ]
    return "\n".join(["(() => {", "'use strict';", *parts, "})()"])


def _part(files: tuple[str, ...], given: tuple[str, ...]) -> str:
    text = "\n".join(_read(f"parts/{file}") for file in files)
    return (
        f"(base, part) => {{\n'use strict';\n{text}\n"
        f"return {{ __proto__: null, {', '.join(given)} }};\n}}"
    )


def _read(name: str) -> str:
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")
