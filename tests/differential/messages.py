"""
The messages that differential tests send: the same every time, from four places.

What the examples' scripts post, messages in the form of other services' documentation, generated ones
in which no word stands twice, and hostile ones.
"""

from __future__ import annotations

import functools
import itertools
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.transports.message import CanonicalMessage
from tests.differential.documented import DOCUMENTED
from tests.differential.hostile import hostile

_EXAMPLES = Path(__file__).parents[2] / "scripts_examples"
_SENT_AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
_GENERATED = 260
_SEED = 20_260_301
_BASES = (
    *(
        "build",
        "deploy",
        "Server",
        "größe",
        "naïve",
        "слово",
        "λόγος",
        "日本",
        "مرحبا",
        "שלום",
        "हिन्दी",
    ),
    *("x", "v2", "ID", "e", "Ελλάδα", "straße", "ありがとう", "tłum"),
)
_MARKS = ("*", "**", "_", "~", "~~", "***")
_ICONS = (":tada:", ":warning:", "🎉", "👩‍👩‍👧", "🇨🇭", ":not_an_emoji:")
_LANGUAGES = ("", "js", "json", "c++")


@functools.cache
def messages() -> tuple[CanonicalMessage, ...]:
    """Return all of them, numbered."""
    members = [*_examples(), *DOCUMENTED, *_generated(), *hostile()]
    return tuple(
        CanonicalMessage(
            **{
                "id": f"message{number:05}",
                "sent_at": _SENT_AT,
                "username": "hooksmith",
                "channel": "#general",
                "message_id": f"here{number:05}",
                **one,
            }
        )
        for number, one in enumerate(members)
    )


def _examples() -> Iterator[dict[str, Any]]:
    for file in sorted(_EXAMPLES.glob("*/expected/*.json")):
        for message in json.loads(file.read_text(encoding="utf-8")).get("messages", ()):
            yield {
                "text": message.get("msg", ""),
                "alias": message.get("alias") or "",
                "avatar": message.get("avatar") or "",
                "emoji": message.get("emoji") or "",
                "attachments": message.get("attachments", ()),
            }


def _generated() -> Iterator[dict[str, Any]]:
    for number in range(_GENERATED):
        yield _Writer(random.Random(_SEED + number)).message()


