"""What Discord is sent, read by discord.py, within the lengths that Discord publishes."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any

from engine.blanks import is_blank
from engine.transports.markdown.dialects import NOTHING
from engine.transports.markdown.splitting import units
from tests.differential.comparison import report
from tests.differential.messages import messages
from tests.differential.sent import bodies

with warnings.catch_warnings():
    # It imports a module that Python will not have any more.
    warnings.simplefilter("ignore", DeprecationWarning)
    import discord

_MAX_CONTENT, _MAX_EMBEDS, _MAX_SUM, _MAX_FIELDS = 2_000, 10, 6_000, 25
_MAX_USERNAME = 80
_UNSEEN = frozenset(("color", "timestamp", "type"))


def test_discord_takes_every_body() -> None:
    """Every embed is one of discord.py's, shows something, and is within every limit."""
    wrong: Counter[str] = Counter()
    for message in messages():
        for body in bodies("discord", message):
            wrong.update(problems(body))
    assert wrong == {}
    report(
        "sent_discord",
        packages=["pypi:discord.py"],
        checked="messages sent to Discord",
        total=len(messages()),
    )


def problems(body: dict[str, Any]) -> list[str]:
    """Return what is wrong with a body."""
    known = {"content", "embeds", "allowed_mentions", "username", "avatar_url"}
    found = [f"unknown member {name}" for name in body.keys() - known]
    content, embeds = body.get("content", ""), body.get("embeds", [])
    if is_blank(content) and not embeds:
        found.append("an empty message")
    if units(content) > _MAX_CONTENT or units(body.get("username", "x")) > _MAX_USERNAME:
        found.append("content or username is too long")
    if len(embeds) > _MAX_EMBEDS:
        found.append("too many embeds")
    read = [discord.Embed.from_dict(embed) for embed in embeds]
    if sum(map(len, read)) > _MAX_SUM:
        found.append("embeds are too long together")
    for given, embed in zip(embeds, read, strict=True):
        found += _embed_problems(given, embed)
    return found


def _embed_problems(given: dict[str, Any], embed: discord.Embed) -> Iterator[str]:
    if set(given) <= _UNSEEN:
        yield "an embed that shows nothing"
    if lost := set(given) - set(embed.to_dict()):
        yield f"discord.py does not know {sorted(lost)}"
    if len(embed.fields) > _MAX_FIELDS:
        yield "too many fields"
    texts = [
        ("title", embed.title, 256),
        ("description", embed.description, 4_096),
        ("author", embed.author.name if "author" in given else None, 256),
        ("footer", embed.footer.text if "footer" in given else None, 2_048),
    ]
    for field in embed.fields:
        texts += [("field name", field.name, 256), ("field value", field.value, 1_024)]
    for name, text, most in texts:
        if text is not None and text != NOTHING and is_blank(text):
            yield f"a blank {name}"
        if text is not None and units(text) > most:
            yield f"{name} is too long"
    for url in (embed.url, embed.image.url, embed.thumbnail.url, embed.author.url):
        if url and (not url.lower().startswith(("http://", "https://")) or " " in url):
            yield f"no address: {url[:60]}"
