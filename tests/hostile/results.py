"""
The table of the hostile scripts: what each tries, and how the sandbox answers it.

`python -m tests.hostile.results` writes it. It is made of the scripts' headers, and the tests hold the
sandbox to those.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from engine.sandbox.outcome import RunStatus
from tests.hostile.arena import LATE_S, MOST_BYTES, MOST_LEFT_BYTES, MOST_OWN_BYTES
from tests.hostile.cases import Case, read_cases

FILE = Path(__file__).with_name("RESULTS.md")

_HEAD = """# What hostile scripts come to

{count} scripts that try to take over, take down, slow or read what is not theirs. `make test` runs each of them in the
real pool of locked processes, with the real network guard and Store, while a neighbour beside it is called all
along. A test fails unless

- the run ends as the table says: under the outcome's own name, and with this answer;
- it is over within {late_s:.0f} s of its wall limit, and no sandbox process holds more than {worker_mb} MB beyond what it holds at rest;
- the server's process never grows by more than {own_mb} MB, keeps less than {left_mb} MB of that, and after
  the last script holds what it held before the first, within 10 %;
- the neighbour got every answer, and the right one: its text, its Store, its console line, its call's answer;
- nothing was called that may not be.

Outcomes: {outcomes}. Where one is `ok`, the script ran to its end, found nothing of what it was after, and said so. Where two
are named, native code gets no more memory there, which V8 notices or does not.
The scripts are in [`scripts/`](scripts). `python -m tests.hostile.results` writes this file from their first lines.
"""


def render(cases: list[Case]) -> str:
    """Return the file's text."""
    told = sorted({case.outcome.value for case in cases})
    counted = (f"{sum(case.outcome == one for case in cases)} `{one}`" for one in told)
    head = _HEAD.format(
        count=len(cases),
        late_s=LATE_S,
        worker_mb=MOST_BYTES >> 20,
        own_mb=MOST_OWN_BYTES >> 20,
        left_mb=MOST_LEFT_BYTES >> 20,
        outcomes=", ".join(counted),
    )
    parts = [head]
    for category, members in groupby(cases, key=lambda case: case.category):
        parts.append(f"\n## {category.replace('_', ' ')}\n")
        parts.append(
            "| script | what it tries | outcome | the sandbox's answer |\n|---|---|---|---|"
        )
        parts += map(_row, members)
    return "\n".join([*parts, ""])


def _row(case: Case) -> str:
    answer = "nothing found" if case.outcome is RunStatus.OK else _code(case.answer)
    script = f"[{case.name}](scripts/{case.id}.js)"
    tries = case.tries.replace("|", "\\|").replace("<", "&lt;")
    if case.kept:
        tries += f" (Request {case.kept} of a kept instance.)"
    outcome = f"`{case.outcome}`" + (f" or `{case.or_outcome}`" if case.or_outcome else "")
    return f"| {script} | {tries} | {outcome} | {answer} |"


def _code(text: str) -> str:
    shown = text.replace("|", "\\|")
    return f"`{shown}`" if "`" not in shown else f"`` {shown} ``"


if __name__ == "__main__":
    FILE.write_text(render(read_cases()), encoding="utf-8")
