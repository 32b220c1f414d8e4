"""
What other systems' own packages say of Hooksmith: figures in `results/`, and docs/reference/compatibility.md.

A differential test compares with a package and calls `report`. The figures it gives are held against
`results/<name>.json`; `make compatibility` runs the tests with `HOOKSMITH_WRITE_COMPATIBILITY=1`, which
writes those files instead, and makes the page of them.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from tests.conftest import missing

ROOT = Path(__file__).parents[2]
RESULTS = Path(__file__).parent / "results"
PAGE = ROOT / "docs" / "reference" / "compatibility.md"
_NODE_MODULES = ROOT / "node_modules"
_HEAD = """# Checked by other systems' own packages

Written by `make compatibility` from the differential tests in
[tests/differential](../../tests/differential). Each of them runs a package that the other system
publishes over what Hooksmith shows, answers or sends.

"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A kind of difference that stays, how often it was met, and why it stays."""

    what: str
    count: int
    why: str


def report(
    name: str,
    *,
    packages: Iterable[str],
    checked: str,
    total: int,
    differences: Iterable[Difference] = (),
) -> None:
    """
    Hold a comparison's figures against `results/<name>.json`, or write them there.

    :param packages: names on npm (`npm:…`) or PyPI (`pypi:…`); their versions are looked up.
    :param checked: what was compared, in a few words that fit a table: `texts of messages`.
    """
    found: dict[str, Any] = {
        "packages": {package: _version(package) for package in packages},
        "checked": checked,
        "total": total,
        "differences": [asdict(one) for one in differences],
    }
    file = RESULTS / f"{name}.json"
    if os.environ.get("HOOKSMITH_WRITE_COMPATIBILITY"):
        RESULTS.mkdir(exist_ok=True)
        file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return
    assert json.loads(file.read_text(encoding="utf-8")) == found, "run `make compatibility`"


def page() -> str:
    """Return docs/reference/compatibility.md as it ought to be."""
    results = {
        file.stem: json.loads(file.read_text(encoding="utf-8"))
        for file in sorted(RESULTS.glob("*.json"))
    }
    rows = "".join(map(_row, results.values()))
    sections = "".join(map(_section, results.values()))
    table = f"| Packages | Checked | How many | Different |\n|---|---|---:|---:|\n{rows}"
    return f"{_HEAD}{table}\n## What differs, and why\n{sections}"


def node(script: Path, value: Any, *, packages: Iterable[str]) -> Any:
    """
    Give a value to a Node script as JSON on its standard input, and return what it prints, read as JSON.

    The test is skipped (in CI: fails) where Node or one of the packages is not installed.
    """
    program = which("node")
    if program is None:
        missing("Node")
    if absent := [name for name in packages if not (_NODE_MODULES / name).is_dir()]:
        missing(f"{', '.join(absent)} (npm ci)")
    done = subprocess.run(
        [program, str(script)],
        input=json.dumps(value),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        cwd=ROOT,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{script.name} failed:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout)


def type_errors(source: str, folder: Path, paths: Mapping[str, str]) -> list[tuple[int, str]]:
    """
    Return the lines at which TypeScript finds faults, and which; none where all fits its types.

    :param folder: where the module may be written. :param paths: names that it imports, and where in
        `node_modules` their types are: `{"@mattermost/types/*": "@mattermost/types/lib/*"}`.
    """
    compiler = _NODE_MODULES / "typescript" / "bin" / "tsc"
    program = which("node")
    if program is None or not compiler.is_file():
        missing("Node and typescript (npm ci)")
    if absent := [name for name in paths.values() if not (_NODE_MODULES / name).parent.is_dir()]:
        missing(f"{', '.join(absent)} (npm ci)")
    options = {
        **dict.fromkeys(["strict", "noEmit", "exactOptionalPropertyTypes", "skipLibCheck"], True),
        **{"target": "es2022", "module": "esnext", "moduleResolution": "bundler", "types": []},
        "paths": {name: [str(_NODE_MODULES / place)] for name, place in paths.items()},
    }
    config = {"compilerOptions": options, "files": ["checked.ts"]}
    (folder / "checked.ts").write_text(source, encoding="utf-8")
    (folder / "tsconfig.json").write_text(json.dumps(config), encoding="utf-8")
    done = subprocess.run(
        [program, str(compiler), "--pretty", "false", "-p", str(folder)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    found = re.findall(r"^\S*checked\.ts\((\d+),\d+\): (.*)$", done.stdout, re.MULTILINE)
    if bool(done.returncode) != bool(found):
        pytest.fail(f"tsc failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return [(int(line), text) for line, text in found]


def _version(package: str) -> str:
    registry, _, name = package.partition(":")
    if registry == "pypi":
        return importlib.metadata.version(name)
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    return str(lock["packages"][f"node_modules/{name}"]["version"])


def _row(result: Mapping[str, Any]) -> str:
    different = sum(one["count"] for one in result["differences"])
    return f"| {_named(result)} | {result['checked']} | {result['total']:,} | {different:,} |\n"


def _section(result: Mapping[str, Any]) -> str:
    if not result["differences"]:
        return ""
    rows = "".join(
        f"| {_cell(one['what'])} | {one['count']:,} | {_cell(one['why'])} |\n"
        for one in result["differences"]
    )
    head = f"\n### {_named(result)}: {result['checked']}\n\n"
    return f"{head}| What | How many | Why |\n|---|---:|---|\n{rows}"


def _named(result: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{package.partition(':')[2]} {version}" for package, version in result["packages"].items()
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    """Write docs/reference/compatibility.md."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
