"""Outgoing integrations as Rocket.Chat has them, each statement of wire.md 1.3 B against a real far side."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest

from tests.internet import Internet, Server
from tests.outgoing import Outgoing, eventually, hangs_up, in_turn, payload, reply, script, steps
from tests.support import Api


@pytest.fixture
def out(api: Api) -> Outgoing:
    return Outgoing(api)


@pytest.fixture
def far(internet: Internet) -> Server:
    """A far side that answers with a message."""
    return internet.serve(in_turn(reply({"text": "an answer"})))


@pytest.fixture
def silent(internet: Internet) -> Server:
    """A far side that has nothing to say: what others answer triggers nothing."""
    return internet.serve(in_turn(reply({})))


def quiet(out: Outgoing) -> bool:
    return bool(eventually(out.is_quiet))


# -- payload --------------------------------------------------------------------------------


def test_a_message_is_told_with_rocket_chats_members(out: Outgoing, far: Server) -> None:
    """And nothing beside them."""
    out.create(far)
    said = out.say("hello there")
    out.execution()
    (seen,) = far.requests
    told = payload(seen)
    room = out.api.get("channels.info", roomName="general")["channel"]
    assert told == {
        "token": "a token to know it by",
        "bot": False,
        "channel_id": room["_id"],
        "channel_name": "general",
        "message_id": said["_id"],
        "timestamp": said["ts"],
        "user_id": said["u"]["_id"],
        "user_name": "admin",
        "text": "hello there",
        "siteUrl": told["siteUrl"],
    }
    assert told["siteUrl"].startswith("http")
    assert (seen.method, seen.path) == ("POST", "/out")
    assert seen.header("Content-Type") == "application/json"
    assert "Chrome/41" in (seen.header("User-Agent") or "")


def test_alias_thread_and_word_are_told_where_they_are(out: Outgoing, far: Server) -> None:
    """They are absent otherwise."""
    out.create(far, triggerWords=["#other", "#build"])
    first = out.say("a beginning")
    out.say("#build status", alias="Ada", tmid=first["_id"])
    out.execution()
    told = payload(far.requests[0])
    assert (told["alias"], told["tmid"], told["trigger_word"]) == ("Ada", first["_id"], "#build")


def test_a_bots_message_is_told_to_be_one(out: Outgoing, far: Server) -> None:
    """By the integration that posted it; this is what receivers use against loops."""
    out.create(far)
    hook = out.api.hook()
    hook.post({"text": "from a hook"})
    out.execution()
    assert payload(far.requests[0])["bot"] == {"i": hook.id}


def test_a_file_triggers_its_own_event_too(out: Outgoing, far: Server) -> None:
    """With user, room and message, and without siteUrl and tmid."""
    wanted = out.create(far, event="fileUploaded", triggerWords=["ignored"])
    out.say("no file")
    file = {
        "title": "a.pdf",
        "title_link": "https://x.example.org/a.pdf",
        "title_link_download": True,
    }
    said = out.say("with a file", attachments=[file])
    out.execution(wanted)
    (seen,) = far.requests
    told = payload(seen)
    assert told["user"]["username"] == "admin"
    assert told["room"]["name"] == "general"
    assert (told["message"]["_id"], told["message_id"]) == (said["_id"], said["_id"])
    assert {"siteUrl", "tmid", "isEdited"}.isdisjoint(told)


def test_what_becomes_of_rooms_is_told(out: Outgoing, far: Server) -> None:
    """Made, joined, left and archived: with the room and who did it."""
    by_event = {
        event: out.create(far, event=event, channel="#ops", name=event)
        for event in ("roomCreated", "roomJoined", "roomLeft", "roomArchived")
    }
    out.api.post("channels.create", name="ops")
    for name in ("join", "join", "leave", "leave", "archive", "archive"):
        out.api.post(f"channels.{name}", roomName="ops")
    for event, integration_id in by_event.items():
        out.execution(integration_id)
        assert event
    assert quiet(out)
    told = [payload(seen) for seen in far.requests]
    assert len(told) == 4
    for one in told:
        assert (one["channel_name"], one["user_name"], one["bot"]) == ("ops", "admin", False)
        assert one["room"]["name"] == "ops"
        assert one["timestamp"].endswith("Z")
    assert sum("owner" in one for one in told) == 1
    assert out.api.post("chat.postMessage", 400, channel="#ops", text="late")["success"] is False


def test_a_new_user_is_told(out: Outgoing, far: Server) -> None:
    """Never with how one logs in; the answer goes to the target room."""
    out.create(far, event="userCreated", targetRoom="#general")
    out.api.post("users.create", username="grace", password="a password of hers")
    assert out.execution()["outcome"] == "posted"
    told = payload(far.requests[0])
    assert (told["user_name"], told["bot"]) == ("grace", False)
    assert told["user"] == out.api.get("users.info", username="grace")["user"]
    members = {"_id", "username", "name", "type", "roles", "active", "emails"}
    assert set(told["user"]) == members | {"createdAt", "_updatedAt"}
    assert out.texts() == ["an answer"]


# -- channels and words ---------------------------------------------------------------------


def test_channels_decide_what_it_hears(out: Outgoing, silent: Server) -> None:
    """By name, by id, or all that are public, which an empty list means too."""
    for name in ("ops", "dev"):
        out.api.post("channels.create", name=name)
    ops_id = out.api.get("channels.info", roomName="ops")["channel"]["_id"]
    hears = {
        out.create(silent, channel=channel): rooms
        for channel, rooms in (
            ("#ops", ["ops"]),
            (f"#{ops_id}, #dev", ["ops", "dev"]),
            ("all_public_channels", ["general", "ops", "dev"]),
            ("", ["general", "ops", "dev"]),
            ("all_private_groups", []),
            ("all_direct_messages", []),
            ("@admin", []),
        )
    }
    for name in ("general", "ops", "dev"):
        out.say(f"in {name}", f"#{name}")
    assert quiet(out)
    for integration_id, rooms in hears.items():
        heard = out.api.executions(integrationId=integration_id)
        assert sorted(one["steps"][1]["data"]["channel_name"] for one in heard) == sorted(rooms)


def test_direct_messages_are_heard_by_name_of_who_did_not_write(
    out: Outgoing, silent: Server
) -> None:
    """`@user` is any of the two but the author; an id is either of them."""
    grace = out.api.post("users.create", username="grace")["user"]
    admin_id = out.api.headers["X-User-Id"]
    hears = [
        out.create(silent, channel=c) for c in ("@grace", "all_direct_messages", f"@{admin_id}")
    ]
    hears_not = [out.create(silent, channel=c) for c in ("@admin", "@nobody", "#general")]
    out.say("psst", f"@{grace['username']}")
    for integration_id in hears:
        assert out.execution(integration_id)["outcome"] == "nothing"
    assert quiet(out)
    assert all(out.api.executions(integrationId=one) == [] for one in hears_not)


def test_one_message_triggers_once_and_calls_urls_in_order(
    out: Outgoing, internet: Internet
) -> None:
    """However often it matches; the second URL when the first has answered."""
    order: list[str] = []

    def note(name: str) -> Any:
        def behave(seen: Any) -> Any:
            order.append(name)
            yield reply({"text": name})

        return behave

    servers = [internet.serve(note(name)) for name in ("one", "two", "three")]
    out.create(*servers, channel="#general, all_public_channels")
    out.say("go")
    out.executions(count=3)
    assert quiet(out)
    assert order == ["one", "two", "three"]
    assert out.texts() == ["go", "one", "two", "three"]


def test_a_trigger_word_begins_the_text(out: Outgoing, far: Server) -> None:
    """Case counts, a word's end does not; what matches none leaves no trace."""
    out.create(far, triggerWords=["deploy", "dep"])
    for text in ("please deploy", "Deploy", "deployment"):
        out.say(text)
    out.execution()
    assert quiet(out)
    (seen,) = far.requests
    assert (payload(seen)["text"], payload(seen)["trigger_word"]) == ("deployment", "deploy")


