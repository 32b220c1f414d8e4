"""
Rocket.Chat: integrations and the incoming webhook script (a user's notes after its documentation).

Not checked, because nothing of it is Hooksmith's: how Rocket.Chat is installed, and where its pages
have which button. Rooms here have no members: who may post is who has the address.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.acceptance.places import Hook, Place, post, run_curl, words
from tests.acceptance.seeds.conftest import Listen, calls_of, url_of
from tests.support import script

SAMPLE = (
    Path(__file__).parents[3] / "scripts_examples" / "rocketchat_sample" / "script.js"
).read_text(encoding="utf-8")
#: The lines with which the page tries an integration; `https://your-webhook-url` is exchanged.
FIRST_LINE = """curl -X POST \\
-H 'Content-Type: application/json' \\
--data '{
"icon_emoji": ":smirk:",
"text": "Example message"
}' \\
https://your-webhook-url"""
SECOND_LINE = """curl -X POST \\
-H 'Content-Type: application/json' \\
--data '{
"icon_emoji": ":smirk:",
"channel": "#notifications",
"text": "Example message"
}' \\
https://your-webhook-url"""
PICTURE = "https://example.org/cat.png"


def said(place: Place) -> dict[str, Any]:
    """Return the one message of a room."""
    (message,) = place.messages()
    return message


# -- what integrations do -----------------------------------------------------------------


def test_events_are_http_posts(place: Place) -> None:
    """A webhook is an HTTP POST with which any application posts a message."""
    answer = place.hook().post({"text": "from outside"})
    assert (answer.status, answer.json()) == (200, {"success": True})
    assert place.texts() == ["from outside"]


def test_a_message_is_json_and_needs_no_script(place: Place) -> None:
    """By default a webhook only posts: the JSON is the message."""
    sent = {
        "text": "plain",
        "alias": "Bell",
        "emoji": ":bell:",
        "attachments": [{"title": "T", "text": "t", "color": "#ff0000"}],
    }
    place.hook().post(sent)
    shown = said(place)
    assert (shown["msg"], shown["alias"], shown["emoji"]) == ("plain", "Bell", ":bell:")
    assert shown["attachments"] == sent["attachments"]


def test_scripts_turn_any_webhook_into_a_message(place: Place) -> None:
    """A script takes what some service sends, and prints a message of its own."""
    code = script(
        "const { repository, commits } = request.content;"
        "return { content: { text: `${commits.length} commits in ${repository.name}` } };"
    )
    place.hook(script=code).post({"repository": {"name": "cat"}, "commits": [1, 2]})
    assert place.texts() == ["2 commits in cat"]


def test_scripts_choose_user_picture_and_channel(place: Place) -> None:
    """A script defines name and picture of the message's user, and its channel."""
    other = place.another()
    code = script(
        "return { content: { text: 'x', username: 'Octocat', "
        f"icon_url: '{PICTURE}', channel: '#{other.room}' }} }};"
    )
    place.hook(script=code, overrideDestinationChannelEnabled=True).post({"a": 1})
    shown = said(other)
    assert (shown["alias"], shown["avatar"]) == ("Octocat", PICTURE)
    assert place.texts() == []


@pytest.mark.parametrize("body", ["return;", "return false;", "return { error: 'unwanted' };"])
def test_scripts_cancel_requests(place: Place, body: str) -> None:
    """A script that returns no message, or an error, prevents the message."""
    place.hook(script=script(body)).post({"text": "unwanted"})
    assert place.texts() == []


def test_outgoing_webhooks_send_and_process_the_answer(place: Place, listen: Listen) -> None:
    """An outgoing webhook lets a message trigger a request, and its script makes a message of the answer."""
    program = listen({"status": "green"})
    code = """
    class Script {
      prepare_outgoing_request({ request }) {
        return { url: `${request.url}?about=${request.data.trigger_word}`, method: 'GET' };
      }
      process_outgoing_response({ request, response }) {
        return { content: { text: `it is ${JSON.parse(response.content).status}` } };
      }
    }
    """
    place.outgoing("rocketchat", url_of(program), triggerWords=["status"], script=code)
    place.say("status of main?")
    assert [one["msg"] for one in place.wait_for(2)] == ["status of main?", "it is green"]
    (seen,) = calls_of(program)
    assert (seen.method, seen.path) == ("GET", "/events?about=status")


def test_outgoing_webhooks_need_not_send(place: Place, listen: Listen) -> None:
    """Sending is optional: a script answers by itself, and nobody is called."""
    program = listen()
    code = """
    class Script {
      prepare_outgoing_request({ request }) {
        return { message: { text: `${request.data.user_name} said ${request.data.text}` } };
      }
    }
    """
    place.outgoing("rocketchat", url_of(program), script=code)
    place.say("hello")
    assert [one["msg"] for one in place.wait_for(2)] == ["hello", "admin said hello"]
    assert calls_of(program) == []


