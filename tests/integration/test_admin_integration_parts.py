"""Parts of an integration's form: where its messages go, and the secrets of its script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.integration.admin_fixtures import SCRIPT, Browser, administrator, form, shown
from tests.sinks import Sink
from tests.support import Api


@pytest.fixture
def browser(app: Flask) -> Browser:
    return administrator(app)


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    yield made
    made.close()


def add(api: Api, sink: Sink, **members: Any) -> str:
    given = {"type": "rocketchat", "name": "Far", "url": f"{sink.url}/hooks/a/b", **members}
    made: str = api.post("destinations.create", **given)["destination"]["_id"]
    return made


def integration(api: Api) -> dict[str, Any]:
    (found,) = api.get("integrations.list")["integrations"]
    assert isinstance(found, dict)
    return found


def test_an_integration_chooses_its_destinations(browser: Browser, api: Api, sink: Sink) -> None:
    """The rooms are one of them; each shows its kind, and its state when that is not well."""
    far, near = add(api, sink, name="Far"), add(api, sink, name="Near", enabled=False)
    page = browser.create(destinations="1", destination=["rooms", far])
    assert integration(api)["destinations"] == ["rooms", far]
    answer = browser.get(page)
    ticked = re.findall(r'name="destination" value="(\w+)"( checked)?', answer.text)
    assert ticked == [("rooms", " checked"), (far, " checked"), (near, "")]
    assert "Near Rocket.Chat disabled" in shown(answer)
    assert "incoming → #general, Far" in shown(answer)
    browser.post(page, **form(base="1", destinations="1", destination=near))
    assert integration(api)["destinations"] == [near]
    assert "incoming → Near" in shown(browser.get(page))
    # A form without the part changes nothing of it.
    browser.post(page, **form(base="1"))
    assert integration(api)["destinations"] == [near]


def test_messages_have_to_go_somewhere(browser: Browser, api: Api, sink: Sink) -> None:
    """None chosen, or one that is gone, is refused; the ticks stay as they were set."""
    page = browser.create()
    nowhere = browser.post(page, **form(base="1", destinations="1"))
    assert nowhere.status_code == 422
    assert "Choose where its messages go" in shown(nowhere)
    gone = browser.post(page, **form(base="1", destinations="1", destination=["rooms", "gone"]))
    assert gone.status_code == 422
    assert "There is no destination gone" in shown(gone)
    assert integration(api)["destinations"] == ["rooms"]


def test_a_trial_shows_what_would_go_elsewhere(browser: Browser, api: Api, sink: Sink) -> None:
    """Also where nothing is posted to the rooms; nothing is sent."""
    far = add(api, sink)
    hook = api.hook(SCRIPT, destinations=[far])
    page = f"/admin/integrations/{hook.id}/"
    answer = browser.post_json(
        f"{page}run/",
        page=page,
        script="class Script { process_incoming_request() { return { content: { text: '*hey*' } } } }",
        body="{}",
    ).get_json()
    assert answer["outcome"] == "would post"
    [message] = answer["messages"]
    assert "<strong>hey</strong>" in message["html"]
    assert message["to"] == "#general, Far"
    assert sink.got == []
    assert api.get("deliveries.list")["total"] == 0


def test_secrets_of_a_script_are_added_kept_replaced_and_removed(
    browser: Browser, api: Api
) -> None:
    """Rows of names and values: an empty value keeps, a tick removes; the script sees the rest."""
    script = (
        "class Script { process_incoming_request() {"
        " return { content: { text: Object.keys(secrets).join() + secrets.API_KEY.length } } } }"
    )

    def rows(*pairs: tuple[str, str], **more: Any) -> dict[str, Any]:
        names, values = [one for one, _ in pairs], [one for _, one in pairs]
        part = {"script_secret_name": names, "script_secret_value": values, "script_secrets": "1"}
        return form(script=script, **part, **more)

    def says() -> str:
        token = api.post("integrations.reveal", integrationId=page.split("/")[-2])["token"]
        path = f"/hooks/{page.split('/')[-2]}/{token}"
        assert api.client.post(path, json={}).status_code == 200
        return str(api.messages()[0]["msg"])

    page = browser.create(**rows(("API_KEY", "first secret"), ("OTHER", "other"), ("", "")))
    assert integration(api)["secrets"] == {"API_KEY": "••••••••", "OTHER": "••••••••"}
    assert says() == "API_KEY,OTHER12"
    text = browser.get(page).text
    assert "first secret" not in text
    assert re.findall(r'name="script_secret_name" value="(\w*)"', text) == [
        "API_KEY",
        "OTHER",
        "",
        "",
    ]
    kept: dict[str, Any] = {"base": "1", "script_secret_kept": ["API_KEY", "OTHER"]}
    browser.post(page, **rows(("API_KEY", ""), ("OTHER", ""), **kept))
    assert says() == "API_KEY,OTHER12"
    kept["script_secret_remove"] = "OTHER"
    browser.post(page, **rows(("API_KEY", "2nd"), ("OTHER", ""), ("NEW", "n"), **kept))
    assert says() == "API_KEY,NEW3"
    # A form without the part changes nothing of it.
    browser.post(page, **form(base="1", script=script))
    assert says() == "API_KEY,NEW3"


@pytest.mark.parametrize(
    ("names", "values", "told"),
    [
        (["A"], [""], "secrets.A has no value"),
        ([""], ["loose value"], "A secret needs a name"),
        (["A", "A"], ["one value", "2nd value"], "secrets.A is there twice"),
        (["1st"], ["some value"], "'1st' is no name for a secret"),
        (["A"], ["v" * 4097], "is a text of at most 4096"),
    ],
)
def test_wrong_secrets_are_refused_and_not_repeated(
    browser: Browser, api: Api, names: list[str], values: list[str], told: str
) -> None:
    """The names are still there, the values are not."""
    answer = browser.post(
        "/admin/integrations/new/",
        **form(script_secrets="1", script_secret_name=names, script_secret_value=values),
    )
    assert answer.status_code == 422
    assert told in shown(answer)
    for value in filter(None, values):
        assert value not in answer.text
    assert api.get("integrations.list")["total"] == 0
