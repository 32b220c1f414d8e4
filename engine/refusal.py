"""The end of a request before its time."""

from __future__ import annotations

from engine import answers
from engine.answers import Answer
from engine.errors import EngineError
from engine.models import Outcome


class Refusal(EngineError):
    """
    The request ends here: with this outcome and reason in the log, and this answer.

    `target` is the room or user that was the trouble.
    """

    def __init__(self, outcome: Outcome, answer: Answer, reason: str, target: str = "") -> None:
        super().__init__(reason)
        self.target = target
        self.outcome = outcome
        self.answer = answer
        self.reason = reason


def bad_request(status: int, exc: Exception) -> Refusal:
    """Return the end of a request that could not be read."""
    return Refusal(Outcome.BAD_REQUEST, answers.failure(status, str(exc)), str(exc))
