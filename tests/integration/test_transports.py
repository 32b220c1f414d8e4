"""Messages sent over sockets to servers that check them as the vendors do, and what their answers mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from engine import transports
from engine.transports.base import HttpTransport
from engine.transports.blocks import attachments_of_blocks
from engine.transports.message import CanonicalMessage, Result, Target, Verdict
from tests.blocks import KINDS, LINK
from tests.farsides.base import FarSide, send
from tests.farsides.cards import GoogleChatSide, TeamsSide
from tests.farsides.chats import KChatSide, MattermostSide, RocketChatSide, SlackSide
from tests.farsides.others import DiscordSide, UChatSide, WebhookSide

BLOCK_OF_LINKS = {"type": "actions", "elements": [LINK]}
MESSAGE = CanonicalMessage(
    id="delivery0123456789",
    text="*Build* failed on <https://ci.example.org/7|main>",
    sent_at=datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
    alias="CI",
    avatar="https://ci.example.org/logo.png",
    username="hooksmith",
    channel="#general",
    message_id="messageHere",
)


@dataclass
class Line:
    """A transport and the far side it leads to."""

    far: FarSide
    transport: HttpTransport
    target: Target
    verdicts: list[Verdict] = field(default_factory=list)

    def send(self, message: CanonicalMessage) -> list[Verdict]:
        """Send every request of a message; return what the answers mean."""
        made = self.transport.requests(message, self.target)
        self.verdicts = [self.transport.read(*send(request)) for request in made]
        return self.verdicts

    def deliver(self, message: CanonicalMessage) -> None:
        """Send a message that has to arrive."""
        verdicts = self.send(message)
        assert self.far.refusals == []
        assert verdicts
        assert {verdict.result for verdict in verdicts} == {Result.DELIVERED}

    def everything(self) -> str:
        """Return every text the far side got, in order."""
        return "\n".join(text for got in self.far.got for text in texts(got.json))


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from texts(member)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


#: type -> the far side, the address there, options, secrets.
_LINES: dict[str, tuple[type[FarSide], Callable[[Any], str], dict[str, Any], dict[str, Any]]] = {
    "rocketchat": (RocketChatSide, lambda far: far.base + far.hook, {}, {}),
    "mattermost": (MattermostSide, lambda far: far.base + far.hook, {}, {}),
    "kchat": (KChatSide, lambda far: far.base + far.hook, {}, {}),
    "googlechat": (GoogleChatSide, lambda far: far.url, {}, {}),
    "uchat": (
        UChatSide,
        lambda far: far.base + far.path,
        {"conversation_id": 123, "sender_id": "contact7"},
        {"api_key": UChatSide.api_key},
    ),
    "slack": (SlackSide, lambda far: far.base + far.hook, {}, {}),
    "discord": (DiscordSide, lambda far: far.base + far.path, {}, {}),
    "teams": (TeamsSide, lambda far: far.url, {}, {}),
    "webhook": (WebhookSide, lambda far: far.base + "/x", {}, {"secret": WebhookSide.secret}),
}
CHATS = [type_ for type_ in _LINES if type_ != "webhook"]


def open_line(far: FarSide, type_: str, **options: Any) -> Line:
    _, url, defaults, secrets = _LINES[type_]
    transport = transports.load(type_)
    assert isinstance(transport, HttpTransport)
    return Line(far, transport, transport.validate(url(far), {**defaults, **options}, secrets))


@pytest.fixture
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    """A line to the far side that the test is parametrised with."""
    with _LINES[request.param][0]() as far:
        yield open_line(far, request.param)


each = pytest.mark.parametrize("line", list(_LINES), indirect=True)
each_chat = pytest.mark.parametrize("line", CHATS, indirect=True)


def numbered(count: int) -> str:
    """Return words that are told apart."""
    return " ".join(f"w{number:05}" for number in range(count))


PNG_URL = "data:image/png;base64,iVBORw0KGgo="
SVG_URL = "data:image/svg+xml;ascii,<svg xmlns='http://www.w3.org/2000/svg'/>"
IN_DATA = replace(
    MESSAGE,
    avatar=PNG_URL,
    attachments=[
        {
            "text": "words",
            "title": "Title",
            "title_link": "data:text/html,x",
            "author_name": "Ada",
            "author_icon": SVG_URL,
            "thumb_url": PNG_URL,
            "image_url": "https://ci.example.org/i.png",
            "actions": [{"type": "button", "text": "Press", "url": PNG_URL}],
        }
    ],
)
#: type -> the places of addresses that it cannot take.
LEFT_OUT = {
    **dict.fromkeys(_LINES, ("avatar", ".author_icon", ".thumb_url", ".title_link", "1 more")),
    "teams": (".author_icon", ".title_link", ".actions[0].url"),
    "rocketchat": (),
    "webhook": (),
}


@pytest.mark.parametrize("type_", list(_LINES))
def test_data_addresses_arrive_where_they_are_taken_and_are_told_elsewhere(type_: str) -> None:
    """No system gets what it refuses, no word is lost, and the record names what is left out."""
    with _LINES[type_][0]() as far:
        line = open_line(far, type_)
        line.deliver(IN_DATA)
        everything = line.everything()
        for words in ("words", "Title", "Ada", "Press"):
            assert words in everything
        told = line.transport.left_out(IN_DATA)
        if not LEFT_OUT[type_]:
            assert told == ""
            assert {PNG_URL, SVG_URL, "data:text/html,x"} <= set(everything.split("\n"))
            return
        assert all(place in told for place in LEFT_OUT[type_])
        assert "data:text" not in everything
        assert SVG_URL not in everything
        assert (PNG_URL in everything) is (type_ == "teams")


@pytest.mark.parametrize("type_", ["teams", "rocketchat"])
def test_a_picture_alone_that_is_in_the_message_arrives(type_: str) -> None:
    """An attachment that is nothing else, too."""
    with _LINES[type_][0]() as far:
        line = open_line(far, type_)
        line.deliver(replace(MESSAGE, text="", attachments=[{"image_url": PNG_URL}]))
        assert PNG_URL in line.everything()
        assert line.transport.left_out(replace(MESSAGE, avatar=PNG_URL)) == ""


def test_teams_gets_no_picture_that_would_fill_its_card() -> None:
    """A message there has 28 KB."""
    large = "data:image/png;base64," + "iVBORw0KGgo" * 2_000
    message = replace(MESSAGE, attachments=[{"text": "words", "image_url": large}])
    with _LINES["teams"][0]() as far:
        line = open_line(far, "teams")
        line.deliver(message)
        assert "base64" not in line.everything()
        assert "attachments[0].image_url" in line.transport.left_out(message)


# -- what arrives --------------------------------------------------------------------------------


@each
def test_a_message_arrives(line: Line) -> None:
    """Text, name and link are taken by the far side as the vendor describes them."""
    line.deliver(MESSAGE)
    everything = line.everything()
    for word in ("Build", "failed on", "main", "https://ci.example.org/7"):
        assert word in everything


@each
@pytest.mark.parametrize("count", [715, 5_715], ids=["5000 characters", "40 000 characters"])
def test_long_texts_lose_no_word(line: Line, count: int) -> None:
    """They arrive in as many messages as the vendor's limit takes, in order."""
    text = numbered(count)
    line.deliver(replace(MESSAGE, text=text))
    assert re.findall(r"w\d{5}", line.far.shown()) == text.split()