def test_a_trigger_word_may_stand_anywhere(out: Outgoing, far: Server) -> None:
    """The first of the integration's words that is there counts."""
    out.create(far, triggerWords=["deploy", "please"], triggerWordAnywhere=True)
    out.say("please deploy")
    out.execution()
    assert payload(far.requests[0])["trigger_word"] == "deploy"


def test_a_message_never_triggers_the_integration_that_made_it(out: Outgoing, far: Server) -> None:
    """But another one."""
    first = out.create(far)
    out.say("begin")
    out.execution(first)
    assert quiet(out)
    assert out.texts() == ["begin", "an answer"]
    assert len(out.api.executions(integrationId=first)) == 1


# -- prepare_outgoing_request ---------------------------------------------------------------


def test_prepare_sees_the_request_that_would_be_sent(out: Outgoing, far: Server) -> None:
    """With params, method, url, data and headers, and no auth."""
    source = script(
        "console.log(JSON.stringify(Object.keys(request).sort()), request.auth === undefined, request.method); return request;"
    )
    out.create(far, script=source)
    out.say("hi")
    (line,) = out.execution()["console"]
    assert line["text"] == '["data","headers","method","params","url"] true POST'


def test_prepare_decides_url_method_headers_and_data(out: Outgoing, far: Server) -> None:
    """`params` is not sent."""
    source = script(
        "return { url: request.url + '/pulls?state=open', method: 'PUT', params: { a: 1 },"
        " headers: { 'X-Mine': 'yes' }, data: { only: request.data.text } };"
    )
    out.create(far, script=source)
    out.say("this")
    execution = out.execution()
    (seen,) = far.requests
    assert (seen.method, seen.path) == ("PUT", "/out/pulls?state=open")
    assert (seen.header("X-Mine"), payload(seen)) == ("yes", {"only": "this"})
    assert execution["request"]["method"] == "PUT"
    assert execution["request"]["body"] == '{"only":"this"}'


