"""The question whether a webhook is its owner's, as UChat and Meta ask it (wire.md 4.1 A)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.answers import Answer
from engine.dialects import bodies
from engine.dialects.base import Sent
from engine.errors import Invalid
from engine.forms import read_form
from engine.redaction import HIDDEN

MODE = "subscribe"
_NAMES = ("mode", "verify_token", "challenge")
#: PHP turns the dots of Meta's names into underscores; both are sent.
_SPELLINGS = ("hub_", "hub.")
#: Nothing that means anything to a browser, should one ever take it for a page.
_CHALLENGE = re.compile(r"[A-Za-z0-9._~+/=:-]{1,256}")


@dataclass(frozen=True, slots=True)
class Subscription:
    """A question, as it was asked."""

    mode: str
    verify_token: str
    challenge: str

    @property
    def is_acceptable(self) -> bool:
        """Whether it can be answered at all, given the right token."""
        return self.mode == MODE and _CHALLENGE.fullmatch(self.challenge) is not None

    def answer(self) -> Answer:
        """Return the challenge, and nothing else."""
        return Answer(200, self.challenge, {"X-Content-Type-Options": "nosniff"})

    def shown(self) -> bytes:
        """Return what is kept of a body that asked it: the token may be right elsewhere."""
        return (
            f"hub_mode={self.mode[:20]}&hub_verify_token={HIDDEN}"
            f"&hub_challenge={self.challenge[:256]}"
        ).encode()


def asked(sent: Sent) -> Subscription | None:
    """Return the question that a request is: in its query, a form or JSON; None when it is none."""
    for fields in (_form(sent.query_string), _body(sent)):
        for prefix in _SPELLINGS:
            if f"{prefix}mode" in fields:
                return Subscription(*(_text(fields.get(prefix + name)) for name in _NAMES))
    return None


def _body(sent: Sent) -> Mapping[str, Any]:
    if b"hub_mode" not in sent.body and b"hub.mode" not in sent.body:
        return {}
    if sent.text.lstrip().startswith("{"):
        try:
            return bodies.read_object(sent.text)[0]
        except Invalid:
            return {}
    return _form(sent.text)


def _form(text: str) -> Mapping[str, str]:
    if "hub" not in text:
        return {}
    try:
        return read_form(text)
    except Invalid:
        return {}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return ""
    return str(value) if isinstance(value, str | int) else ""
