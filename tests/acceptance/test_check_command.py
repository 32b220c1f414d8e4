"""`hooksmith check`: a list that an editor can follow, or JSON, and an exit status."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.acceptance.conftest import HOOKSMITH, environment
from tests.support import script

EXAMPLES = Path(__file__).parents[2] / "scripts_examples"


def check(*arguments: str | Path, cwd: Path | None = None) -> tuple[int, str, str]:
    ended = subprocess.run(
        [HOOKSMITH, "check", *map(str, arguments)],
        env=environment(),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return ended.returncode, ended.stdout, ended.stderr


def test_a_script_that_runs_exits_with_0(tmp_path: Path) -> None:
    """It says what the script uses; no database is made for that."""
    path = EXAMPLES / "rocketchat_sample" / "script.js"
    code, printed, _ = check(path, cwd=tmp_path)
    note, instead, uses, verdict = printed.splitlines()
    assert code == 0
    assert note.startswith(f"{path}:33:9: info: The script sets `channel`")
    assert instead.startswith("    instead: ")
    assert uses == f"{path} uses console.log"
    assert verdict == f"{path} will run"
    assert list(tmp_path.iterdir()) == []


def test_a_script_that_does_not_run_exits_with_1(tmp_path: Path) -> None:
    """Each note has its line and column, the worst first."""
    source = tmp_path / "mine.js"
    source.write_text(script("\n  _.flatMap([]);\n  require('x');"))
    code, printed, _ = check("mine.js", cwd=tmp_path)
    lines = printed.splitlines()
    assert code == 1
    assert lines[0].startswith("mine.js:3:3: problem: `require` does not exist")
    assert (
        lines[2]
        == "mine.js:2:3: warning: `_` has no `flatMap`: who calls it fails with a TypeError"
    )
    assert lines[3] == "    instead: `list.flatMap(fn)`"
    assert lines[-2:] == [
        "mine.js uses _.flatMap, require",
        "mine.js will not run: 1 problem, 1 warning",
    ]


def test_the_same_as_json(tmp_path: Path) -> None:
    """For programs: verdict, uses and notes."""
    source = tmp_path / "mine.js"
    text = script("return Buffer.from('x');")
    source.write_text(text)
    column = text.index("Buffer") + 1
    code, printed, _ = check(source, "--json")
    told = json.loads(printed)
    assert code == 1
    assert told["runs"] is False
    assert told["uses"] == [
        {"name": "Buffer.from", "origin": "nowhere", "line": 1, "column": column, "count": 1}
    ]
    (note,) = told["notes"]
    assert (note["level"], note["kind"], note["name"]) == ("problem", "name", "Buffer")
    assert (note["line"], note["column"], note["places"]) == (1, column, [[1, column]])
    assert "btoa" in note["instead"]


def test_a_wrong_command_exits_with_2(tmp_path: Path) -> None:
    """No file, no text, no such option."""
    binary = tmp_path / "binary.js"
    binary.write_bytes(b"\xff\xfe")
    for arguments in (["missing.js"], [binary], [binary, "--yaml"], []):
        code, printed, said = check(*arguments)
        assert (code, printed) == (2, "")
        assert said.strip()