def test_auth_becomes_a_basic_header(out: Outgoing, far: Server) -> None:
    """Of "user:password"; the log does not show it."""
    out.create(far, script=script("request.auth = 'ada:pass:word'; return request;"))
    out.say("hi")
    execution = out.execution()
    sent = far.requests[0].header("Authorization") or ""
    assert base64.b64decode(sent.removeprefix("Basic ")) == b"ada:pass:word"
    assert sent not in str(execution)


def test_auth_without_a_colon_is_an_error(out: Outgoing, far: Server) -> None:
    """And nothing is called."""
    out.create(far, script=script("request.auth = 'ada'; return request;"))
    out.say("hi")
    execution = out.execution()
    assert (execution["outcome"], far.requests) == ("call-failed", [])
    assert "username:password" in execution["summary"]


@pytest.mark.parametrize("data", ["null", "''", "0", "undefined"])
def test_falsy_data_is_no_body(out: Outgoing, far: Server, data: str) -> None:
    """Nor a content type."""
    out.create(far, script=script(f"request.data = {data}; return request;"))
    out.say("hi")
    out.execution()
    (seen,) = far.requests
    assert (seen.body, seen.header("Content-Type")) == (b"", None)


def test_a_timeout_of_the_scripts_ends_the_call(out: Outgoing, internet: Internet) -> None:
    """In milliseconds; it is recorded and not tried again, although failures are."""
    slow = internet.serve(
        handler=lambda connection: connection.recv(1 << 16) and connection.recv(1)
    )
    out.create(slow, retryFailedCalls=True, script=script("request.timeout = 300; return request;"))
    out.say("hi")
    execution = out.execution()
    assert (execution["outcome"], steps(execution)[-1]) == ("call-failed", "after-http-call")
    assert execution["steps"][-1]["httpError"]
    assert quiet(out)


