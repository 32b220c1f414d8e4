"""Bodies that senders really send: each is posted, or refused in words, and the log says which."""

from __future__ import annotations

import gzip
import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import sqlalchemy as sa

from engine.runtime import Engine
from tests.support import Api, Hook, script

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
ECHO = script(
    "return { content: { text: 'x' }, response: { seen: JSON.stringify(request.content) } }"
)
WRAPPING = ("rocketchat", "mattermost", "kchat", "slack")
#: What each makes of `{"text": …}`, and so what is put around it.
DIALECTS = (*WRAPPING, "googlechat")


def hook_of(api: Api, dialect: str, source: str | None = None) -> Hook:
    return api.hook(source, dialect=dialect)


def sent(hook: Hook, data: bytes | str, kind: str | None = JSON, **options: Any) -> Any:
    return hook.post(data=data, content_type=kind, **options)


def said(api: Api) -> list[str]:
    return [message["msg"] for message in api.messages()]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("data", "text"),
    [
        (rb'{"text": "disk full on \ud83d"}', "disk full on \ufffd"),
        (rb'{"text": "caf\udce9 is down"}', "caf\ufffd is down"),
        (b'{"text": "caf\xe9 is down"}', "caf\ufffd is down"),
        (b'{"text": "x", "unknown": 1e400}', "x"),
        (b'{"text": "x", "unknown": ' + b"9" * 5000 + b"}", "x"),
        (b'{"text": "x", "unknown": ' + b"[" * 101 + b"]" * 101 + b"}", "x"),
        (b'{"text": "x", "unknown": ' + b"[" * 15_000 + b"]" * 15_000 + b"}", "x"),
        (b'{"text": "a", "__proto__": {"text": "b"}, "text": "c"}', "c"),
    ],
    ids=[
        "half an emoji",
        "surrogateescape",
        "Latin-1",
        "1e400",
        "5000 digits",
        "101 levels",
        "15,000 levels",
        "twice",
    ],
)
def test_what_is_valid_is_posted(api: Api, dialect: str, data: bytes, text: str) -> None:
    """In each dialect: the grammar allows it, and the originals take it."""
    hook = hook_of(api, dialect)
    assert sent(hook, data).status_code == 200
    assert said(api) == [text]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("levels", [101, 1000, 15_000])
def test_what_cannot_be_stored_is_refused_in_words(api: Api, dialect: str, levels: int) -> None:
    """A message whose own parts are nested without end is a 400 that says so."""
    hook = hook_of(api, dialect)
    member = "cardsV2" if dialect == "googlechat" else "attachments"
    data = f'{{"text": "x", "{member}": {"[" * levels}{"]" * levels}}}'
    assert sent(hook, data).status_code == 400
    assert said(api) == []
    assert f"{member} is nested more than 100 levels" in hook.last()["summary"]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (r'{"text":"\ud83d"}', r'{"text":"\ud83d"}'),
        (
            '{"n":1e400,"big":12345678901234567890,"z":-0}',
            '{"n":null,"big":12345678901234567000,"z":0}',
        ),
        ('{"b":1,"a":2,"b":3}', '{"b":3,"a":2}'),
        ('{"__proto__":{"x":1}}', '{"__proto__":{"x":1}}'),
        ('{"a":' * 1500 + "1" + "}" * 1500, '{"a":' * 1500 + "1" + "}" * 1500),
    ],
    ids=["half an emoji", "numbers", "twice", "__proto__", "1500 levels"],
)
def test_a_script_sees_what_json_parse_makes_of_it(
    api: Api, dialect: str, content: str, seen: str
) -> None:
    """`request.content` and `JSON.parse(request.content_raw)` are the same."""
    same = "JSON.stringify(request.content) === JSON.stringify(JSON.parse(request.content_raw))"
    shown = "JSON.stringify(request.content)"
    source = f"return {{ content: {{ text: 'x' }}, response: {{ same: {same}, seen: {shown} }} }}"
    answer = sent(hook_of(api, dialect, script(source)), content).get_json()
    assert (answer["same"], answer["seen"]) == (True, seen)


