"""The folder listing is the architecture: who may import whom."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Folder or module -> what it must not import, directly.
BANNED = {
    "engine": ("admin",),
    "engine/sandbox": ("flask", "sqlalchemy", "engine.settings", "engine.db", "engine.models"),
    "engine/outbound": (
        "flask",
        "sqlalchemy",
        "engine.settings",
        "engine.db",
        "engine.models",
        "engine.sandbox",
    ),
    "engine/transports": (
        "flask",
        "sqlalchemy",
        "engine.settings",
        "engine.db",
        "engine.models",
        "engine.rooms",
        "engine.sandbox",
    ),
    "engine/prelude": ("engine",),
    "engine/errors.py": ("engine", "flask", "sqlalchemy"),
    "engine/settings.py": ("flask", "sqlalchemy", "engine.db", "engine.models"),
    "engine/ids.py": ("engine", "flask", "sqlalchemy"),
    "engine/emoji.py": ("engine", "flask", "sqlalchemy"),
    "engine/blanks.py": ("engine", "flask", "sqlalchemy"),
    "engine/uikit": ("flask", "sqlalchemy", "engine.models", "engine.db", "engine.transports"),
    "engine/markup.py": (
        "flask",
        "sqlalchemy",
        "engine.models",
        "engine.db",
        "engine.rooms",
        "engine.messages",
    ),
    "engine/chatmarkup": ("flask", "sqlalchemy", "emoji", "engine.markup", "engine.models"),
    "engine/messages.py": ("flask", "sqlalchemy", "engine.models", "engine.db", "engine.rooms"),
    "engine/payload.py": ("flask", "sqlalchemy", "engine.models", "engine.db"),
    "engine/answers.py": ("flask", "sqlalchemy", "engine.models"),
    "engine/dialects": ("flask", "sqlalchemy", "engine.models", "engine.db", "engine.settings"),
    "engine/signatures": ("flask", "sqlalchemy", "engine.models", "engine.db", "engine.settings"),
    **{
        f"engine/importing/{name}.py": ("flask", "sqlalchemy", "engine.models", "engine.db")
        for name in ("found", "documents", "rocketchat", "mattermost", "rocketchat_api")
    },
    "engine/db.py": ("flask", "engine.models", "engine.settings"),
    "engine/models.py": ("flask", "engine.settings", "engine.sandbox"),
    "admin": ("engine.sandbox.worker",),
}
#: Only here is HTTP known.
FLASK_ONLY_IN = ("engine/web/", "admin/")


def modules(place: str) -> Iterator[Path]:
    path = ROOT / place
    yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def imports_of(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def offends(name: str, banned: str) -> bool:
    return name == banned or name.startswith(f"{banned}.")


@pytest.mark.parametrize("place", BANNED)
def test_dependencies_run_one_way(place: str) -> None:
    """No module imports what its place in the architecture forbids."""
    found = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(place)
        for name in imports_of(path)
        for banned in BANNED[place]
        if offends(name, banned)
    ]
    assert found == []


def test_only_web_and_admin_know_flask() -> None:
    """Use cases can be called without a web server."""
    found = [
        str(path.relative_to(ROOT))
        for path in modules("engine")
        if not str(path.relative_to(ROOT)).startswith(FLASK_ONLY_IN)
        and any(
            offends(name, banned) for name in imports_of(path) for banned in ("flask", "werkzeug")
        )
    ]
    assert found == []


def test_only_the_guarded_client_calls_others() -> None:
    """Nobody opens a URL past the one place that decides who may be reached."""
    clients = (
        "http.client",
        "urllib.request",
        "urllib3",
        "requests",
        "httpx",
        "aiohttp",
        "apprise",
    )
    # Apprise brings its own, and has a process of its own, which watches its connections.
    guarded = ROOT / "engine" / "outbound", ROOT / "engine" / "transports" / "apprise_child.py"
    found = [
        f"{path.relative_to(ROOT)} imports {name}"
        for place in ("engine", "admin")
        for path in modules(place)
        if not {path, *path.parents} & set(guarded)
        for name in imports_of(path)
        if any(offends(name, banned) for banned in clients)
    ]
    assert found == []


def test_the_sandbox_child_loads_neither_web_nor_database() -> None:
    """What is not loaded cannot be misused by a script that breaks out of V8."""
    code = "import sys, engine.sandbox.worker; print(*sorted(m.split('.')[0] for m in sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"flask", "sqlalchemy", "werkzeug", "pydantic"}.isdisjoint(loaded)


def test_modules_stay_readable() -> None:
    """A module that outgrows 350 lines holds more than one idea."""
    long = {
        str(path.relative_to(ROOT)): lines
        for place in ("engine", "admin")
        for path in [*modules(place), *(ROOT / place).rglob("*.js")]
        if not {"vendor", "dist", "versions"} & set(path.parts)
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > 350
    }
    assert long == {}