@pytest.mark.parametrize("returned", ["undefined", "null", "false", "''"])
def test_prepare_cancels_by_returning_nothing(out: Outgoing, far: Server, returned: str) -> None:
    """The execution says so."""
    out.create(far, script=script(f"return {returned};"))
    out.say("hi")
    execution = out.execution()
    assert (execution["outcome"], execution["status"]) == ("nothing", 0)
    assert steps(execution)[-1] == "after-prepare-no-opts"
    assert far.requests == []


def test_prepare_that_throws_drops_the_call(out: Outgoing, far: Server) -> None:
    """The error has its line."""
    out.create(far, script="class Script {\n  prepare_outgoing_request() { null.x; }\n}")
    out.say("hi")
    execution = out.execution()
    assert (execution["outcome"], far.requests) == ("script-error", [])
    assert execution["error"]["line"] == 2
    assert "execute-script-error-running-prepare_outgoing_request" in steps(execution)


def test_a_script_without_the_method_changes_nothing(out: Outgoing, far: Server) -> None:
    """The default request is sent."""
    out.create(far, script="class Script { other() {} }")
    out.say("hi")
    execution = out.execution()
    assert (execution["outcome"], payload(far.requests[0])["text"]) == ("posted", "hi")
    assert "execute-script-no-method-prepare_outgoing_request" in steps(execution)


def test_a_script_that_cannot_be_evaluated_sends_the_default_request(
    out: Outgoing, far: Server
) -> None:
    """It can be saved while it is switched off, or breaks later; the log says what is wrong."""
    breaks_at = time.time() + 2
    source = f"if (Date.now() > {breaks_at * 1000}) throw new Error('no'); class Script {{}}"
    out.create(far, script=source)
    eventually(lambda: time.time() > breaks_at)
    out.say("hi")
    execution = out.execution()
    assert payload(far.requests[0])["text"] == "hi"
    assert execution["outcome"] == "script-error"
    assert execution["error"]["message"] == "no"


def test_a_returned_message_is_posted_first(out: Outgoing, internet: Internet) -> None:
    """Before the call is made."""
    seen_then: list[list[str]] = []

    def behave(seen: Any) -> Any:
        seen_then.append(out.texts())
        yield reply({"text": "found"})

    far = internet.serve(behave)
    out.create(far, script=script("request.message = { text: 'looking' }; return request;"))
    out.say("hi")
    execution = out.execution()
    assert seen_then == [["hi", "looking"]]
    assert out.texts() == ["hi", "looking", "found"]
    assert execution["messageCount"] == 2
    assert "after-prepare-send-message" in steps(execution)


def test_a_message_that_cannot_be_posted_ends_it(out: Outgoing, far: Server) -> None:
    """Nothing is called then."""
    source = script("request.message = { text: 'x', channel: '#nowhere' }; return request;")
    out.create(far, script=source)
    out.say("hi")
    execution = out.execution()
    assert (execution["outcome"], far.requests) == ("invalid-message", [])
    assert steps(execution)[-1] == "after-prepare-send-message-failed"


def test_a_script_answers_without_a_call(out: Outgoing, far: Server) -> None:
    """A message, and neither url nor method."""
    out.create(far, script=script("return { message: { text: 'pong ' + request.data.text } };"))
    out.say("ping")
    execution = out.execution()
    assert (execution["outcome"], far.requests) == ("posted", [])
    assert steps(execution)[-1] == "after-prepare-no-url_or_method"
    assert out.texts() == ["ping", "pong ping"]


# -- process_outgoing_response --------------------------------------------------------------


