"""Hooks of other dialects through the real server, as senders' libraries and curl call them."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from tests.acceptance.conftest import Server


def test_what_kchats_manual_sends_is_answered_as_it_says(server: Server) -> None:
    """`payload=` without a content type, and JSON with one; the post, and ok for Slack's format."""
    given = {"name": "K", "channel": "#general", "dialect": "kchat"}
    url = server.api("POST", "integrations.create", **given)["integration"]["url"]
    path = urlsplit(url).path
    body = b'{"text": "Bonjour, ceci est un texte\nCeci est un autre texte."}'
    for query, headers, sent in (
        ("", {}, b"payload=" + body),
        ("?slack_return_format=true", {"Content-Type": "application/json"}, body),
    ):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        try:
            connection.request("POST", path + query, sent, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        kind = answer.headers["Content-Type"]
        assert answer.status == 200
        assert (kind, text) == ("text/plain", b"ok") if query else kind == "application/json"
    listed = server.api("GET", "channels.messages?roomName=general")["messages"]
    assert [one["msg"] for one in listed] == [
        "Bonjour, ceci est un texte\nCeci est un autre texte."
    ] * 2


def test_slacks_path_is_no_page_of_flasks(server: Server) -> None:
    """`/services/…` is answered by the same short way as hooks."""
    given = {"name": "S", "channel": "#general", "dialect": "slack"}
    url = server.api("POST", "integrations.create", **given)["integration"]["url"]
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request("POST", urlsplit(url).path, b'{"text": "x"}')
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"ok")
    finally:
        connection.close()