@dataclass
class _Writer:
    """Writes texts and attachments in which every word is another."""

    chance: random.Random
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(10))

    def message(self) -> dict[str, Any]:
        attachments = [self.attachment(2) for _ in range(self.chance.choice((0, 0, 1, 1, 2, 4)))]
        return {
            "text": self.text() if self.chance.random() < 0.8 or not attachments else "",
            "alias": self.words(2) if self.chance.random() < 0.7 else "",
            "emoji": self.chance.choice(("", ":bell:", ":no_such_emoji:")),
            "avatar": self.chance.choice(("", "https://cdn.example.org/avatar.png")),
            "attachments": attachments,
        }

    def attachment(self, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {
            "color": self.chance.choice(("good", "#36a64f", "red", "no colour", "")),
            "pretext": self.inline(2),
            "author_name": self.words(2),
            "author_link": self.url("author"),
            "author_icon": "https://cdn.example.org/icon.png",
            "message_link": self.url("message"),
            "title": self.words(3),
            "title_link": self.url("title"),
            "text": self.text(),
            "description": self.inline(1),
            "fields": [self.field() for _ in range(self.chance.randrange(6))],
            "image_url": self.url("image") + ".png",
            "thumb_url": self.url("thumb") + ".png",
            "audio_url": self.url("audio"),
            "video_url": self.url("video"),
            "title_link_download": self.chance.random() < 0.2,
            "actions": [self.action() for _ in range(self.chance.randrange(4))],
            "footer": self.words(3),
            "ts": self.chance.choice((1_800_000_000, "2027-01-15T08:00:00Z", "1800000000.000200")),
            "fallback": self.words(2),
        }
        if depth and self.chance.random() < 0.2:
            made["attachments"] = [self.attachment(depth - 1)]
        kept = self.chance.choice((0.1, 0.3, 0.6, 1.0))
        return {name: value for name, value in made.items() if self.chance.random() < kept}

    def field(self) -> dict[str, Any]:
        value = self.chance.choice(
            (self.words(2), self.text(), 17_000 + next(self._numbers), True, self.link(), "")
        )
        return {
            "title": self.words(2) if self.chance.random() < 0.8 else "",
            "value": value,
            "short": self.chance.random() < 0.5,
        }

    def action(self) -> dict[str, Any]:
        made = {"text": self.words(1), "url": self.url("action"), "msg": self.words(2)}
        return {"type": "button"} | {
            name: value for name, value in made.items() if self.chance.random() < 0.7
        }

    # -- texts ----------------------------------------------------------------------------------

    def text(self) -> str:
        kinds: tuple[Callable[[], str], ...] = (
            *(lambda: self.inline(4),) * 4,
            *(self.bullets, self.numbered, self.quote, self.fence, self.table, self.heading),
            *(self.table, self.image, self.lines),
        )
        blocks = [self.chance.choice(kinds)() for _ in range(self.chance.randrange(1, 6))]
        return self.chance.choice(("\n\n", "\n\n", "\n")).join(blocks)

    def inline(self, pieces: int) -> str:
        return " ".join(self.piece(2) for _ in range(self.chance.randrange(1, pieces + 1)))

    def piece(self, depth: int) -> str:
        kind = self.chance.randrange(11)
        if kind < 4 or depth == 0:
            return self.words(self.chance.randrange(1, 5))
        if kind < 6:
            mark = self.chance.choice(_MARKS)
            return f"{mark}{self.piece(depth - 1)}{mark[::-1]}"
        if kind == 6:
            return f"`{self.words(2)}`"
        if kind == 7:
            return self.link()
        if kind == 8:
            return f"{self.word()} {self.url('bare')}"
        if kind == 9:
            return f"{self.chance.choice(_ICONS)} @{self.word()} #{self.word()}"
        return f"{self.word()}{self.chance.choice('<>&|[](){}!+=')}{self.word()}"

    def link(self) -> str:
        url, words = self.url("link"), self.words(2)
        return self.chance.choice(
            (f"[{words}]({url})", f"<{url}|{words}>", f"<{url}>", f"[*{words}*]({url})")
        )

    def image(self) -> str:
        picture = f"![{self.words(1)}]({self.url('picture')}.png)"
        return f"[{picture}]({self.url('behind')})" if self.chance.random() < 0.5 else picture

    def bullets(self) -> str:
        items = [f"- {self.inline(2)}" for _ in range(self.chance.randrange(1, 4))]
        return "\n".join([*items, f"  - {self.inline(1)}", f"- [x] {self.words(1)}"])

    def numbered(self) -> str:
        return "\n".join(f"{number}. {self.inline(2)}" for number in range(1, 4))

    def quote(self) -> str:
        return "\n".join(f"> {self.inline(2)}" for _ in range(self.chance.randrange(1, 4)))

    def fence(self) -> str:
        lines = "\n".join(f"  {self.words(2)}" for _ in range(self.chance.randrange(1, 4)))
        return f"```{self.chance.choice(_LANGUAGES)}\n{lines}\n```"

    def table(self) -> str:
        rows = [
            f"| {self.words(1)} | {self.chance.choice((self.link, self.words))()} |"
            for _ in range(self.chance.randrange(1, 4))
        ]
        return "\n".join([f"| {self.words(1)} | {self.link()} |", "|---|:-:|", *rows])

    def heading(self) -> str:
        return f"{'#' * self.chance.randrange(1, 5)} {self.inline(1)}"

    def lines(self) -> str:
        return "\n".join(self.words(self.chance.randrange(1, 30)) for _ in range(3))

    def words(self, count: int = 1) -> str:
        return " ".join(self.word() for _ in range(count))

    def word(self) -> str:
        return f"{self.chance.choice(_BASES)}{next(self._numbers)}"

    def url(self, what: str) -> str:
        number = next(self._numbers)
        return self.chance.choice(
            (
                f"https://{what}.example.org/{number}",
                f"http://example.org/{what}/{number}?a=1&b=%2F{number}",
                f"https://example.org/{what}_({number})/_x_~y~*z*",
                f"https://example.org:8443/{what}#part-{number}",
            )
        )
