"""What a dialect is given and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from engine.answers import Answer
from engine.payload import Content, parse_query

#: Codes of `ChatError` that only these dialects know.
NO_TEXT = "error-no-text"
MALFORMED = "error-malformed-payload"
CHANNEL_LOCKED = "error-channel-locked"
INVALID_TYPE = "error-invalid-type"
TOO_LONG = "error-message-too-long"
INVALID_BLOCKS = "error-invalid-blocks"
TOO_MANY_ATTACHMENTS = "error-too-many-attachments"


@dataclass(frozen=True, slots=True)
class Sent:
    """A body as it came."""

    content_type: str | None
    body: bytes
    query_string: str = ""

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Rules:
    """What an integration says about its messages."""

    name: str
    channels: Sequence[str]
    alias: str
    #: Rocket.Chat's switch, off unless set; the others belong to the other dialects.
    may_override_channel: bool
    channel_locked: bool
    username_override: bool
    icon_override: bool
    #: Of one message, in UTF-16 units; longer texts become several where the dialect does that.
    max_chars: int
    #: User id -> name, None when there is nobody of that id.
    username_of: Callable[[str], str | None]
    #: Tells whether the integration has posted a message, or into a thread, of that id.
    thread_exists: Callable[[str], bool]
    #: The integration's id: what is its own among others.
    scope: str
    #: Of the request.
    query_string: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where a message belongs, in the sender's words."""

    #: A number or a text, as it came.
    id: int | str
    #: Who talks to us there.
    sender_id: str
    #: A note that is for nobody outside.
    private: bool = False

    @property
    def key(self) -> str:
        """What tells it from an integration's other ones."""
        return str(self.id)


@dataclass(frozen=True, slots=True)
class Done:
    """What a request came to when it went well."""

    #: Rows of `Message`: none when there was nothing to post, or it went to remote systems only.
    rows: Sequence[Mapping[str, Any]] = ()
    #: What was posted, with Rocket.Chat's names.
    contents: Sequence[Mapping[str, Any]] = ()
    #: What the script wants to be answered.
    response: Any = None
    #: {channel, message} or {channel, error} for each target, when that was asked for.
    separate: Sequence[Mapping[str, Any]] | None = None
    #: What was meant, in the dialect.
    content: Any = None
    query_string: str = ""
    integration_id: str = ""
    integration_name: str = ""
    user_id: str = ""

    def flag(self, name: str) -> bool:
        """Tell whether the query has `name=true`."""
        return name in self.query_string and parse_query(self.query_string).get(name) == "true"


@dataclass(frozen=True, slots=True)
class Failed:
    """What went wrong: `answer` says it in Rocket.Chat's words, `outcome` is `engine.models.Outcome`'s."""

    answer: Answer
    outcome: str
    execution_id: str
    media_type: str = ""
    #: The room or user that could not be found or written to.
    target: str = ""
    #: What is wrong, as the log says it.
    reason: str = ""

    @property
    def code(self) -> str:
        """What the answer says: Rocket.Chat's error string, or what the script said."""
        body = self.answer.body
        error = body.get("error") if isinstance(body, dict) else body
        if error is None and isinstance(body, dict):  # the script's own object, merged
            error = body.get("message") or {k: v for k, v in body.items() if k != "success"}
        return error if isinstance(error, str) else orjson.dumps(error).decode()


class Dialect(Protocol):
    """How one system's callers are understood and answered; wire.md describes each system."""

    #: An empty body, without a script, is no error: there is nothing to post.
    empty_is_nothing: bool
    #: The caller may ask to be told of each target (`separateResponse`).
    separate_responses: bool

    def path(self, integration_id: str, token: str) -> str:
        """Return path and query of an integration's address; the token is percent-encoded, or dots."""
        ...

    def read(self, sent: Sent, *, for_script: bool) -> Content:
        """
        Return a body's content, as deep as it is.

        :raise Invalid: when it cannot be read.
        """
        ...

    def contents(self, content: Any, rules: Rules, *, scripted: bool) -> list[dict[str, Any]]:
        """
        Return what a content means, as Rocket.Chat's contents: more than one for a long text.

        `scripted` is what a script returned: its words are the integration's own.

        :raise ChatError: when it is not acceptable.
        """
        ...

    def success(self, done: Done) -> Answer:
        """Return what a caller is told when it went well."""
        ...

    def failure(self, failed: Failed) -> Answer:
        """Return what a caller is told otherwise."""
        ...