@each
def test_blocks_arrive_as_words_and_addresses(line: Line) -> None:
    """Of every kind, also where there are no buttons and no pictures."""
    for block, words in KINDS.values():
        attachments = attachments_of_blocks([block])
        assert attachments
        line.deliver(replace(MESSAGE, text="", attachments=attachments))
        everything = line.everything()
        for word in words:
            assert word in everything
        line.far.got.clear()
    line.deliver(replace(MESSAGE, text="", attachments=attachments_of_blocks([BLOCK_OF_LINKS])))
    assert "https://ci.example/7" in line.everything()


@each_chat
@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        "\N{GRINNING FACE}" * 3_000,
        "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}" * 1_500,
        "&<>" * 3_000,
        "汉字" * 4_000,
    ],
    ids=["word", "emoji", "families", "escapes", "chinese"],
)
def test_one_endless_word_is_cut_within_the_limit(line: Line, text: str) -> None:
    """No character is lost, and none is torn from what belongs to it."""
    line.deliver(replace(MESSAGE, text=text, alias="", username=""))
    shown = line.far.shown()
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("\\", ""), ("\n", "")):
        shown = shown.replace(entity, char)
    assert shown.replace("\N{ZERO WIDTH SPACE}", "") == text
    if text.startswith("\N{MAN}"):
        for piece in (text for got in line.far.got for text in texts(got.json)):
            assert not piece.startswith("\N{ZERO WIDTH JOINER}")
            assert not piece.endswith("\N{ZERO WIDTH JOINER}")


