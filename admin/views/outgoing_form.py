"""The Calls part of an outgoing integration's form: what it listens for, whom it calls, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from werkzeug.datastructures import MultiDict

from engine.models import Integration
from engine.outgoing import settings

#: Event -> what it is called here.
EVENTS: Mapping[str, str] = {
    "sendMessage": "somebody posts a message",
    "fileUploaded": "somebody posts a file",
    "roomCreated": "a room is made",
    "roomArchived": "a room is archived",
    "roomJoined": "somebody joins a room",
    "roomLeft": "somebody leaves a room",
    "userCreated": "a user is added",
}
RETRY_DELAYS: Mapping[str, str] = {
    "powers-of-ten": "0.1 s, 1 s, 10 s, 100 s, …",
    "powers-of-two": "2 s, 4 s, 8 s, 16 s, …",
    "increments-of-two": "2 s, 4 s, 6 s, 8 s, …",
}
CONTENT_TYPES: Mapping[str, str] = {
    settings.FORM: "a form",
    settings.JSON: "JSON",
}
TRIGGER_WHEN: Mapping[str, str] = {
    str(settings.FIRST_WORD_EQUALS): "the first word is one of them",
    str(settings.FIRST_WORD_STARTS_WITH): "the first word begins with one of them",
}
#: Field of the form -> name that the engine gives it.
_NAMES = {
    "event": "event",
    "urls": "urls",
    "trigger_words": "triggerWords",
    "word_anywhere": "triggerWordAnywhere",
    "on_edits": "runOnEdits",
    "impersonate": "impersonateUser",
    "target_room": "targetRoom",
    "retry_failed": "retryFailedCalls",
    "retry_count": "retryCount",
    "retry_delay": "retryDelay",
    "timeout_s": "callTimeoutS",
    "trigger_when": "triggerWhen",
    "content_type": "contentType",
}
FORM_NAMES = {name: field for field, name in _NAMES.items()}
_FLAGS = ("word_anywhere", "on_edits", "impersonate", "retry_failed")


@dataclass(frozen=True, slots=True)
class OutgoingForm:
    """The values of its fields, texts as they are typed."""

    event: str = "sendMessage"
    urls: str = ""
    trigger_words: str = ""
    word_anywhere: bool = False
    on_edits: bool = False
    impersonate: bool = False
    target_room: str = ""
    retry_failed: bool = True
    retry_count: str = "6"
    retry_delay: str = "powers-of-ten"
    timeout_s: str = ""
    trigger_when: str = "0"
    content_type: str = settings.FORM

    @classmethod
    def of(cls, integration: Integration) -> OutgoingForm:
        """Return the form that shows an integration as it is."""
        own = settings.of(integration)
        values = {name: own[engine_name] for name, engine_name in _NAMES.items()}
        timeout_s = values["timeout_s"]
        return cls(
            **values
            | {
                "urls": "\n".join(values["urls"]),
                "trigger_words": ", ".join(values["trigger_words"]),
                "retry_count": str(values["retry_count"]),
                "timeout_s": "" if timeout_s is None else f"{timeout_s:g}",
                "trigger_when": str(values["trigger_when"]),
            }
        )

    @classmethod
    def typed(cls, form: MultiDict[str, str]) -> OutgoingForm:
        """Return what somebody submitted."""
        values: dict[str, Any] = {
            one.name: form[one.name].replace("\r\n", "\n")
            for one in fields(cls)
            if one.name in form and one.name not in _FLAGS
        }
        return cls(**values | {name: name in form for name in _FLAGS})

    def given(self) -> dict[str, Any]:
        """Return the values as the engine takes them."""
        values: dict[str, Any] = {
            engine_name: getattr(self, name) for name, engine_name in _NAMES.items()
        }
        values["callTimeoutS"] = _number(self.timeout_s)
        return values


def _number(text: str) -> float | str | None:
    """Return a number, nothing for nothing, and what is no number as it is, for the engine to refuse."""
    try:
        return float(text) if text.strip() else None
    except ValueError:
        return text