def test_process_sees_the_answer_and_what_prepare_returned(
    out: Outgoing, internet: Internet
) -> None:
    """Prepare's own keys included, so that the two methods can share what they know."""
    far = internet.serve(in_turn(reply(b"plain", 418, "text/plain", X_Far="side")))
    source = script(
        "request.mine = { n: 7 }; return request;",
        "return { content: { text: JSON.stringify([request.mine, response.status_code, response.content,"
        " response.content_raw, response.error, response.headers['x-far']]) } };",
    )
    out.create(far, script=source)
    out.say("hi")
    execution = out.execution()
    assert out.texts()[-1] == '[{"n":7},418,"plain","plain",null,"side"]'
    assert (execution["outcome"], execution["status"]) == ("posted", 418)
    assert steps(execution)[-1] == "after-process-send-message"


def test_process_that_returns_false_ends_it(out: Outgoing, far: Server) -> None:
    """Whatever was answered."""
    out.create(far, script=script(None, "return false;"))
    out.say("hi")
    execution = out.execution()
    assert (execution["outcome"], steps(execution)[-1]) == ("nothing", "after-process-false-result")
    assert out.texts() == ["hi"]


@pytest.mark.parametrize("body", ["return undefined;", "return {};", "return true;"])
def test_process_that_returns_anything_else_changes_nothing(
    out: Outgoing, far: Server, body: str
) -> None:
    """The answer is dealt with as without a script."""
    out.create(far, script=script(None, body))
    out.say("hi")
    assert out.execution()["outcome"] == "posted"
    assert out.texts() == ["hi", "an answer"]


def test_process_that_throws_changes_nothing_but_is_recorded(out: Outgoing, far: Server) -> None:
    """The message is posted, and the execution names the error."""
    out.create(far, script=script(None, "throw new Error('process broke');"))
    out.say("hi")
    execution = out.execution()
    assert out.texts() == ["hi", "an answer"]
    assert (execution["outcome"], execution["messageCount"]) == ("script-error", 1)
    assert execution["error"]["message"] == "process broke"


def test_process_may_post_what_is_not_acceptable(out: Outgoing, far: Server) -> None:
    """Then nothing is posted, and the execution says why."""
    out.create(far, script=script(None, "return { content: { text: 'x', attachments: [7] } };"))
    out.say("hi")
    execution = out.execution()
    assert (execution["outcome"], out.texts()) == ("invalid-message", ["hi"])
    assert steps(execution)[-1] == "after-process-send-message-failed"