@pytest.mark.parametrize(
    "line", ["rocketchat", "mattermost", "kchat", "slack", "discord", "googlechat"], indirect=True
)
def test_every_part_of_a_long_code_block_is_code(line: Line) -> None:
    """The fence is closed at the end of a message and opened again in the next."""
    code = "\n".join(f"line{number:04} = compute({number})" for number in range(900))
    line.deliver(replace(MESSAGE, text=f"```python\n{code}\n```"))
    bodies = [got.json["text" if "text" in got.json else "content"] for got in line.far.got]
    assert len(bodies) > 1
    assert all(body.count("```") == 2 and body.rstrip().endswith("```") for body in bodies)
    assert re.findall(r"line\d{4}", "\n".join(bodies)) == [f"line{n:04}" for n in range(900)]


EVERYTHING = {
    "color": "#f80",
    "pretext": "thePretext",
    "author_name": "theAuthor",
    "author_link": "https://example.org/author",
    "author_icon": "https://example.org/author.png",
    "title": "theTitle",
    "title_link": "https://example.org/title",
    "text": "theText with *bold*",
    "fields": [
        {"title": "theField", "value": "theValue", "short": True},
        {"title": "theNumber", "value": 42},
    ],
    "image_url": "https://example.org/image.png",
    "thumb_url": "https://example.org/thumb.png",
    "audio_url": "https://example.org/audio.ogg",
    "video_url": "https://example.org/video.mp4",
    "actions": [
        {"type": "button", "text": "theButton", "url": "https://example.org/button"},
        {"type": "button", "text": "theAnswer", "msg": "theMsg", "msg_in_chat_window": True},
    ],
    "footer": "theFooter",
    "ts": "2026-03-01T12:00:00Z",
}


@each
@pytest.mark.parametrize("text", ["theMessage", ""], ids=["with text", "without text"])
def test_every_feature_of_an_attachment_arrives(line: Line, text: str) -> None:
    """Whatever a system cannot show as such arrives as words and links."""
    line.deliver(replace(MESSAGE, text=text, attachments=[EVERYTHING]))
    everything = line.everything()
    for feature in [
        "Pretext",
        "Author",
        "Title",
        "Text",
        "Field",
        "Value",
        "Number",
        "Button",
        "Answer",
        "Msg",
        "Footer",
    ]:
        assert f"the{feature}" in everything, feature
    for path in ["title", "image.png", "audio.ogg", "video.mp4", "button"]:
        assert f"https://example.org/{path}" in everything, path
    assert ("42" in everything) or line.transport.type in ("rocketchat", "webhook")


