"""A browser of the admin pages, as tests speak of it."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support import PASSWORD

SCRIPT = (
    "class Script { process_incoming_request({ request }) { return { content: { text: 'hi' } } } }"
)
BROKEN = "class Script {\n  process_incoming_request() {\n    const x = ;\n  }\n}"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Browser:
    """Somebody with a session of their own."""

    app: Flask
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def csrf_token(self, page: str) -> str:
        """Return the token in a page's forms."""
        found = _TOKEN.search(self.get(page).text)
        assert found is not None, f"{page} has no form"
        return found[1]

    def post(self, path: str, /, *, page: str | None = None, **values: Any) -> TestResponse:
        """
        Submit the form on a page, which is the one posted to unless told otherwise.

        Several values of one name are a list.
        """
        return self.client.post(path, data={"csrf_token": self.csrf_token(page or path), **values})

    def post_json(self, path: str, /, *, page: str, **values: Any) -> TestResponse:
        """Do what the page's script does with fetch."""
        return self.client.post(
            path,
            json=values,
            headers={"X-CSRFToken": self.csrf_token(page), "Accept": "application/json"},
        )

    def log_in(
        self, username: str = "admin", password: str = PASSWORD, **more: str
    ) -> TestResponse:
        return self.post("/admin/login/", username=username, password=password, **more)

    def is_in(self) -> bool:
        return self.get("/admin/").status_code == 200

    def create(self, **values: Any) -> str:
        """Create an integration with the form; return its page."""
        answer = self.post("/admin/integrations/new/", **form(**values))
        assert answer.status_code == 302, shown(answer)
        return answer.location


def administrator(app: Flask) -> Browser:
    """Return a browser that is logged in."""
    browser = Browser(app)
    assert browser.log_in().status_code == 302
    return browser


def form(**values: Any) -> dict[str, Any]:
    """Return the form of an integration as a browser submits it; flags left out are off."""
    return {
        "name": "Hook",
        "channel": "#general",
        "username": "rocket.cat",
        "lifecycle": "per-request",
        "enabled": "1",
        "script_enabled": "1",
        "script": SCRIPT,
        "base": "0",
        **values,
    }


def shown(answer: TestResponse) -> str:
    """Return the words of a page."""
    body = re.sub(r"(?s)<(head|script|style)\b.*?</\1>", " ", answer.text)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def typed(answer: TestResponse, name: str = "script") -> str:
    """Return what a textarea of the page holds."""
    found = re.search(rf'(?s)<textarea[^>]*name="{name}"[^>]*>\n?(.*?)</textarea>', answer.text)
    assert found is not None
    return html.unescape(found[1])
