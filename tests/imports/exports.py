"""Puts exports together as the other systems write them; each integration has a folder of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROCKETCHAT = Path(__file__).parent / "rocketchat"
EXAMPLES = Path(__file__).parents[2] / "scripts_examples"


def rocketchat_documents() -> list[dict[str, Any]]:
    """Return the 20 documents of `rocketchat_integrations`, as the database holds them."""
    return [document(folder) for folder in sorted(ROCKETCHAT.iterdir()) if folder.is_dir()]


def document(folder: Path) -> dict[str, Any]:
    """Return one of them, with its script."""
    members: dict[str, Any] = json.loads((folder / "integration.json").read_text(encoding="utf-8"))
    script = folder / "script.js"
    if script.exists():
        source = script.read_text(encoding="utf-8")
        # Rocket.Chat keeps what it compiled beside it.
        members |= {"script": source, "scriptCompiled": f'"use strict";\n{source}'}
    return members


def mongoexport(path: Path) -> Path:
    """Write them as mongoexport does: one to a line, in extended JSON."""
    lines = (json.dumps(one, ensure_ascii=False) for one in rocketchat_documents())
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def fixtures(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield what is sent to an integration and what has to come of it: `fixtures.json` of its folder."""
    for fixture in json.loads((folder / "fixtures.json").read_text(encoding="utf-8")):
        if isinstance(fixture.get("body"), str) and fixture["body"].startswith("examples:"):
            name = fixture["body"].removeprefix("examples:")
            fixture["body"] = json.loads((EXAMPLES / name).read_text(encoding="utf-8"))
        yield fixture
