"""What a far side answered, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine.outgoing.occasion import Occasion


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What follows from an answer.

    `steps` are Rocket.Chat's names for it. `content` is posted; `retry_s` is how long to wait until
    the next try, None when there is none.
    """

    summary: str
    steps: tuple[str, ...] = ()
    content: Mapping[str, Any] | None = None
    failed: bool = False
    retry_s: float | None = None
    disables: bool = False


@dataclass(frozen=True, slots=True)
class Wire:
    """How a system makes its calls."""

    timeout_s: float
    answer_bytes: int
    #: A larger answer is cut rather than no answer at all.
    truncates: bool
    headers: Mapping[str, str] = field(default_factory=dict)


class Manner(Protocol):
    """How one system calls, and how it understands answers; wire.md describes both."""

    wire: Wire

    def data(self, occasion: Occasion, token: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a call tells of what happened."""
        ...

    def encode(self, data: Any, settings: Mapping[str, Any]) -> tuple[str, bytes]:
        """Return content type and body."""
        ...

    def judge(self, answer: Answer, settings: Mapping[str, Any], tries: int) -> Verdict:
        """Return what follows from an answer that no script has dealt with."""
        ...

    def content(self, answered: Mapping[str, Any], occasion: Occasion) -> dict[str, Any]:
        """Return what the far side may decide of the message that its answer becomes."""
        ...