@each_chat
def test_attachments_that_are_long_and_many_lose_nothing(line: Line) -> None:
    """Forty attachments with long texts and fields arrive, in more messages where it takes them."""
    attachments = [
        {
            "title": f"title{index:02}",
            "text": " ".join(f"t{index:02}x{number:04}" for number in range(400)),
            "fields": [
                {"title": f"f{index:02}y{number:02}", "value": f"v{index:02}z{number:02} " * 30}
                for number in range(40)
            ],
        }
        for index in range(40)
    ]
    line.deliver(replace(MESSAGE, attachments=attachments))
    everything = line.everything()
    for pattern, count in (
        (r"title\d\d", 40),
        (r"t\d\dx\d{4}", 40 * 400),
        (r"f\d\dy\d\d", 40 * 40),
        (r"v\d\dz\d\d", 40 * 40),
    ):
        assert len(set(re.findall(pattern, everything))) == count, pattern


@each_chat
def test_a_single_huge_attachment_loses_nothing(line: Line) -> None:
    """Its title, text, field and footer are each longer than the vendor takes."""
    parts = {name: " ".join(f"{name}{n:04}" for n in range(500)) for name in "abcdef"}
    attachment = {
        "title": parts["a"],
        "text": parts["b"] * 3,
        "fields": [{"title": parts["c"], "value": parts["d"]}],
        "author_name": parts["e"],
        "footer": parts["f"],
    }
    line.deliver(replace(MESSAGE, attachments=[attachment]))
    everything = line.everything()
    for name in "abcdef":
        assert len(set(re.findall(rf"{name}\d{{4}}", everything))) == 500, name


@each_chat
@pytest.mark.parametrize(
    "attachments", [[], [{}], [{"color": "red"}], [{"text": "\u200b", "image_url": "\u3164"}]]
)
def test_nothing_to_show_is_not_sent(line: Line, attachments: list[dict[str, Any]]) -> None:
    """An empty message, or one of which nothing is left, makes no request."""
    assert line.send(replace(MESSAGE, text=" ", attachments=attachments)) == []


@each_chat
def test_only_a_fallback_is_text(line: Line) -> None:
    """An attachment with nothing but its fallback shows that."""
    line.deliver(replace(MESSAGE, text="", attachments=[{"fallback": "theFallback"}]))
    assert "theFallback" in line.everything()


HOSTILE = (
    "<script>alert(1)</script> <!channel> <!here|x> <@U012ABC> <users/all> @all @here @channel "
    "@everyone [x](javascript:alert(1)) <javascript:alert(1)|y> ![z](data:text/html,1) "
    "<https://evil.example.org|bank.example.org> \r\nHeader: x \x00 \u202e &lt;b&gt; ||s|| "
    "`<!channel>` _@all_ (@here)"
)


