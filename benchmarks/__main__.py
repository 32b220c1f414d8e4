"""`make bench`: what Hooksmith does in a second, beside its own empty route and isolated-vm."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import NoReturn

from benchmarks import bench, machine
from benchmarks.client import BenchError
from benchmarks.contender import Contender, Unavailable, prepare
from benchmarks.load import find_load
from benchmarks.report import Table
from benchmarks.scenarios import ALONE, SCENARIOS


def main() -> None:
    """Measure what was asked for and print it."""
    wanted = _arguments()
    signal.signal(signal.SIGTERM, _end)  # so that everything started is ended
    try:
        _run(wanted)
    except BenchError as exc:
        sys.exit(f"The benchmark ended: {exc}")
    except KeyboardInterrupt:
        sys.exit(130)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="short rounds, for a first look")
    length.add_argument(
        "--full", action="store_true", help="more rounds, and a million stored executions (10 GB)"
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=SCENARIOS,
        metavar="NAME",
        help=f"measure only this, may be repeated: {', '.join(SCENARIOS)}",
    )
    parser.add_argument("--markdown", action="store_true", help="print tables for the README")
    return parser.parse_args()


def _run(wanted: argparse.Namespace) -> None:
    plan = bench.QUICK if wanted.quick else bench.FULL if wanted.full else bench.PLAN
    names = wanted.only or list(SCENARIOS)
    # It takes some minutes to install, and not everything is compared with it.
    contender, missing = (None, "") if ALONE.issuperset(names) else _contender()
    load = find_load()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        about = machine.describe(load, contender, Path(folder))
        if missing:
            about.append(f"isolated-vm is left out: {missing}")
        _print("\n".join(f"- {line}" if wanted.markdown else line for line in about))
        for name in names:
            sys.stderr.write(f"measuring {name}\n")
            at = Path(folder, name)
            table: Table = SCENARIOS[name](bench.Bench(plan, load, contender, at))
            _print(table.as_markdown() if wanted.markdown else table.as_text())


def _contender() -> tuple[Contender | None, str]:
    try:
        return prepare(), ""
    except Unavailable as exc:
        return None, str(exc)


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n\n")
    sys.stdout.flush()


def _end(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
