"""The README tells the truth about settings, commands and files."""

import re
from pathlib import Path

import pytest

from engine import cli
from engine.settings import PREFIX, SECRETS, Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def shown_default(name: str) -> str:
    default = Settings.model_fields[name].default
    if default in ("", None):
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if name.endswith("_bytes"):
        for size, unit in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
            if default % size == 0:
                return f"`{default // size}{unit}`"
    return (
        f"`{default:g}`"
        if isinstance(default, int | float) and default < 10_000
        else f"`{default}`"
    )


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_in_the_table(name: str) -> None:
    """With its default and its meaning, word for word."""
    description = Settings.model_fields[name].description
    assert f"| `{PREFIX}{name.upper()}` | {shown_default(name)} | {description} |" in README


def test_the_table_has_no_setting_that_is_gone() -> None:
    """What is written can be set."""
    written = set(re.findall(rf"`{PREFIX}([A-Z_]+)`", README))
    known = {name.upper() for name in Settings.model_fields}
    assert written - known - {f"{name.upper()}_FILE" for name in SECRETS} == set()


@pytest.mark.parametrize("command", list(cli.main.commands))
def test_every_command_is_told(command: str) -> None:
    """Whoever reads the README has heard of all of them."""
    assert f"hooksmith {command}" in README


def test_the_two_commands_come_first() -> None:
    """A newcomer finds how to start and how to test."""
    assert README.index("make serve") < README.index("make test") < README.index("## ") + 4000


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", README))))
def test_links_lead_somewhere(target: str) -> None:
    """Files that the README points to are there."""
    assert (ROOT / target).exists()


def test_make_targets_exist() -> None:
    """Every `make x` of the README is one."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"(?:`|^)make ([a-z]+)", README, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