@each
def test_hostile_text_is_text(line: Line) -> None:
    """It calls nobody, runs nothing and ends no header."""
    line.deliver(
        replace(
            MESSAGE,
            text=HOSTILE,
            alias="evil\r\nX-Header: 1",
            emoji=":\r\n:",
            avatar="javascript:alert(1)",
            thread_key="x\r\ny",
            attachments=[
                {
                    "title": HOSTILE,
                    "title_link": "javascript:alert(1)",
                    "text": HOSTILE,
                    "author_name": HOSTILE,
                    "author_link": "data:text/html,1",
                    "image_url": "file:///etc/passwd",
                    "thumb_url": "//example.org/x.png",
                    "color": "red;background:url(x)",
                    "fields": [{"title": HOSTILE, "value": HOSTILE}],
                    "actions": [{"text": HOSTILE, "url": "javascript:alert(1)"}],
                    "footer": HOSTILE,
                }
            ],
        )
    )
    if line.transport.type == "webhook":
        return  # it hands on what was posted, as data
    everything = line.everything()
    type_ = line.transport.type
    if type_ == "slack":
        assert not re.search(r"<[!@]", everything)
    if type_ == "googlechat":
        # Titles on cards are plain text, and the far side has checked the rest.
        assert all(not re.search(r"<users/", got.json.get("text", "")) for got in line.far.got)
    if type_ in ("mattermost", "kchat"):
        outside_code = everything.replace("`<!channel>`", "")
        assert not re.search(r"@(?:all|here|channel|everyone)(?![^\W_])|<[!@]", outside_code)
    if type_ == "rocketchat":
        assert all(
            not re.search(r"@(?:all|here)(?![^\W_])", got.json["text"]) for got in line.far.got
        )
    if type_ == "discord":
        for got in line.far.got:
            assert got.json["allowed_mentions"] == {"parse": [], "users": []}
    addresses = [text for text in everything.split() if text.startswith("javascript:")]
    assert all(not got.headers.get("x-header") for got in line.far.got)
    assert addresses == []


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("rocketchat", "@all @here ada"),
        ("mattermost", "@all @here ada"),
        ("slack", "<!channel> <!here> <@U7>"),
        ("googlechat", "<users/all> <users/all> <users/7>"),
        ("discord", "@everyone @here <@7>"),
    ],
)
def test_mentions_work_where_they_are_allowed(type_: str, expected: str) -> None:
    """Everybody by a switch, people by their ids there."""
    person = "@ada" if "<" in expected.replace("<!", "") or "<@" in expected else "ada"
    people = {"people": {"ada": "U7" if type_ == "slack" else "7"}}
    has_people = type_ in ("slack", "googlechat", "discord")
    with _LINES[type_][0]() as far:
        line = open_line(far, type_, mention_everyone=True, **(people if has_people else {}))
        line.deliver(replace(MESSAGE, text=f"@all @here {person}"))
        assert expected in line.everything()
        if type_ == "discord":
            allowed = {"parse": ["everyone"], "users": ["7"]}
            assert far.got[0].json["allowed_mentions"] == allowed


# -- threads -------------------------------------------------------------------------------------


def test_google_chat_keeps_a_thread_together() -> None:
    """The first message has the key that its answers bring, and so do the parts of a long one."""
    with GoogleChatSide() as far:
        line = open_line(far, "googlechat")
        line.deliver(MESSAGE)
        line.deliver(replace(MESSAGE, id="another", text=numbered(1000), thread_key="messageHere"))
        assert {got.json["thread"]["threadKey"] for got in far.got} == {"messageHere"}
        assert len(far.got) == 3


def test_google_chat_is_asked_again_without_doubling() -> None:
    """The request's id is the delivery's, so a retry gets the message that is there."""
    with GoogleChatSide() as far:
        line = open_line(far, "googlechat")
        line.deliver(MESSAGE)
        first = line.verdicts[0].message_id
        line.deliver(MESSAGE)
        assert line.verdicts[0].message_id == first == "spaces/AAAAxyz/messages/M0"


def test_threads_elsewhere() -> None:
    """A thread's id goes to a system when it can be one of its own."""
    with SlackSide() as far:
        line = open_line(far, "slack")
        line.deliver(replace(MESSAGE, thread_key="1700000000.123456"))
        line.deliver(replace(MESSAGE, thread_key="aRocketChatId"))
        assert [got.json.get("thread_ts") for got in far.got] == ["1700000000.123456", None]
    with DiscordSide() as far:
        line = open_line(far, "discord", thread_id="1" * 18)
        line.deliver(replace(MESSAGE, thread_key="2" * 18))
        line.deliver(replace(MESSAGE, thread_key="aRocketChatId"))
        assert [got.query["thread_id"] for got in far.got] == ["2" * 18, "1" * 18]
    with RocketChatSide() as far:
        open_line(far, "rocketchat").deliver(replace(MESSAGE, thread_key="theirs"))
        open_line(far, "rocketchat", threads=True).deliver(replace(MESSAGE, thread_key="theirs"))
        assert [got.json.get("tmid") for got in far.got] == [None, "theirs"]
    with UChatSide() as far:
        line = open_line(far, "uchat")
        for key in ("4711", "aRocketChatId", "9" * 30, None):
            line.deliver(replace(MESSAGE, thread_key=key))
        assert [got.json["conversation_id"] for got in far.got] == [4711, 123, 123, 123]