def test_infinity_is_infinity_in_a_script(api: Api) -> None:
    """As `JSON.parse('1e400')`; no database holds it, and no message."""
    source = (
        "return { content: { text: String(request.content.n) + Object.is(request.body.z, -0) } }"
    )
    assert sent(api.hook(script(source)), '{"n": -1e400, "z": -0}').status_code == 200
    assert said(api) == ["-Infinitytrue"]


def test_a_depth_that_a_script_can_hold_reaches_it(api: Api) -> None:
    """A hundred thousand levels: V8 reads them, and what the script makes of them is posted."""
    count = "let d = 0; for (let c = request.content.deep; c.length; c = c[0]) d += 1;"
    hook = api.hook(script(f"{count} return {{ content: {{ text: String(d) }} }}"))
    data = '{"deep":' + "[" * 100_000 + "]" * 100_000 + "}"
    assert sent(hook, data).status_code == 200
    assert said(api) == ["99999"]


# -- byte order marks and charsets -----------------------------------------------------------


def test_rocketchat_takes_a_byte_order_mark_off(api: Api) -> None:
    """As `Request.json()` and `.text()` do: neither content nor content_raw has it."""
    data = b'\xef\xbb\xbf{"text": "Film"}'
    assert sent(api.hook(), data).status_code == 200
    source = "return { content: { text: request.content.text + request.content_raw[0] } }"
    assert sent(api.hook(script(source)), data).status_code == 200
    assert said(api) == ["Film{", "Film"]


@pytest.mark.parametrize("dialect", ["mattermost", "kchat", "slack", "googlechat"])
def test_the_others_refuse_a_byte_order_mark(api: Api, dialect: str) -> None:
    """400 there, which senders were told about; the log says where the JSON breaks off."""
    hook = hook_of(api, dialect)
    assert sent(hook, b'\xef\xbb\xbf{"text": "Film"}').status_code == 400
    assert said(api) == []
    assert "JSON" in hook.last()["summary"]
    assert "line 1, column 1" in hook.last()["summary"]


@pytest.mark.parametrize("charset", ["utf-16", "utf-32", "utf-16le"])
def test_json_is_read_as_utf_8_whatever_charset_is_named(api: Api, charset: str) -> None:
    """As `Request.json()`: another encoding is no JSON, and the log says what it looks like."""
    hook = api.hook()
    data = '{"text": "x"}'.encode(charset)
    assert sent(hook, data, f"application/json; charset={charset}").status_code == 200
    assert said(api) == []
    assert "UTF-16" in hook.last()["summary"]
    assert sent(hook, b'{"text": "y"}', f"application/json; charset={charset}").status_code == 200
    assert said(api) == ["y"]


# -- broken JSON -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "kind", "place"),
    [
        ('{"text": "x",}', JSON, "line 1, column 14"),
        ('{"text": "disk \n full"}', JSON, "line 1, column 16"),
        ('{\n  "text": NaN\n}', JSON, "line 2, column 11"),
        ("{'text': 'x'}", None, "line 1, column 2"),
        ("payload=" + quote('{"text": \n x}'), FORM, "line 2, column 2"),
        ('{"text": "x",}', FORM, "line 1, column 14"),
        ("[" * 5000, JSON, "line 1, column 5001"),
    ],
)
def test_broken_json_is_placed_in_the_log(
    api: Api, data: str, kind: str | None, place: str
) -> None:
    """200 as in Rocket.Chat, nothing posted, and never "the body is empty"; a script gets `{}` or the form."""
    hook = api.hook()
    assert sent(hook, data, kind).status_code == 200
    summary = hook.last()["summary"]
    assert (hook.last()["outcome"], "empty" in summary) == ("nothing", False)
    assert "JSON" in summary
    assert place in summary
    scripted = api.hook(script("return { content: { text: typeof request.content } }"))
    assert sent(scripted, data, kind).status_code == 200
    assert said(api) == ["object"]
    assert scripted.last()["outcome"] == "posted"
    assert place in scripted.last()["summary"]