# -- what answers come to -------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "text/javascript",
        "application/javascript",
        "application/x-javascript",
    ],
)
@pytest.mark.parametrize("status", [200, 201, 202])
def test_json_with_a_text_is_posted(
    out: Outgoing, internet: Internet, content_type: str, status: int
) -> None:
    """Under the content types that Rocket.Chat takes for JSON."""
    out.create(internet.serve(in_turn(reply({"text": "yes"}, status, content_type))))
    out.say("hi")
    execution = out.execution()
    assert (execution["outcome"], out.texts()) == ("posted", ["hi", "yes"])
    assert steps(execution)[-1] == "url-response-sent-message"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ({"text": "x"}, "text/html"),
        ({"text": "x"}, ""),
        ({"other": "x"}, "application/json"),
        (["x"], "application/json"),
        (b"{broken", "application/json"),
        (b"null", "application/json"),
    ],
)
def test_other_answers_post_nothing(
    out: Outgoing, internet: Internet, body: Any, content_type: str
) -> None:
    """A plain success ends with the call."""
    out.create(internet.serve(in_turn(reply(body, 200, content_type))))
    out.say("hi")
    execution = out.execution()
    assert (execution["outcome"], execution["status"]) == ("nothing", 200)
    assert steps(execution)[-1] == "after-http-call"
    assert out.texts() == ["hi"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb'{"text": "cut \ud83d"}', "cut \ufffd"),
        (b'\xef\xbb\xbf{"text": "marked"}', "marked"),
        (b'{"text": "x", "n": 1e400, "deep": ' + b"[" * 5000 + b"]" * 5000 + b"}", "x"),
    ],
    ids=["half an emoji", "byte order mark", "beyond"],
)
def test_an_answer_is_read_as_json_parse_reads_it(
    out: Outgoing, internet: Internet, body: bytes, text: str
) -> None:
    """By the rule that bodies of hooks are read by."""
    out.create(internet.serve(in_turn(reply(body, 200, "application/json"))))
    out.say("hi")
    assert (out.execution()["outcome"], out.texts()) == ("posted", ["hi", text])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"text": "x",}', "cannot be read as JSON: "),
        (b"{\n\"text\": 'x'}", "line 2, column 9"),
        (b'["text"]', "JSON, but no object"),
        (b'{"text": "x", "attachments": ' + b"[" * 200 + b"]" * 200 + b"}", "more than 100 levels"),
        (b'{"text": " \\u200b "}', "neither text nor attachments nor blocks"),
        (b'{"attachments": [{}]}', "neither text nor attachments nor blocks"),
    ],
)
def test_an_answer_that_is_not_posted_says_why(
    out: Outgoing, internet: Internet, body: bytes, reason: str
) -> None:
    """What cannot be read, with its place; what is empty; what nothing could store."""
    out.create(internet.serve(in_turn(reply(body, 200, "application/json"))))
    out.say("hi")
    execution = out.execution()
    assert (execution["outcome"], out.texts()) == ("nothing", ["hi"])
    assert reason in execution["summary"]


@pytest.mark.parametrize("place", ["prepare", "process"])
def test_a_script_posts_no_empty_message(out: Outgoing, far: Server, place: str) -> None:
    """Neither before the call nor after it; the call itself is made."""
    empty = "{ text: ' ', attachments: [{}] }"
    before = f"request.message = {empty}; return request;" if place == "prepare" else None
    after = f"return {{ content: {empty} }};" if place == "process" else "return false;"
    out.create(far, script=script(before, after))
    out.say("hi")
    assert (out.execution()["outcome"], out.texts()) == ("nothing", ["hi"])
    assert len(far.requests) == 1


def test_attachments_alone_are_a_message(out: Outgoing, internet: Internet) -> None:
    """With alias, picture and colour as the far side wants them."""
    message = {
        "attachments": [{"title": "t", "color": "#f00"}],
        "alias": "Far",
        "icon_emoji": ":x:",
    }
    out.create(internet.serve(in_turn(reply(message))))
    out.say("hi")
    out.execution()
    posted = out.api.messages()[0]
    assert posted["attachments"][0]["title"] == "t"
    assert (posted["alias"], posted["emoji"]) == ("Far", ":x:")
    assert posted["bot"] == {"i": out.ids[0]}


@pytest.mark.parametrize(("body", "status"), [(b"", 200), (b"", 204), (b"x", 204), (b"no", 404)])
def test_an_empty_body_or_another_status_is_a_failure(
    out: Outgoing, internet: Internet, body: bytes, status: int
) -> None:
    """204 too."""
    out.create(internet.serve(in_turn(reply(body if status != 204 else b"", status))))
    out.say("hi")
    execution = out.execution()
    assert (execution["outcome"], execution["status"]) == ("call-failed", status)
    assert steps(execution)[-1] == "failed-and-not-configured-to-retry"


def test_gone_switches_the_integration_off(out: Outgoing, internet: Internet) -> None:
    """A 410 with a body; without one it is a failure like others."""
    far = internet.serve(in_turn(reply(b"", 410), reply(b"gone", 410)))
    made = out.create(far)
    out.say("one")
    assert steps(out.execution())[-1] == "failed-and-not-configured-to-retry"
    out.say("two")
    assert steps(out.executions(count=2)[-1])[-1] == "after-process-http-status-410"
    assert out.api.get("integrations.get", integrationId=made)["integration"]["enabled"] is False
    out.say("three")
    assert quiet(out)
    assert len(far.requests) == 2


