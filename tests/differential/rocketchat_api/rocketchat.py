"""What Rocket.Chat's published types say of values: see validate.mjs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.differential import comparison

PACKAGES = ("@rocket.chat/rest-typings", "@rocket.chat/core-typings")
_SCRIPT = Path(__file__).with_name("validate.mjs")


def check(cases: Sequence[dict[str, Any]]) -> list[list[str]]:
    """
    Return for each case what is wrong with its `value`, `[]` when nothing is.

    A case has `schema` (an entity), `validator` (of parameters, or of an error's answer) or `endpoint`
    (`GET /v1/channels.list`: of an answer). `{"members": "IRoom"}` is answered with the names of all its members.
    """
    found: list[list[str]] = comparison.node(
        _SCRIPT, list(cases), packages=[*PACKAGES, "typescript", "esbuild"]
    )
    return found
