"""compose.yaml starts a fleet with settings and commands that exist, and with nobody's secrets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine import cli
from engine.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "compose.yaml").read_text(encoding="utf-8")
FLEET: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = FLEET["services"]
#: Ours, as opposed to databases and proxies.
NODES = {name: one for name, one in SERVICES.items() if one.get("build")}
#: `${NAME}`, `${NAME:-default}`, `${NAME:?what to do}`
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<how>[-?])(?P<word>[^}]*))?\}")
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|_KEY")


def resolved(text: str, given: dict[str, str]) -> str:
    """Return a value as Compose would read it."""

    def value(found: re.Match[str]) -> str:
        if found["how"] == "?" and not given.get(found["name"]):
            raise KeyError(found["name"])
        return given.get(found["name"]) or (found["word"] if found["how"] == "-" else "")

    return VARIABLE.sub(value, text)


def command_of(service: dict[str, Any]) -> list[str]:
    """Return what a service of ours runs; without a command, what the image does."""
    image = re.search(r"^CMD \[(.*)\]$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert image is not None
    return service.get("command") or [part.strip(' "') for part in image[1].split(",")]


def test_it_is_a_fleet() -> None:
    """Two nodes, two workers, a proxy, a database and a broker."""
    commands = sorted(command_of(one) for one in NODES.values())
    assert commands == [["hooksmith", "serve"]] * 2 + [["hooksmith", "worker"]] * 2
    assert set(SERVICES) - set(NODES) == {"proxy", "postgres", "redis"}


@pytest.mark.parametrize("name", NODES)
def test_a_node_can_start_with_its_settings(name: str) -> None:
    """Every variable is a setting, and its value one that is accepted, when the secrets are given."""
    given = {"HOOKSMITH_SECRET_KEY": "k" * 64, "POSTGRES_PASSWORD": "p" * 48}
    environment = NODES[name]["environment"]
    unknown = {one.removeprefix(PREFIX).lower() for one in environment} - set(Settings.model_fields)
    assert unknown == set()
    settings = Settings.from_env(
        {key: resolved(str(value), given) for key, value in environment.items()}
    )
    assert settings.broker_url.startswith("redis://redis:")
    assert settings.database_url == f"postgresql://hooksmith:{'p' * 48}@postgres/hooksmith"
    assert settings.trusted_proxies == 1


@pytest.mark.parametrize("name", NODES)
def test_a_node_runs_commands_that_exist(name: str) -> None:
    """So does its health check."""
    commands = [command_of(NODES[name])]
    if "healthcheck" in NODES[name]:
        commands.append(NODES[name]["healthcheck"]["test"][1:])
    for program, command, *options in commands:
        assert program == "hooksmith"
        known = {option for one in cli.main.commands[command].params for option in one.opts}
        assert set(options) <= known


def test_no_secret_is_written_down() -> None:
    """Each comes from outside, and without one the start says where to read about it."""
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if SECRET.search(key):
                assert VARIABLE.fullmatch(str(value)), (name, key)
            with_password = re.search(r"://\w+:(.*?)@", str(value))
            assert with_password is None or VARIABLE.fullmatch(with_password[1]), (name, key)
    required = {one["name"] for one in VARIABLE.finditer(TEXT) if one["how"] == "?"}
    assert required == {"HOOKSMITH_SECRET_KEY", "POSTGRES_PASSWORD"}
    for one in required:
        assert f"{one}=%s" in TEXT.partition("\nname:")[0]
    assert ".env" in (ROOT / ".gitignore").read_text().replace("/.env", ".env").split()
    assert ".env" in (ROOT / ".dockerignore").read_text().split()


def test_everything_is_watched_and_waited_for() -> None:
    """Each service has a health check, of its own or its image's, and what it needs is healthy first."""
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()
    for name, service in SERVICES.items():
        assert "healthcheck" in service or command_of(service) == ["hooksmith", "serve"], name
        for needed, how in service.get("depends_on", {}).items():
            assert needed in SERVICES
            assert how == {"condition": "service_healthy"}
    for name in NODES:
        assert set(NODES[name]["depends_on"]) == {"postgres", "redis"}


def test_the_proxy_knows_every_web_node_and_is_the_only_way_in() -> None:
    """On this machine alone, unless more is asked for."""
    [config] = SERVICES["proxy"]["configs"]
    text = FLEET["configs"][config["source"]]["content"]
    behind = set(re.findall(r"^ *server \w+ (\S+)$", text, re.MULTILINE))
    web = {f"{name}:8080" for name in NODES if command_of(NODES[name]) == ["hooksmith", "serve"]}
    assert behind == web
    # A `$` would be Compose's.
    assert "$" not in text
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert resolved(SERVICES["proxy"]["ports"][0], {}) == "127.0.0.1:8080:8080"
    assert {name for name, one in SERVICES.items() if one["networks"] == ["inside"]} == {
        "postgres",
        "redis",
    }
    assert FLEET["networks"]["inside"] == {"internal": True}


def test_names_and_folders_are_declared() -> None:
    """Volumes, networks and configs that services use."""
    for service in SERVICES.values():
        assert set(service["networks"]) <= set(FLEET["networks"])
        for volume in service.get("volumes", []):
            assert volume.partition(":")[0] in FLEET["volumes"]