def test_a_broken_far_side_is_not_tried_again(out: Outgoing, internet: Internet) -> None:
    """A 500 with a body."""
    far = internet.serve(in_turn(reply(b"broken", 500)))
    out.create(far, retryFailedCalls=True, retryDelay="powers-of-ten")
    out.say("hi")
    assert steps(out.execution())[-1] == "after-process-http-status-500"
    assert quiet(out)
    assert len(far.requests) == 1


def test_a_failure_is_tried_again_with_an_execution_of_its_own(
    out: Outgoing, internet: Internet
) -> None:
    """Until it goes well; the script prepares each try."""
    far = internet.serve(in_turn(reply(b"later", 503), reply(b"", 500), reply({"text": "well"})))
    source = script(
        "Store.set('n', (Store.get('n') || 0) + 1); request.data = { n: Store.get('n') }; return request;"
    )
    out.create(far, retryFailedCalls=True, script=source)
    out.say("hi")
    tried = out.executions(count=3)
    assert [steps(one)[-1] for one in tried] == [
        "going-to-retry-1",
        "going-to-retry-2",
        "url-response-sent-message",
    ]
    assert [payload(seen)["n"] for seen in far.requests] == [1, 2, 3]
    assert out.texts() == ["hi", "well"]


def test_retries_end(out: Outgoing, internet: Internet) -> None:
    """After as many as the integration says."""
    far = internet.serve(in_turn(reply(b"later", 503)))
    out.create(far, retryFailedCalls=True, retryCount=1)
    out.say("hi")
    assert [steps(one)[-1] for one in out.executions(count=2)] == [
        "going-to-retry-1",
        "too-many-retries",
    ]
    assert quiet(out)
    assert len(far.requests) == 2


def test_a_retry_needs_its_word_still(out: Outgoing, internet: Internet) -> None:
    """When it is none any more, the retry does not happen, and leaves no trace."""
    far = internet.serve(in_turn(reply(b"later", 503)))
    made = out.create(far, retryFailedCalls=True, retryDelay="powers-of-two", triggerWords=["go"])
    out.say("go on")
    out.execution()
    out.api.post("integrations.update", integrationId=made, triggerWords=["stop"])
    assert quiet(out)
    assert len(out.api.executions(integrationId=made)) == len(far.requests) == 1


@pytest.mark.parametrize("kind", ["nobody listens", "hangs up", "too large"])
def test_network_errors_are_recorded_and_not_tried_again(
    out: Outgoing, internet: Internet, kind: str
) -> None:
    """Although failures are."""
    large = reply(b"x" * ((10 << 20) + 1), 200, "text/plain")
    far = internet.serve(hangs_up if kind == "hangs up" else in_turn(large))
    if kind == "nobody listens":
        far.close()
        internet._opened.remove(far)
    out.create(far, retryFailedCalls=True)
    out.say("hi")
    execution = out.execution()
    assert (execution["outcome"], execution["status"]) == ("call-failed", 0)
    assert execution["steps"][-1]["step"] == "after-http-call"
    assert execution["steps"][-1]["httpError"]
    assert quiet(out)


def test_a_large_answer_is_read_and_not_kept_whole(out: Outgoing, internet: Internet) -> None:
    """Ten MiB may come; the log keeps the beginning."""
    far = internet.serve(in_turn(reply(b"x" * (9 << 20), 200, "text/plain")))
    out.create(far)
    out.say("hi")
    execution = out.execution()
    assert execution["outcome"] == "nothing"
    assert 0 < len(execution["answer"]) <= 16 << 10


# -- where and who --------------------------------------------------------------------------