def test_mattermost_s_hooks_know_no_threads() -> None:
    """An answer is a post of its own there: what is sent names no root."""
    with MattermostSide() as far:
        line = open_line(far, "mattermost")
        line.deliver(MESSAGE)
        line.deliver(replace(MESSAGE, thread_key="aRocketChatId"))
        assert far.got[0].json == far.got[1].json


# -- each system's own ---------------------------------------------------------------------------


def test_rocket_chat_by_its_rest_api() -> None:
    """The token is in the headers, the room in the body, and the answer names the message."""
    with RocketChatSide() as far:
        transport = transports.load("rocketchat")
        assert isinstance(transport, HttpTransport)
        options = {"api": "rest", "channel": "#ops", "user_id": far.user_id}
        target = transport.validate(f"{far.base}/", options, {"token": far.token})
        line = Line(far, transport, target)
        line.deliver(MESSAGE)
        assert line.verdicts[0].message_id == "message0"
        assert far.token not in repr(target)


def test_a_thread_by_the_rest_api_is_named_with_its_room() -> None:
    """Newer servers take `tmid` with `roomId` alone; older ones look a name up there as well."""
    with RocketChatSide() as far:
        transport = transports.load("rocketchat")
        assert isinstance(transport, HttpTransport)
        secrets = {"token": far.token}
        for room in ("#ops", "@ada", "GENERAL"):
            options = {"api": "rest", "channel": room, "user_id": far.user_id, "threads": True}
            target = transport.validate(far.base, options, secrets)
            line = Line(far, transport, target)
            line.deliver(replace(MESSAGE, thread_key="theirs", text=numbered(1_000)))
            line.deliver(MESSAGE)
            threaded, again, alone = (got.json for got in far.got[-3:])
            assert {(one["roomId"], one["tmid"]) for one in (threaded, again)} == {(room, "theirs")}
            assert (alone["channel"], alone.keys() & {"roomId", "tmid"}) == (room, set())


def test_rocket_chat_gets_its_own_markup_untouched() -> None:
    """What it will parse itself is not parsed here."""
    text = "*a* _b_ ~c~ [d](https://example.org) | e |\n\n\n* f   g\n@ada `@all"
    with RocketChatSide() as far:
        open_line(far, "rocketchat", mention_everyone=True).deliver(replace(MESSAGE, text=text))
        assert far.got[0].json["text"] == text


def test_uchat_sends_media_as_events_of_their_own() -> None:
    """Text first, then each picture, recording and file."""
    attachment = {**EVERYTHING, "title_link_download": True}
    with UChatSide() as far:
        open_line(far, "uchat").deliver(replace(MESSAGE, attachments=[attachment]))
        media = [got.json["attachments"][0] for got in far.got if "attachments" in got.json]
        assert [medium["file_type"] for medium in media] == [
            *("image", "image", "audio", "video", "file")
        ]
        assert far.got[0].json["content"].startswith("Build failed on main (https://ci")
        assert "theAnswer: theMsg" in far.got[0].json["content"]
        assert far.got[0].json["sender"]["name"] == "CI"


def test_uchat_presses_buttons_only_when_told() -> None:
    """A button that says something becomes a postback where the destination is set so."""
    with UChatSide() as far:
        line = open_line(far, "uchat", buttons="postback")
        line.deliver(replace(MESSAGE, text="", attachments=[EVERYTHING]))
        pressed = [got.json for got in far.got if got.json["event"] == "message_postback"]
        assert [one["submitted_values"] for one in pressed] == [
            [{"title": "theAnswer", "payload": "theMsg"}]
        ]