# -- creating one -------------------------------------------------------------------------


def test_the_enabled_toggle_switches_it_on(place: Place) -> None:
    """What is not enabled posts nothing, and says so."""
    answer = place.hook(enabled=False).post({"text": "x"})
    assert (answer.status, answer.json()["error"]) == (503, "Service Unavailable")
    assert place.texts() == []


def test_the_name_is_optional(place: Place) -> None:
    """An integration may do without a name, which only helps to find it."""
    address = f"http://127.0.0.1:{place.server.port}/api/v1/integrations.create"
    given = {"type": "webhook-incoming", "channel": f"#{place.room}"}
    answer = post(address, given, dict(place.server.api_headers()))
    assert answer.status == 200, answer.text
    assert post(answer.json()["integration"]["url"], {"text": "nameless"}).status == 200
    assert place.texts() == ["nameless"]


def test_it_posts_to_a_channel_or_a_user(place: Place) -> None:
    """`Post to Channel` is a channel, or a user who gets direct messages."""
    place.hook().post({"text": "to a channel"})
    assert place.texts() == ["to a channel"]
    target = place.user()
    place.hook(channel=f"@{target}").post({"text": "to a user"})
    (message,) = place.direct_messages("rocket.cat", target)
    assert message["msg"] == "to a user"


def test_the_destination_may_be_overridden(place: Place) -> None:
    """A message may name another destination, where the integration allows it."""
    other = place.another()
    sent = {"text": "x", "channel": f"#{other.room}"}
    refused = place.hook().post(sent)
    assert refused.status == 400
    assert refused.json()["error"].startswith("overriding destination channel is disabled")
    assert place.hook(overrideDestinationChannelEnabled=True).post(sent).status == 200
    assert (place.texts(), other.texts()) == ([], ["x"])


def test_it_posts_as_a_user_who_exists(place: Place) -> None:
    """`Post as` is the username its messages have; the user has to exist already."""
    name = place.user("poster")
    place.hook(username=name).post({"text": "x"})
    assert said(place)["u"]["username"] == name
    address = f"http://127.0.0.1:{place.server.port}/api/v1/integrations.create"
    given = {"name": "N", "channel": f"#{place.room}", "username": "nobody-of-this-name"}
    answer = post(address, given, dict(place.server.api_headers()))
    assert (answer.status, answer.json()["details"]["field"]) == (400, "username")


def test_an_alias_stands_before_the_username(place: Place) -> None:
    """The alias is the nickname shown with the message, the username beside it."""
    place.hook(alias="Nick").post({"text": "x"})
    assert (said(place)["alias"], said(place)["u"]["username"]) == ("Nick", "rocket.cat")
    assert 'title="@rocket.cat">Nick<' in place.page()


def test_an_avatar_overrides_the_default_one(place: Place) -> None:
    """The avatar's address is the picture of its messages."""
    place.hook(avatar=PICTURE).post({"text": "x"})
    assert said(place)["avatar"] == PICTURE
    assert f'src="{PICTURE}"' in place.page()


def test_an_emoji_is_the_avatar(place: Place) -> None:
    """An emoji's name makes the emoji the picture."""
    place.hook(emoji=":ghost:").post({"text": "x"})
    assert said(place)["emoji"] == ":ghost:"
    assert "👻" in place.page()


def test_the_script_runs_when_its_toggle_is_on(place: Place) -> None:
    """A pasted script is run only while it is enabled."""
    code = script("return { content: { text: 'from the script' } };")
    hook = place.hook(script=code, scriptEnabled=False)
    hook.post({"text": "as sent"})
    place.server.api("POST", "integrations.update", integrationId=hook.id, scriptEnabled=True)
    hook.post({"text": "as sent"})
    assert place.texts() == ["as sent", "from the script"]


def test_saving_generates_the_url(place: Place) -> None:
    """Saving generates the webhook's address."""
    hook = place.hook()
    assert urlsplit(hook.url).path == f"/hooks/{hook.id}/{hook.token}"


# -- the script ---------------------------------------------------------------------------


def test_scripts_are_es2015(place: Place) -> None:
    """ES2015 works: classes, destructuring, arrow functions, template texts, spread, Map and Promise."""
    code = """
    const double = (n) => n * 2;
    class Base { greet(name = 'you') { return `hello ${name}`; } }
    class Script extends Base {
      process_incoming_request({ request: { content: { name, numbers } } }) {
        const [first, ...rest] = numbers;
        const sums = new Map([['rest', rest.map(double).reduce((a, b) => a + b, 0)]]);
        return Promise.resolve({
          content: { text: `${this.greet(name)} ${first} ${sums.get('rest')}` },
        });
      }
    }
    """
    place.hook(script=code).post({"name": "cat", "numbers": [1, 2, 3]})
    assert place.texts() == ["hello cat 1 10"]


