"""
What is answered and sent in Mattermost's form fits the types of its web application, `@mattermost/types`.

Real answers of the application become a module in TypeScript, a constant a line, and the compiler
tells which of them does not fit. For requests the package has no types of their own: their members
are held against those of what they become.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine import transports
from engine.importing import mattermost as importing
from engine.transports.base import HttpTransport
from engine.transports.message import CanonicalMessage
from tests.differential.comparison import Difference, report, type_errors
from tests.internet import Internet
from tests.outgoing import Outgoing, in_turn, payload, reply
from tests.support import Api, Hook

PACKAGES = ("npm:@mattermost/types", "npm:typescript")
PATHS = {"@mattermost/types/*": "@mattermost/types/lib/*"}
IMPORTS = """\
import type {Channel} from '@mattermost/types/channels';
import type {ServerError} from '@mattermost/types/errors';
import type {CommandResponse, IncomingWebhook, IncomingWebhooksWithCount, OutgoingWebhook} from '@mattermost/types/integrations';
import type {MessageAttachment} from '@mattermost/types/message_attachments';
import type {Post, PostPriorityMetadata} from '@mattermost/types/posts';
import type {Team} from '@mattermost/types/teams';
import type {UserProfile} from '@mattermost/types/users';

type Whole = {[K in keyof Post as {} extends Pick<Post, K> ? never : K]: Post[K]};
// The client names `id` anew: it is server_error_id in what it throws.
type Refusal = Required<Pick<ServerError, 'message' | 'detailed_error' | 'status_code'>> & {id: NonNullable<ServerError['server_error_id']>; request_id: string};
type Shown = Partial<Pick<CommandResponse, 'text' | 'username' | 'icon_url' | 'attachments'>>;
type Request = Shown & {icon_emoji?: string; channel?: Channel['name']; type?: string; priority?: PostPriorityMetadata};
type Told = {token: OutgoingWebhook['token']; team_id: Team['id']; team_domain: Team['name']; channel_id: Channel['id']; channel_name: Channel['name']; timestamp: Post['create_at']; user_id: UserProfile['id']; user_name: UserProfile['username']; post_id: Post['id']; text: Post['message']; trigger_word: OutgoingWebhook['trigger_words'][number]; file_ids: string};
"""


@dataclass
class Module:
    """A module in TypeScript, a constant a line."""

    lines: list[str] = field(default_factory=lambda: IMPORTS.splitlines())
    #: Line -> what stands there.
    named: dict[int, str] = field(default_factory=dict)

    def add(self, name: str, kind: str, value: Any) -> None:
        """Say that a value is of a type."""
        self.lines.append(f"export const c{len(self.lines)}: {kind} = {json.dumps(value)};")
        self.named[len(self.lines)] = name

    def wrong(self, folder: Path) -> list[tuple[str, str]]:
        """Return the names of what does not fit, and why."""
        errors = type_errors("\n".join(self.lines), folder, PATHS)
        return [(self.named.get(line, "the module"), why) for line, why in errors]


def made(api: Api, dialect: str, **members: Any) -> Hook:
    hook = api.hook(dialect=dialect, name=f"Test {dialect}", **members)
    hook.path = f"/hooks/{hook.token}"
    return hook


def refusals(api: Api) -> Iterable[tuple[str, Any]]:
    """Return every way to be refused, and the answer."""
    api.post("channels.create", name="locked", readOnly=True)
    for dialect in ("mattermost", "kchat"):
        hook = made(api, dialect)
        locked = made(api, dialect, channelLocked=True)
        bodies: Mapping[str, Any] = {
            "no text": {},
            "blank text": {"text": "  "},
            "a number as text": {"text": 7},
            "no list of attachments": {"text": "x", "attachments": {"a": 1}},
            "no channel": {"text": "x", "channel": "nowhere"},
            "no user": {"text": "x", "channel": "@nobody"},
            "a wrong type": {"text": "x", "type": "system_x"},
            "too long": {"text": "x" * 300_000},
            "a thread that is none": {"text": "x", "root_id": "x" * 26},
        }
        for name, body in bodies.items():
            yield f"{dialect}: {name}", hook.post(body)
        raw = {"data": "{", "content_type": "application/json"}
        yield f"{dialect}: no JSON", api.client.post(hook.path, **raw)
        form = {"data": "text=x", "content_type": "application/x-www-form-urlencoded"}
        yield f"{dialect}: no payload", api.client.post(hook.path, **form)
        large = {
            "data": b'{"text":"' + b"x" * (2 << 20) + b'"}',
            "content_type": "application/json",
        }
        yield f"{dialect}: too large", api.client.post(hook.path, **large)
        yield f"{dialect}: locked", locked.post({"text": "x", "channel": "locked"})
        yield f"{dialect}: unknown", api.client.post(f"/hooks/{'x' * 26}", json={"text": "x"})
        failing = made(api, dialect)
        api.post("integrations.update", integrationId=failing.id, enabled=False)
        yield f"{dialect}: disabled", failing.post({"text": "x"})


def test_refusals_are_errors_of_the_client(api: Api, tmp_path: Path) -> None:
    """With every member that it reads, and none that is not there."""
    module = Module()
    for name, answer in refusals(api):
        if answer.status_code >= 400:
            module.add(name, "Refusal", answer.get_json())
    assert len(module.named) >= 24
    assert module.wrong(tmp_path) == []
    report(
        "mattermost-errors",
        packages=PACKAGES,
        checked="errors of Mattermost's and kChat's incoming webhooks",
        total=len(module.named),
    )


# -- posts ---------------------------------------------------------------------------------------

_MANUAL = "kChat's manual shows its answer so, and whoever reads it follows the manual."
#: Members of kChat's answer that differ from the type `Post`, and why.
_OF_KCHAT: Mapping[str, str] = {
    "file_ids": _MANUAL,
    "has_reactions": _MANUAL,
    "hashtags": _MANUAL,
    "metadata": _MANUAL,
    "pending_post_id": _MANUAL,
    "remote_id": _MANUAL,
    "type": "The type lists Mattermost's own kinds; the server takes any that begins with custom_.",
}


def messages(count: int) -> list[CanonicalMessage]:
    """Return messages of which some have every member, some odd ones, and some hardly any."""
    rnd = random.Random("messages")
    words = (
        "Build",
        "*failed*",
        "`x < y`",
        "ü€😀",
        "@all",
        "<!here>",
        "\n- a\n- b",
        "",
        "<b>",
        "&amp;",
    )
    url = "https://e.org/a?b=1&c=2"

    def text() -> str:
        return " ".join(rnd.choice(words) for _ in range(rnd.randrange(5)))

    def attachment() -> dict[str, Any]:
        fields = [
            {"title": text(), "value": rnd.choice([text(), 7, 1.5, True, None]), "short": True}
            for _ in range(rnd.randrange(3))
        ]
        actions = [{"type": "button", "text": text(), rnd.choice(["url", "msg"]): url}]
        whole = {
            **{name: text() for name in ("pretext", "author_name", "title", "text", "fallback")},
            **{name: url for name in ("author_link", "author_icon", "title_link", "image_url")},
            **{"thumb_url": url, "audio_url": url, "fields": fields, "actions": actions},
            **{
                "footer": text(),
                "footer_icon": url,
                "ts": rnd.choice([1_700_000_000, "2026-03-01"]),
            },
            "color": rnd.choice(["#abcdef", "danger", "red", "#12", ""]),
        }
        return {name: value for name, value in whole.items() if rnd.random() < 0.6}

    return [
        CanonicalMessage(
            f"d{number}",
            f"w{number} {text()}",
            datetime(2026, 3, 1, tzinfo=UTC),
            alias=text(),
            avatar=rnd.choice(["", url]),
            emoji=rnd.choice(["", ":bell:", "rocket"]),
            attachments=[attachment() for _ in range(rnd.randrange(4))],
        )
        for number in range(count)
    ]


def test_kchats_answer_is_a_post(api: Api, tmp_path: Path) -> None:
    """But for what its manual has otherwise, member by member."""
    hook, module = made(api, "kchat"), Module()
    given = messages(40)
    for number, message in enumerate(given):
        body = {
            "text": message.text,
            "username": message.alias,
            "icon_url": message.avatar,
            "attachments": message.attachments,
            "type": "custom_build" if number % 4 == 0 else "",
        }
        post = hook.post(body).get_json()
        module.add("is whole", "Record<keyof Whole, unknown> & Record<string, unknown>", post)
        for member, value in post.items():
            module.add(member, f"Post[{json.dumps(member)}]", value)
    met = Counter(name for name, _ in module.wrong(tmp_path))
    assert set(met) == set(_OF_KCHAT)
    report(
        "mattermost-kchat",
        packages=PACKAGES,
        checked="posts that kChat's incoming webhook answers",
        total=len(given),
        differences=[Difference(f"`{name}`", met[name], why) for name, why in _OF_KCHAT.items()],
    )


# -- calls ---------------------------------------------------------------------------------------


def test_calls_tell_what_mattermosts_types_have(
    api: Api, internet: Internet, tmp_path: Path
) -> None:
    """As JSON; a form holds the same as texts."""
    far, module = internet.serve(in_turn(reply({}))), Module()
    out = Outgoing(api)
    for dialect, word in (("mattermost", "build"), ("kchat", "deploy")):
        out.create(far, dialect=dialect, contentType="application/json", triggerWords=[word])
    for text in ("{}", "{} ü €\n<b> & `x`", "{} " + "x" * 4000):
        out.say(text.format("build"))
        out.say(text.format("deploy"))
    for made_here in out.ids:
        out.executions(made_here, 3)
    for seen in far.requests:
        module.add("call", "Told", payload(seen))
    assert len(module.named) == 6
    assert module.wrong(tmp_path) == []
    report(
        "mattermost-calls",
        packages=PACKAGES,
        checked="calls of outgoing integrations in Mattermost's and kChat's form",
        total=len(module.named),
    )


# -- what is sent there --------------------------------------------------------------------------


def test_what_is_sent_fits_what_becomes_of_it(tmp_path: Path) -> None:
    """Text, name and attachments; the time of an attachment is told in words."""
    module = Module()
    for type_ in ("mattermost", "kchat"):
        transport = transports.load(type_)
        assert isinstance(transport, HttpTransport)
        for options in ({}, {"channel": "town-square", "max_chars": 1000}):
            target = transport.validate("https://e.org/hooks/abc123", options, {})
            for message in messages(150):
                for request in transport.requests(message, target):
                    module.add("request", "Request", json.loads(request.body))
    wrong = module.wrong(tmp_path)
    untyped = [why for _, why in wrong if "'ts' does not exist" in why.replace('"', "")]
    assert [why for _, why in wrong if why not in untyped] == []
    why = "The server reads it, though its web application has no type for it and does not show it."
    report(
        "mattermost-sent",
        packages=PACKAGES,
        checked="requests that destinations of Mattermost and kChat get",
        total=len(module.named),
        differences=[Difference("`ts` of an attachment", len(untyped), why)] if untyped else [],
    )


# -- what is read --------------------------------------------------------------------------------

ATTACHMENT: dict[str, Any] = {
    "fallback": "w1",
    "color": "#abcdef",
    "pretext": "w2",
    "author_name": "w3",
    "author_link": "https://e.org/w4",
    "author_icon": "https://e.org/w5.png",
    "title": "w6",
    "title_link": "https://e.org/w7",
    "text": "w8",
    "fields": [
        {"title": "w9", "value": ["w10", 7], "short": True},
        {"title": "w11", "value": "w12"},
    ],
    "image_url": "https://e.org/w13.png",
    "thumb_url": "https://e.org/w14.png",
    "footer": "w15",
    "footer_icon": "https://e.org/w16.png",
    "actions": [
        {"id": "a", "type": "button", "name": "w17", "style": "primary", "disabled": False},
        {"name": "w18", "options": [{"text": "w19", "value": "v"}], "default_option": "v"},
    ],
}


def test_all_of_an_attachment_is_read(api: Api, tmp_path: Path) -> None:
    """Every member that the type has comes into the room, in words or as an address."""
    module = Module()
    whole = "Required<Omit<MessageAttachment, 'fields' | 'actions'>> & MessageAttachment"
    module.add("attachment", whole, ATTACHMENT)
    assert module.wrong(tmp_path) == []
    lost: Counter[str] = Counter()
    for dialect in ("mattermost", "kchat"):
        hook = made(api, dialect)
        assert hook.post({"text": "x", "attachments": [ATTACHMENT]}).status_code == 200
        found = re.findall(r"w\d+", json.dumps(api.messages()[0]))
        lost.update({f"w{number}" for number in range(1, 20)} - set(found))
    assert set(lost) == {"w17", "w18", "w19"}
    report(
        "mattermost-attachments",
        packages=PACKAGES,
        checked="members of an attachment that Mattermost's and kChat's webhooks read",
        total=2 * 19,
        differences=[
            Difference(
                "a button or a menu without an address",
                lost.total(),
                "It calls its sender back when it is pressed, and that is something only a server of "
                "Mattermost's can do.",
            )
        ],
    )


def test_what_the_rest_api_answers_is_imported(tmp_path: Path) -> None:
    """Hooks and channels with every member that the types require."""
    times = {"create_at": 1_700_000_000_000, "update_at": 1_700_000_000_000, "delete_at": 0}
    channel = {
        **{"id": "c" * 26, **times, "team_id": "t" * 26, "type": "O", "display_name": "Builds"},
        **{"name": "builds", "header": "", "purpose": "", "last_post_at": 0, "creator_id": ""},
        **{"last_root_post_at": 0, "scheme_id": "", "group_constrained": False},
    }
    common = {
        **{**times, "channel_id": "c" * 26, "team_id": "t" * 26, "display_name": "Hook"},
        **{"description": "", "username": "builder", "icon_url": ""},
    }
    incoming = {
        "id": "i" * 26,
        **common,
        "last_used": 0,
        "user_id": "u" * 26,
        "channel_locked": True,
    }
    outgoing = {
        **{"id": "o" * 26, **common, "token": "k" * 26, "creator_id": "u" * 26},
        **{"trigger_words": ["build"], "trigger_when": 1, "content_type": "application/json"},
        "callback_urls": ["https://e.org/x"],
    }
    listed = {"incoming_webhooks": [incoming], "total_count": 1}
    module = Module()
    module.add("channel", "Channel", channel)
    module.add("incoming", "IncomingWebhook", incoming)
    module.add("outgoing", "OutgoingWebhook", outgoing)
    module.add("listed", "IncomingWebhooksWithCount", listed)
    assert module.wrong(tmp_path) == []
    for hook in (incoming, outgoing, listed):
        export = importing.parse([channel, hook])
        assert (len(export.found), export.unusable, export.problems) == (1, [], [])
        assert export.found[0].given["channel"] == ["#builds"]
        assert export.found[0].given["alias"] == "builder"