def test_webhooks_are_signed_with_every_secret() -> None:
    """While secrets change, a receiver that knows either of them accepts the message."""
    other = "whsec_" + "A" * 43 + "="
    with WebhookSide() as far:
        transport = transports.load("webhook")
        assert isinstance(transport, HttpTransport)
        headers = {"Authorization": "Bearer x", "X-Team": "ops"}
        secrets = {"secret": f"{other} {far.secret}", "headers": headers}
        line = Line(far, transport, transport.validate(far.base, {}, secrets))
        line.deliver(replace(MESSAGE, attachments=[EVERYTHING], thread_key="t"))
        [got] = far.got
        assert got.headers["webhook-id"] == MESSAGE.id
        assert got.headers["authorization"] == "Bearer x"
        assert got.json["data"]["attachments"] == [EVERYTHING]
        assert got.json["data"]["plainText"] == "Build failed on main (https://ci.example.org/7)"
        assert "Bearer" not in repr(line.transport.requests(MESSAGE, line.target))


# -- what answers mean ---------------------------------------------------------------------------

_DELIVERED, _RETRY, _PERMANENT = Result.DELIVERED, Result.RETRY, Result.PERMANENT


@pytest.mark.parametrize(
    ("type_", "failure", "result", "after_s", "said"),
    [
        ("rocketchat", "429", _RETRY, 42, "too many requests"),
        ("rocketchat", "unknown", _PERMANENT, None, "Invalid integration id or token"),
        ("rocketchat", "unknown-now", _PERMANENT, None, "Invalid integration id or token"),
        ("rocketchat", "logged-out", _PERMANENT, None, "You must be logged in"),
        ("rocketchat", "disabled", _PERMANENT, None, "switched off"),
        ("rocketchat", "impersonate", _PERMANENT, None, "message-impersonate"),
        ("rocketchat", "proxy-503", _RETRY, None, "HTTP 503 Service Unavailable"),
        ("rocketchat", "login-page", _PERMANENT, None, "not Rocket.Chat's"),
        ("rocketchat", "says-no", _PERMANENT, None, "the script says no"),
        ("rocketchat", "method-limit", _RETRY, 9, "too many requests"),
        ("mattermost", "error-in-200", _PERMANENT, None, "no such hook"),
        ("mattermost", "unknown", _PERMANENT, None, "Invalid webhook."),
        ("mattermost", "wrapped", _PERMANENT, None, "Couldn't find the channel."),
        ("mattermost", "off", _PERMANENT, None, "disabled by the system admin"),
        ("mattermost", "429", _RETRY, 7, "429"),
        ("mattermost", "500", _RETRY, None, "Unable to create the post."),
        ("mattermost", "login-page", _PERMANENT, None, "no answer of Mattermost's"),
        ("slack", "429", _RETRY, 30, "rate_limited"),
        ("slack", "no_service", _PERMANENT, None, "no_service"),
        ("slack", "archived", _PERMANENT, None, "channel_is_archived"),
        ("slack", "prohibited", _PERMANENT, None, "action_prohibited"),
        ("slack", "rollup", _RETRY, None, "rollup_error"),
        ("slack", "not-ok", _PERMANENT, None, "invalid_blocks"),
        ("slack", "internal", _RETRY, None, "internal_error"),
        ("slack", "fatal", _RETRY, None, "fatal_error"),
        ("slack", "limited", _RETRY, 3, "ratelimited"),
        ("googlechat", "429", _RETRY, None, "Quota exceeded"),
        ("googlechat", "429-delay", _RETRY, 12.5, "Quota exceeded"),
        ("googlechat", "403", _PERMANENT, None, "does not have permission"),
        ("googlechat", "404", _PERMANENT, None, "Space not found"),
        ("googlechat", "409", _RETRY, None, "aborted"),
        ("googlechat", "409-exists", _PERMANENT, None, "Requested entity exists"),
        ("googlechat", "409-proxy", _RETRY, None, "HTTP 409"),
        ("googlechat", "499", _RETRY, None, "cancelled"),
        ("googlechat", "504", _RETRY, None, "Deadline expired"),
        ("googlechat", "503", _RETRY, None, "currently unavailable"),
        ("uchat", "401", _PERMANENT, None, "Unauthenticated."),
        ("uchat", "429", _RETRY, 60, "Too Many Attempts."),
        ("uchat", "error", _PERMANENT, None, "flow is not active"),
        ("uchat", "login-page", _PERMANENT, None, "no answer of UChat's"),
        ("uchat", "500", _RETRY, None, "HTTP 500"),
        ("discord", "429", _RETRY, 0.65, "rate limited"),
        ("discord", "last", _DELIVERED, 1.5, "delivered"),
        ("discord", "gone", _PERMANENT, None, "Unknown Webhook"),
        ("discord", "token", _PERMANENT, None, "Invalid Webhook Token"),
        ("discord", "form", _PERMANENT, None, "embeds"),
        ("discord", "overloaded", _RETRY, None, "overloaded"),
        ("discord", "slowmode", _RETRY, None, "hit the limit"),
        ("discord", "502", _RETRY, None, "HTTP 502"),
        ("teams", "413-inside", _PERMANENT, None, "HTTP error 413"),
        ("teams", "429-inside", _RETRY, None, "HTTP error 429"),
        ("teams", "login-page", _PERMANENT, None, "no answer of Teams'"),
        ("teams", "one", _DELIVERED, None, "delivered"),
        ("teams", "502-inside", _RETRY, None, "HTTP error 502"),
        ("teams", "no-text", _PERMANENT, None, "Summary or Text is required."),
        ("teams", "bad-payload", _PERMANENT, None, "Bad payload"),
        ("teams", "as-json", _PERMANENT, None, "Empty Payload"),
        ("teams", "wrapped", _DELIVERED, None, "delivered"),
        ("teams", "wrapped-failure", _PERMANENT, None, "no"),
        ("teams", "own-words", _DELIVERED, None, "accepted"),
        ("teams", "412", _RETRY, None, "HTTP 412"),
        ("teams", "502", _RETRY, None, "HTTP 502"),
        ("teams", "429", _RETRY, 15, "HTTP 429"),
        ("teams", "off", _PERMANENT, None, "The trigger is off."),
        ("webhook", "410", _PERMANENT, None, "HTTP 410 Gone"),
        ("webhook", "429", _RETRY, 120, "HTTP 429"),
        ("webhook", "503-date", _RETRY, 120, "HTTP 503"),
        ("webhook", "302", _PERMANENT, None, "elsewhere.example.org"),
        ("webhook", "204", _DELIVERED, None, "delivered"),
        ("webhook", "400", _PERMANENT, None, "no such thing …"),
    ],
)
def test_answers(
    type_: str, failure: str, result: Result, after_s: float | None, said: str
) -> None:
    """Each way of failing is told apart, with the time to wait and a reason on one line."""
    with _LINES[type_][0]() as far:
        line = open_line(far, type_)
        far.fail(failure)
        [verdict] = line.send(MESSAGE)
        assert verdict.result is result
        # A clock of whole seconds is in between.
        assert verdict.after_s == (None if after_s is None else pytest.approx(after_s, abs=1.1))
        assert said in verdict.reason
        assert "\n" not in verdict.reason
        assert verdict.gone == (failure in ("410", "gone", "no_service", "archived"))
        # And then all is well again.
        line.deliver(MESSAGE)


def test_far_sides_tell_what_they_called_the_message() -> None:
    """kChat, Google Chat and Discord answer with an id, which the delivery can keep."""
    for type_, expected in (("kchat", "post0"), ("discord", "100000000000000000")):
        with _LINES[type_][0]() as far:
            line = open_line(far, type_)
            line.deliver(MESSAGE)
            assert line.verdicts[0].message_id == expected