def test_a_script_needs_a_global_class_script(place: Place) -> None:
    """The script has to define a global class Script."""
    address = f"http://127.0.0.1:{place.server.port}/api/v1/integrations.create"
    given = {"name": "N", "channel": f"#{place.room}", "scriptEnabled": True}
    answer = post(address, {**given, "script": "class Other {}"}, dict(place.server.api_headers()))
    assert (answer.status, answer.json()["errorType"]) == (400, "error-invalid-script")


def test_the_class_is_instantiated_once_and_kept(place: Place) -> None:
    """Kept in memory, one instance serves every request: what it remembers is there the next time."""
    code = """
    class Script {
      constructor() { this.calls = 0; }
      process_incoming_request() { return { content: { text: `call ${++this.calls}` } }; }
    }
    """
    hook = place.hook(script=code, lifecycle="kept")
    for _ in range(3):
        hook.post({"a": 1})
    assert place.texts() == ["call 1", "call 2", "call 3"]


def test_the_method_is_called_for_every_request(place: Place) -> None:
    """Each new request is a call of process_incoming_request."""
    hook = place.hook(script=script("return { content: { text: request.content.n } };"))
    for number in ("one", "two"):
        hook.post({"n": number})
    assert place.texts() == ["one", "two"]


def test_the_argument_has_a_request(place: Place) -> None:
    """The method's argument is an object, and `request` its property."""
    code = (
        "class Script { process_incoming_request(argument) {"
        " return { content: { text: Object.keys(argument).join() } } } }"
    )
    place.hook(script=code).post({"a": 1})
    assert place.texts() == ["request"]


def test_content_is_the_message(place: Place) -> None:
    """The `content` that is returned is a Rocket.Chat message, and posted."""
    code = script("return { content: { text: 't', alias: 'A', attachments: [{ title: 'T' }] } };")
    answer = place.hook(script=code).post({"a": 1})
    assert (answer.status, answer.json()) == (200, {"success": True})
    shown = said(place)
    assert (shown["msg"], shown["alias"], shown["attachments"]) == ("t", "A", [{"title": "T"}])


def test_an_error_is_answered_in_json_with_400(place: Place) -> None:
    """The `error` that is returned is the answer: JSON, with status 400."""
    code = script("return { error: { success: false, message: 'Error example' } };")
    answer = place.hook(script=code).post({"a": 1})
    assert (answer.status, answer.kind) == (400, "application/json")
    assert answer.json() == {"success": False, "message": "Error example"}
    assert place.texts() == []


def test_text_is_the_body_of_the_message(place: Place) -> None:
    """A message's `text` is what it says."""
    place.hook(script=script("return { content: { text: 'the body' } };")).post({"a": 1})
    assert said(place)["msg"] == "the body"
    assert "the body" in words(place.page())


def test_channel_takes_ids_and_names(place: Place) -> None:
    """A message's `channel` is a room's id, or with # its name, or with @ a user's name."""
    other, target = place.another(), place.user()
    room = place.server.api("GET", f"channels.info?roomName={other.room}")["channel"]["_id"]
    code = script("return { content: { text: 'x', channel: request.content.to } };")
    hook = place.hook(script=code, overrideDestinationChannelEnabled=True)
    for destination in (room, f"#{other.room}", f"@{target}"):
        assert hook.post({"to": destination}).status == 200
    assert (place.texts(), other.texts()) == ([], ["x", "x"])
    assert len(place.direct_messages("rocket.cat", target)) == 1


def test_console_lines_are_in_the_log(place: Place) -> None:
    """What the console is told can be read in the log."""
    code = script("console.log('got', request.content); console.error('no'); return;")
    hook = place.hook(script=code)
    hook.post({"a": 1})
    lines = hook.last()["console"]
    assert [(one["level"], one["text"]) for one in lines] == [
        ("log", "got { a: 1 }"),
        ("error", "no"),
    ]


def test_console_underscore_and_s_are_global(place: Place) -> None:
    """console, _ (underscore) and s (underscore.string) are there without being asked for."""
    code = script(
        "return { content: { text: [typeof console.log, _.uniq([1, 1, 2]).join(), "
        "s.capitalize('cat')].join(' ') } };"
    )
    place.hook(script=code).post({"a": 1})
    assert place.texts() == ["function 1,2 Cat"]


