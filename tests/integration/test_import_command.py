"""`hooksmith import`, told something that cannot be: one clear line, and nothing is made."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.import_command import group
from tests.internet import Internet

AT = ("--user-id", "me", "--token", "secret", "--url")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with files that are no export."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "integrations.bson").write_bytes(b"\xff\xfe\x00\x01")
    (tmp_path / "notes.txt").write_text("no export at all")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rocketchat",), "say where from"),
        (("rocketchat", "--url", "http://x", "--file", "notes.txt"), "say where from"),
        (("rocketchat", "--url", "http://127.0.0.1:1"), "--user-id is missing"),
        (("rocketchat", *AT, "http://127.0.0.1:1"), "127.0.0.1:1 cannot be reached"),
        (("rocketchat", *AT, "gopher://x"), "x cannot be reached"),
        (("rocketchat", "--file", "integrations.bson"), "integrations.bson is no UTF-8 text"),
        (("rocketchat", "--file", "notes.txt"), "notes.txt holds no JSON document"),
        (("mattermost",), "say where from"),
        (("mattermost", "--file", "notes.txt", "--channel", "x"), "write it as ID=NAME"),
    ],
)
def test_a_wrong_command_exits_with_2(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    """Neither a database nor a secret comes of it."""
    before = sorted(folder.iterdir())
    ended = CliRunner().invoke(group, arguments)
    assert (ended.exit_code, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert said in line
    assert "secret" not in line
    assert sorted(folder.iterdir()) == before


def test_a_page_is_no_answer(folder: Path, internet: Internet) -> None:
    """Whoever gives the address of something else is told so."""
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>"
    server = internet.serve(lambda seen: iter([page]))
    ended = CliRunner().invoke(group, ["rocketchat", *AT, f"http://127.0.0.1:{server.port}"])
    assert ended.exit_code == 2
    assert "and no JSON: is that the address of a Rocket.Chat server?" in ended.stderr
