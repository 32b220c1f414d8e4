"""The table of hostile scripts is of these scripts, and every script is run."""

from __future__ import annotations

from tests.hostile.cases import COMPUTING, HOARDING, REACHING_OUT, Case, read_cases
from tests.hostile.results import FILE, render

CASES = read_cases()


def test_the_table_is_what_the_scripts_say() -> None:
    """Whoever changes a script writes it anew: python -m tests.hostile.results."""
    assert FILE.read_text(encoding="utf-8") == render(CASES)


def test_the_readme_counts_them() -> None:
    """As many as there are."""
    readme = FILE.parents[2] / "README.md"
    assert f"runs {len(CASES)} hostile scripts" in readme.read_text(encoding="utf-8")


def test_every_script_is_run() -> None:
    """Each category belongs to one of the test files, and none is empty."""
    run = read_cases((*COMPUTING, *HOARDING, *REACHING_OUT))
    assert sorted(case.id for case in run) == [case.id for case in CASES]
    assert len(CASES) >= 60


def test_every_answer_is_named() -> None:
    """Where a script does not end well, its header or the limit says how that reads."""
    assert [case.id for case in CASES if not case.answer] == []


def test_no_script_is_there_twice() -> None:
    """Neither by what it does nor by what it says it does."""
    for told in ([case.tries for case in CASES], [_code_of(case) for case in CASES]):
        assert len(set(told)) == len(told)


def _code_of(case: Case) -> str:
    lines = case.source.splitlines()
    return "\n".join(line for line in lines if not line.startswith("// "))