@pytest.mark.parametrize("dialect", ["mattermost", "kchat", "slack", "googlechat", "uchat"])
def test_the_other_dialects_refuse_broken_json_at_its_place(api: Api, dialect: str) -> None:
    """400 in their words, line and column in the log."""
    hook = hook_of(api, dialect)
    assert sent(hook, '{"text":\n x}').status_code == 400
    assert "line 2, column 2" in hook.last()["summary"]


@pytest.mark.parametrize(
    ("data", "kind", "reason"),
    [
        (b"", JSON, "the body is empty"),
        (b"  \n", JSON, "the body is empty"),
        (b"{}", JSON, "the body is an empty object"),
        (b'["text"]', JSON, "the body is JSON, but no object"),
        (b'"text"', JSON, "the body is JSON, but no object"),
        (b"null", JSON, "the body is JSON, but no object"),
        (b"plain words", "text/plain", "cannot be read as JSON"),
        (b"--X\r\n", "multipart/form-data; boundary=X", "multipart bodies are not read"),
        (b'{"foo": 1}', JSON, "neither text nor attachments nor blocks"),
    ],
)
def test_a_200_that_posts_nothing_says_why(api: Api, data: bytes, kind: str, reason: str) -> None:
    """The body's own reason, whatever it is."""
    hook = api.hook()
    assert sent(hook, data, kind).get_json() == {"success": True}
    assert said(api) == []
    assert hook.last()["outcome"] == "nothing"
    assert reason in hook.last()["summary"]


# -- forms -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        '{"text":"a & b = c + 100%"}',
        ' {"text": "a & b = c + 100%"}\n',
        quote_plus('{"text":"a & b = c + 100%"}'),
        quote_plus('{"text":"a & b = c + 100%"}') + "=",
    ],
)
def test_a_form_that_is_json_is_that_json(api: Api, data: str) -> None:
    """`curl -d '{…}'` without -H, with or without a script."""
    assert sent(api.hook(), data, FORM).status_code == 200
    source = script("return { content: { text: request.content.text } }")
    assert sent(api.hook(source), data, FORM).status_code == 200
    assert said(api) == ["a & b = c + 100%"] * 2


@pytest.mark.parametrize("dialect", WRAPPING)
@pytest.mark.parametrize("encoded", [True, False])
@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ('{"text": "DISK WARNING\n/var\t91%25"}', "DISK WARNING\n/var\t91%25"),
        ('{"text": "the "mail" is down", "username": "x"}', 'the "mail" is down'),
        ('{"text": "a & b", "username": "x"}', "a & b"),
        (r'{"text": "cut \ud83d"}', "cut \ufffd"),
    ],
)
def test_a_payload_that_a_shell_script_put_together_is_repaired(
    api: Api, dialect: str, encoded: bool, payload: str, text: str
) -> None:
    """Line ends, tabs and quotes that nobody escaped, in each dialect that knows `payload=`."""
    hook = hook_of(api, dialect)
    data = "payload=" + (quote(payload) if encoded else payload)
    assert sent(hook, data, FORM).status_code == 200
    assert said(api) == [text if encoded else text.replace("%25", "%")]


def test_a_repeated_field_s_last_value_counts(api: Api) -> None:
    """In forms, in multipart bodies, and in a query that stands for a form; for scripts too."""
    assert sent(api.hook(), "text=a&text=b", FORM).status_code == 200
    source = script("return { content: { text: JSON.stringify(request.content) } }")
    assert sent(api.hook(source), "t=a&t=b&u", FORM).status_code == 200
    part = '--X\r\nContent-Disposition: form-data; name="text"\r\n\r\n{}\r\n'
    mattermost = hook_of(api, "mattermost")
    data = "".join(part.format(text) for text in "cd") + "--X--"
    assert sent(mattermost, data, "multipart/form-data; boundary=X").status_code == 200
    path = f'{mattermost.path}?payload={{"text":"e"}}&payload={{"text":"f"}}'
    assert sent(mattermost, "", FORM, path=path).status_code == 200
    assert said(api) == ["f", "d", '{"t":"b","u":""}', "b"]


