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
from collections.abc import Iterable, Mapping, Sequence
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

Hooksmith takes the place of other systems, and sends to them. What it shows, answers and sends is
therefore held against the code that those systems publish themselves. This page says which package
was asked, about how much, and where it says something else than Hooksmith does, with the reason.

`make compatibility` writes it, from the tests in
[tests/differential](../../tests/differential), which every change has to pass; the same inputs
give the same figures each time. One input may differ in several ways, so a line may have more
differences than inputs.
"""


@dataclass(frozen=True, slots=True)
class System:
    """A part of the page: whose packages say something, and about what."""

    name: str
    about: str
    #: What the names of its packages begin with.
    packages: tuple[str, ...]


#: In the order of the page.
SYSTEMS = (
    System(
        "Rocket.Chat",
        "Scripts, integrations and clients were written for Rocket.Chat. Its parser of messages, the "
        "checks of its API's types and its API's client are run over what is shown and answered here.",
        ("npm:@rocket.chat/", "npm:emoji-toolkit", "npm:emojione"),
    ),
    System(
        "Mattermost and kChat",
        "Mattermost publishes the types of its web application. TypeScript's compiler holds answers, "
        "calls and requests against them.",
        ("npm:@mattermost/",),
    ),
    System(
        "Slack",
        "Slack's SDK has a model for each block and attachment, which checks its own limits.",
        ("pypi:slack", "npm:@slack/"),
    ),
    System(
        "Discord",
        "discord.py knows what an embed may hold.",
        ("pypi:discord",),
    ),
    System(
        "Microsoft Teams",
        "The renderer of Adaptive Cards reads and checks every card.",
        ("npm:adaptivecards",),
    ),
    System(
        "Google Chat",
        "Google's client knows every field of a message; one that it does not know is refused.",
        ("pypi:google",),
    ),
    System(
        "Standard Webhooks and Svix",
        "Both libraries verify what is signed here, and sign what is verified here.",
        ("pypi:standardwebhooks", "pypi:svix"),
    ),
    System(
        "Apprise",
        "The library Apprise hands each service a text in the format that the service takes: HTML, "
        "Markdown or plain text. All words have to arrive, and nothing of a text may become markup.",
        ("pypi:apprise",),
    ),
)
_OTHERS = System("Others", "", ("",))


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
    found = results()
    parts = [
        (system, mine)
        for system in (*SYSTEMS, _OTHERS)
        if (mine := [one for one in found.values() if system_of(one) is system])
    ]
    rows = "".join(_summary(system, mine) for system, mine in parts)
    sections = "".join(_section(system, mine) for system, mine in parts)
    return f"{_HEAD}\n| System | Packages | Inputs | Differences |\n|---|---|---:|---:|\n{rows}{sections}"


def results() -> dict[str, Any]:
    """Return what is kept of each comparison, by its name."""
    return {
        file.stem: json.loads(file.read_text(encoding="utf-8"))
        for file in sorted(RESULTS.glob("*.json"))
    }


def system_of(result: Mapping[str, Any]) -> System:
    """Return the system that a comparison belongs to: that of the first package that has one."""
    for package in result["packages"]:
        for system in SYSTEMS:
            if package.startswith(system.packages):
                return system
    return _OTHERS


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


def _summary(system: System, found: Sequence[Mapping[str, Any]]) -> str:
    names = ", ".join(_packages(found))
    total = sum(one["total"] for one in found)
    different = sum(map(_different, found))
    return f"| [{system.name}](#{_anchor(system.name)}) | {names} | {total:,} | {different:,} |\n"


def _section(system: System, found: Sequence[Mapping[str, Any]]) -> str:
    checked = "".join(
        f"| {_cell(one['checked'])} | {', '.join(_packages([one]))} | {one['total']:,} "
        f"| {_different(one) or 'none'} |\n"
        for one in found
    )
    about = f"{system.about}\n\n" if system.about else ""
    head = f"\n## {system.name}\n\n{about}| Checked | With | Inputs | Differences |\n|---|---|---:|---:|\n"
    return head + checked + "".join(map(_reasons, found))


def _reasons(result: Mapping[str, Any]) -> str:
    if not result["differences"]:
        return ""
    rows = "".join(
        f"| {_cell(one['what'])} | {one['count']:,} | {_cell(one['why'])} |\n"
        for one in result["differences"]
    )
    head = f"\n### Different: {result['checked']}\n\n"
    return f"{head}| What | How many | Why |\n|---|---:|---|\n{rows}"


def _different(result: Mapping[str, Any]) -> int:
    return sum(one["count"] for one in result["differences"])


def _packages(found: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return names and versions, each once, in the order in which they come."""
    named = {
        f"{package.partition(':')[2]} {version}": None
        for one in found
        for package, version in one["packages"].items()
    }
    return list(named)


def _anchor(title: str) -> str:
    """Return what GitHub calls a heading's place."""
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    """Write docs/reference/compatibility.md."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
