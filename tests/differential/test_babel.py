"""
Scripts give the answers here that they gave behind Babel, as Rocket.Chat ran them.

`cases/` holds scripts with a `run` method; a line `// input: …` is its argument, `// error here` the
line where it fails. `answers.json` is what `reference.cjs` found in Node, natively and through
@babel/core with preset-env; where both are installed (`npm ci`), it is asked again.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.sandbox.outcome import RunOutcome, RunStatus
from tests.conftest import missing

HERE = Path(__file__).parent
CASES = sorted((HERE / "cases").glob("*.js"))
ANSWERS: dict[str, Any] = json.loads((HERE / "answers.json").read_text(encoding="utf-8"))

#: Those in which nothing depends on the mode: they run as they are written.
UNTOUCHED = {
    "assigned_script",
    "explicit_strict_script",
    "nested_classes_in_constructors",
    "octal_outside_class",
    "plain_class_features",
    "plain_error",
    "plain_modern_script",
    "prototypes_es5",
    "web_base64",
    "web_redeclared",
    "web_text_decoder",
    "web_text_encoder",
    "web_text_streams",
    "web_url_parsing",
}


def test_the_reference_has_every_case() -> None:
    """No script is without its answer, and at least sixty are there."""
    assert {case.stem for case in CASES} == set(ANSWERS)
    assert len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_answer_is_babels(run: Callable[..., RunOutcome], case: Path) -> None:
    """Result, or error and its line."""
    source = case.read_bytes().decode()
    given = re.search(r"^// input: (.*?)\r?$", source, re.MULTILINE)
    outcome = run(source, json.loads(given[1]) if given else None)
    expected = ANSWERS[case.stem]["babel"]
    if outcome.status is RunStatus.OK:
        assert {"result": outcome.result} == expected
        return
    assert outcome.error is not None
    assert {"error": outcome.error.name} == expected, outcome.error.message
    lines = [n for n, line in enumerate(source.split("\n"), 1) if "// error here" in line]
    assert [outcome.error.line] == lines


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_only_what_needs_it_is_rewritten(run: Callable[..., RunOutcome], case: Path) -> None:
    """Line by line, too: the text keeps its lines."""
    source = case.read_bytes().decode()
    compiled = run(source, method=None).compiled
    assert compiled is not None
    assert (compiled.text is None) == (case.stem in UNTOUCHED), compiled.found
    if compiled.text is not None:
        assert compiled.found
        assert len(compiled.text.splitlines()) == len(source.splitlines())


def test_the_stored_answers_are_those_of_node() -> None:
    """Run where Node and Babel are installed; elsewhere the stored answers are trusted."""
    node = shutil.which("node")
    babel = HERE.parents[1] / "node_modules" / "@babel" / "preset-env"
    if node is None or not (babel.is_dir() or "NODE_PATH" in os.environ):
        missing("Babel (npm ci)")
    asked = subprocess.run(
        [node, HERE / "reference.cjs"], capture_output=True, check=True, encoding="utf-8"
    )
    assert json.loads(asked.stdout) == ANSWERS