@pytest.mark.parametrize(
    "field", ["attachments=title&attachments=color", "blocks=x", "attachments="]
)
def test_a_form_s_text_where_a_list_belongs_is_passed_over(api: Api, field: str) -> None:
    """As Rocket.Chat does; the text beside it is posted, and a script sees all of it."""
    assert sent(api.hook(), f"text=x&{field}", FORM).status_code == 200
    (message,) = api.messages()
    assert (message["msg"], message["attachments"]) == ("x", [])
    name, _, value = field.rpartition("&")[2].partition("=")
    source = script(f"return {{ content: {{ text: 'v' + request.content.{name} }} }}")
    assert sent(api.hook(source), f"text=x&{field}", FORM).status_code == 200
    assert said(api)[0] == f"v{value}"


# -- Mattermost's reader ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        '{"Text": "x"}',
        '{"TEXT": "x"}',
        '{"text": "y", "Text": "x"}',
        '{"text": "x"} and what follows',
        '{"text": "x"}{"text": "y"}',
    ],
)
def test_go_finds_names_without_regard_to_case_and_stops_after_the_object(
    api: Api, data: str
) -> None:
    """`encoding/json` and `Decoder.Decode`, as `IncomingWebhookRequestFromJSON` uses them."""
    assert sent(hook_of(api, "mattermost"), data).data == b"ok"
    assert said(api) == ["x"]


def test_go_finds_names_in_attachments_too(api: Api) -> None:
    """Title and value of fields are a struct's members as well."""
    data = {"Attachments": [{"Title": "t", "Fields": [{"Title": "a", "VALUE": "b"}]}]}
    assert sent(hook_of(api, "mattermost"), json.dumps(data)).data == b"ok"
    (attachment,) = api.messages()[0]["attachments"]
    assert attachment["title"] == "t"
    assert attachment["fields"][0]["value"] == "b"


@pytest.mark.parametrize("data", ['{"text": "x", "props": {"n": 1e400}}', '{"text": 1e400}'])
def test_go_refuses_a_number_beyond_a_float64_where_it_is_wanted(api: Api, data: str) -> None:
    """An UnmarshalTypeError there; a 400 here."""
    assert sent(hook_of(api, "mattermost"), data).status_code == 400
    assert said(api) == []


# -- Content-Encoding ------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "coding",
    [
        "UTF-8",
        "none",
        "binary",
        "ascii",
        "8bit",
        "iso-8859-1",
        "identity",
        "",
        "utf-8, identity",
        "json",
    ],
)
def test_what_names_no_compression_is_passed_over(api: Api, dialect: str, coding: str) -> None:
    """The originals never look at it."""
    hook = hook_of(api, dialect)
    answer = sent(hook, b'{"text": "x"}', headers={"Content-Encoding": coding})
    assert answer.status_code == 200
    assert said(api) == ["x"]


@pytest.mark.parametrize("coding", ["utf-8, gzip", "gzip, identity", "gzip,utf-8"])
def test_a_compression_beside_it_is_undone(api: Api, coding: str) -> None:
    """In the order in which it was applied."""
    data = gzip.compress(b'{"text": "x"}')
    assert sent(api.hook(), data, headers={"Content-Encoding": coding}).status_code == 200
    assert said(api) == ["x"]


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, br"])
def test_an_unknown_compression_is_a_415(api: Api, coding: str) -> None:
    """With the name of it, in the answer and the log."""
    hook = api.hook()
    answer = sent(hook, b"x", headers={"Content-Encoding": coding})
    assert answer.status_code == 415
    assert "not supported" in hook.last()["summary"]


# -- empty messages --------------------------------------------------------------------------