def test_an_answer_goes_where_it_says_or_to_the_target_or_back(
    out: Outgoing, internet: Internet
) -> None:
    """In this order."""
    for name in ("target", "chosen"):
        out.api.post("channels.create", name=name)
    plain = internet.serve(in_turn(reply({"text": "plain"})))
    choosing = internet.serve(in_turn(reply({"text": "choosing", "channel": "#chosen"})))
    ids = [
        out.create(plain, triggerWords=["hi"]),
        out.create(plain, triggerWords=["hi"], targetRoom="#target"),
        out.create(choosing, triggerWords=["hi"], targetRoom="#target"),
    ]
    out.say("hi")
    for one in ids:
        out.execution(one)
    assert out.texts() == ["hi", "plain"]
    assert (out.texts("target"), out.texts("chosen")) == (["plain"], ["choosing"])


def test_an_answer_is_from_the_integrations_user_or_whom_it_impersonates(
    out: Outgoing, far: Server
) -> None:
    """With the integration's alias and picture; `user_name` of the answer decides nothing."""
    out.api.post("users.create", username="robot")
    out.create(far, username="robot", alias="Robot", emoji=":robot:", triggerWords=["first"])
    out.create(far, username="robot", impersonateUser=True, triggerWords=["second"])
    out.say("first")
    out.execution(out.ids[0])
    posted = out.api.messages()[0]
    assert (posted["u"]["username"], posted["alias"], posted["emoji"]) == (
        "robot",
        "Robot",
        ":robot:",
    )
    out.say("second")
    out.execution(out.ids[1])
    assert out.api.messages()[0]["u"]["username"] == "admin"


# -- history and replay ---------------------------------------------------------------------


def test_history_tells_every_step(out: Outgoing, far: Server) -> None:
    """With Rocket.Chat's names, from the trigger to the message; the token is dots."""
    out.create(far, triggerWords=["hi"], script=script("return request;", ""))
    out.say("hi")
    execution = out.execution()
    assert steps(execution) == [
        "start-execute-trigger-url",
        "mapped-args-to-data",
        "execute-script-getting-script",
        "execute-script-before-running-prepare_outgoing_request",
        "after-maybe-ran-prepare",
        "pre-http-call",
        "after-http-call",
        "execute-script-getting-script",
        "execute-script-before-running-process_outgoing_response",
        "url-response-sent-message",
    ]
    first, data, *_ = execution["steps"]
    assert (first["event"], first["triggerWord"]) == ("sendMessage", "hi")
    assert data["data"]["text"] == "hi"
    assert execution["steps"][-1]["resultMessage"][0]["msg"] == "an answer"
    assert (execution["kind"], execution["status"]) == ("outgoing", 200)
    assert execution["answer"] == '{"text": "an answer"}'
    assert "a token to know it by" not in str(execution)
    assert "a token to know it by" in far.requests[0].body.decode()
    (listed,) = out.api.get("integrations.history", id=out.ids[0])["history"]
    assert listed["_id"] == execution["_id"]


def test_a_replay_sends_what_happened_then(out: Outgoing, internet: Internet) -> None:
    """To the URL of then, though the integration has another by now; it begins with no try used."""
    far = internet.serve(in_turn(reply(b"later", 503), reply({"text": "well"})))
    made = out.create(far, retryFailedCalls=True, retryCount=0)
    out.say("hi")
    first = out.execution()
    out.api.post("integrations.update", integrationId=made, urls=["http://127.0.0.1:9/other"])
    answer = out.api.post("executions.replay", executionId=first["_id"])
    assert (answer["outcome"], answer["answer"]["status"]) == ("posted", 200)
    second = out.api.get("executions.get", executionId=answer["executionId"])["execution"]
    assert (second["replayOf"], second["kind"]) == (first["_id"], "outgoing")
    assert far.requests[0].body == far.requests[1].body
    assert out.texts() == ["hi", "well"]
    refused = out.api.post("executions.replay", 400, executionId=first["_id"], exact=True)
    assert "recorded" in refused["error"]