def test_the_request_has_what_the_sample_lists(place: Place) -> None:
    """url with its five members, url_raw, url_params, headers, user with its three, content, content_raw."""
    code = script("return { content: { text: 'x' }, response: { seen: request } };")
    hook = place.hook(script=code)
    sent = b'{"text":  "as sent"}'
    headers = {"Content-Type": "application/json", "X-Mine": "here"}
    seen = hook.post(sent, headers, query="a=1&b=two").json()["seen"]
    path = urlsplit(hook.url).path
    assert set(seen["url"]) == {"hash", "search", "query", "pathname", "path"}
    assert seen["url"]["search"] == "?a=1&b=two"
    assert seen["url"]["query"] == {"a": "1", "b": "two"}
    assert seen["url"]["pathname"] == path
    assert path in seen["url_raw"]
    assert seen["url_params"] == {"integrationId": hook.id, "token": hook.token}
    assert seen["headers"]["x-mine"] == "here"
    assert seen["user"]["username"] == "rocket.cat"
    assert {"_id", "name", "username"} <= set(seen["user"])
    assert seen["content"] == {"text": "as sent"}
    assert seen["content_raw"] == sent.decode()


# -- the sample and its curl lines --------------------------------------------------------


def sampled(place: Place, code: str = SAMPLE, **members: Any) -> Hook:
    return place.hook(script=code, overrideDestinationChannelEnabled=True, **members)


def test_the_first_curl_line_posts(place: Place, tmp_path: Path) -> None:
    """The page's first curl line, through its sample script: the text, with the emoji as picture."""
    line = FIRST_LINE.replace("https://your-webhook-url", sampled(place).url)
    answer = run_curl(line, tmp_path)
    assert (answer.status, answer.json()) == (200, {"success": True})
    assert (said(place)["msg"], said(place)["emoji"]) == ("Example message", ":smirk:")
    assert "😏" in place.page()


def test_the_second_curl_line_posts_to_another_channel(place: Place, tmp_path: Path) -> None:
    """The page's second curl line: the same, into the channel that it names."""
    other = place.another()
    line = SECOND_LINE.replace("https://your-webhook-url", sampled(place).url)
    answer = run_curl(line.replace("notifications", other.room), tmp_path)
    assert (answer.status, answer.json()) == (200, {"success": True})
    assert (other.texts(), place.texts()) == (["Example message"], [])
    assert said(other)["emoji"] == ":smirk:"


def test_a_user_is_named_with_an_at(place: Place, tmp_path: Path) -> None:
    """`channel` with @ sends the curl line's message to a user."""
    target = place.user()
    line = SECOND_LINE.replace("https://your-webhook-url", sampled(place).url)
    assert run_curl(line.replace("#notifications", f"@{target}"), tmp_path).status == 200
    assert [one["msg"] for one in place.direct_messages("rocket.cat", target)] == [
        "Example message"
    ]


def test_the_samples_log_line_is_kept(place: Place) -> None:
    """The sample logs the request's content, and the log has it."""
    hook = sampled(place)
    hook.post({"text": "Example message"})
    assert "Example message" in hook.last()["console"][0]["text"]


def test_the_samples_attachment_is_shown(place: Place) -> None:
    """Uncommented, the sample's attachment has everything that it lists."""
    lines = re.sub(r"(?m)^(\s*)// (?=[\" }\]])", r"\1", SAMPLE.partition("// return {")[0] + "}\n}")
    assert '"attachments": [{' in lines
    assert sampled(place, lines).post({"text": "Example message"}).status == 200
    (attachment,) = said(place)["attachments"]
    assert attachment == {
        "color": "#FF0000",
        "author_name": "Rocket.Cat",
        "author_link": "https://open.rocket.chat/direct/rocket.cat",
        "author_icon": "https://open.rocket.chat/avatar/rocket.cat.jpg",
        "title": "Rocket.Chat",
        "title_link": "https://rocket.chat",
        "text": "Rocket.Chat, the best open source chat",
        "fields": [{"title": "Priority", "value": "High", "short": False}],
        "image_url": "https://rocket.chat/images/mockup.png",
        "thumb_url": "https://rocket.chat/images/mockup.png",
    }
    page = place.page()
    for shown in ("Rocket.Cat", "the best open source chat", "Priority", "High"):
        assert shown in words(page)
    assert page.count("https://rocket.chat/images/mockup.png") >= 2


def test_the_samples_error_is_answered(place: Place) -> None:
    """Uncommented, the sample's error is answered with 400, as it stands there."""
    before, last_return = SAMPLE.rsplit("// return {", 1)
    code = before.replace("return {\n", "if (0) return {\n", 1) + re.sub(
        r"(?m)^(\s*)// ?", r"\1", "return {" + last_return
    )
    answer = sampled(place, code).post({"text": "Example message"})
    assert answer.status == 400
    assert json.loads(answer.body) == {"success": False, "message": "Error example"}
    assert place.texts() == []