EMPTY: list[dict[str, Any]] = [
    {"text": ""},
    {"text": " \n\t "},
    {"text": "\u200b\u200d\ufeff"},
    {"text": "\x07\x1b"},
    {"text": "\u2800\u3164"},
    {"text": None, "attachments": []},
    {"attachments": [{}]},
    {"attachments": [{"color": "#f00", "ts": 1}]},
    {"attachments": [{"text": " ", "fields": []}]},
    {"blocks": []},
    {"blocks": [{}]},
    {"username": "x", "icon_emoji": ":x:"},
]


@pytest.mark.parametrize("content", EMPTY, ids=ascii)
def test_no_empty_message_is_posted(api: Api, content: dict[str, Any]) -> None:
    """Sent, or returned by a script: 200, `nothing`, and why."""
    scripted = script(f"return {{ content: {json.dumps(content)} }}")
    for hook in (api.hook(), api.hook(scripted)):
        assert hook.post(content).get_json() == {"success": True}
        logged = hook.last()
        assert (logged["outcome"], logged["messageCount"]) == ("nothing", 0)
        assert "neither text nor attachments nor blocks" in logged["summary"]
    assert said(api) == []


@pytest.mark.parametrize(
    "content",
    [
        {"text": "."},
        {"text": "👍🏽"},
        {"attachments": [{"image_url": "https://a.example/i.png"}]},
        {"attachments": [{"color": "#f00"}, {"fallback": "x"}]},
        {"attachments": [{"fields": [{"title": "t", "value": 0}]}]},
    ],
    ids=ascii,
)
def test_whatever_can_be_seen_is_posted(api: Api, content: dict[str, Any]) -> None:
    """A single mark is a message."""
    assert api.hook().post(content).status_code == 200
    assert len(api.messages()) == 1


def test_no_empty_message_reaches_another_system(api: Api) -> None:
    """Nor is one replayed: no delivery is made of nothing."""
    elsewhere = api.post(
        "destinations.create", type="webhook", name="Elsewhere", url="https://example.org/hook"
    )["destination"]["_id"]
    for destinations in ([elsewhere], ["rooms", elsewhere]):
        hook = api.hook(destinations=destinations)
        assert hook.post({"text": " "}).get_json() == {"success": True}
        assert hook.last()["outcome"] == "nothing"
        api.post("executions.replay", executionId=hook.last()["_id"])
        assert hook.last()["outcome"] == "nothing"
    assert api.get("deliveries.list")["total"] == 0


def test_nobody_says_nothing_in_a_room(api: Api) -> None:
    """chat.postMessage: 400, as where Rocket.Chat has nothing to return."""
    for content in EMPTY:
        body = {**content, "channel": "#general"}
        answer = api.post("chat.postMessage", 400, **body)
        assert (answer["success"], answer["error"]) == (False, "unknown-error")
    assert said(api) == []


def test_halves_of_characters_are_posted_by_the_api_too(api: Api) -> None:
    """A notifier that posts by REST cuts texts as others do."""
    answer = api.client.post(
        "/api/v1/chat.postMessage",
        data=b'\xef\xbb\xbf{"channel": "#general", "text": "cut \\ud83d"}',
        headers=api.headers,
    )
    assert answer.status_code == 200
    assert said(api) == ["cut \ufffd"]


# -- what scripts get ------------------------------------------------------------------------


def test_members_of_a_request_are_in_rocket_chat_s_order(api: Api) -> None:
    """Scripts print it whole: in a fresh sandbox, in a kept one, and in a test run."""
    source = script("return { content: { text: Object.keys(request).join() } }")
    wanted = "url,url_raw,url_params,content,content_raw,headers,body,user"
    for lifecycle in ("per-request", "kept"):
        hook = api.hook(source, lifecycle=lifecycle)
        assert hook.post({"a": 1}).status_code == 200
        assert said(api)[0] == wanted
    tried = api.post("integrations.test", integrationId=hook.id, body="{}")
    assert tried["messages"][0]["msg"] == wanted
    api.post("executions.replay", executionId=hook.last()["_id"])
    assert said(api) == [wanted] * 3


def test_an_object_without_content_is_a_warning_in_the_log(api: Api) -> None:
    """`return {}` stands in Rocket.Chat's own manual: nothing to post, and no failure."""
    hook = api.hook(script("return {}"))
    assert hook.post({}).get_json() == {"success": True}
    logged = hook.last()
    assert (logged["outcome"], logged["error"]) == ("nothing", None)
    assert "an object without content" in logged["summary"]
    assert [(line["level"], line["text"]) for line in logged["console"]] == [
        ("warn", f"Hooksmith: {logged['summary']}")
    ]


def test_a_recorded_run_of_an_odd_body_is_repeated(api: Api) -> None:
    """What the sandbox read then, it reads again."""
    hook = api.hook(ECHO)
    assert sent(hook, r'{"a": "\ud83d", "n": 1e400, "n": 2e400}').status_code == 200
    again = api.post("executions.replay", executionId=hook.last()["_id"], exact=True)
    assert again["identical"], again


# -- what a message is -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        {"blocks": [{"type": "divider"}]},
        {"blocks": [1, None, "x"]},
        {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": " ", "emoji": True}}]},
        {"attachments": [{"foo": "bar", "image_type": "png", "mrkdwn": True}]},
        {"attachments": [{"author_link": "https://example.org", "color": "red", "ts": 1}]},
        {"text": "\ufe00\U000e0100"},
    ],
)
def test_what_nothing_is_shown_of_is_no_message(api: Api, content: dict[str, Any]) -> None:
    """Of blocks and attachments that hold neither words nor pictures."""
    hook = api.hook("")
    assert hook.post(content).status_code == 200
    assert api.messages() == []
    assert hook.last()["outcome"] == "nothing"


@pytest.mark.parametrize(
    "content",
    [
        {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "shown"}}]},
        {"attachments": [{"fallback": "Deploy failed", "color": "danger"}]},
        {"attachments": [{"fields": [{"title": "Load", "value": 0, "short": True}]}]},
    ],
)
def test_what_something_is_shown_of_is_a_message(api: Api, content: dict[str, Any]) -> None:
    """Also when it is a number, or what is shown in place of the rest."""
    hook = api.hook("")
    assert hook.post(content).status_code == 200
    assert len(api.messages()) == 1


def test_a_picture_that_is_left_out_is_the_reason_why_nothing_is_posted(api: Api) -> None:
    """The log does not say that nothing was there."""
    hook = api.hook("")
    picture = "data:image/png;base64," + "A" * 70_000
    assert hook.post({"attachments": [{"image_url": picture}]}).status_code == 200
    assert api.messages() == []
    assert "left out: attachments[0].image_url" in hook.last()["summary"]


@pytest.mark.parametrize("dialect", ["mattermost", "slack"])
@pytest.mark.parametrize("returned", ["{}", "{ content: undefined }"])
def test_a_script_that_returns_no_content_is_answered_in_the_dialect(
    api: Api, dialect: str, returned: str
) -> None:
    """`ok`, and not an object of no meaning."""
    hook = api.hook(script(f"return {returned}"), dialect=dialect)
    assert hook.post({"text": "x"}).get_data(as_text=True) == "ok"


def test_mentions_are_looked_up_once_for_a_hundred_people_at_most(api: Api, engine: Engine) -> None:
    """A text with thousands of mentions must not cost a query for each."""
    hook = api.hook("", dialect="slack")
    hook.post({"text": "x"})
    asked: list[str] = []
    sa.event.listen(
        engine.database.engine,
        "before_cursor_execute",
        lambda connection, cursor, statement, *_: asked.append(statement),
    )
    people = "".join(f"<@U{n % 500}>" for n in range(2_000))
    assert hook.post({"text": people}).status_code == 200
    assert sum(one.startswith("SELECT") for one in asked) <= 100
