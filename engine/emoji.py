"""Emoji: characters of their names, as Rocket.Chat's users and other systems' write them, and of emoticons."""

from __future__ import annotations

import functools
import importlib.resources
import json
import re
from collections.abc import Container
from typing import Any, NamedTuple

from emoji import EMOJI_DATA, STATUS, is_emoji

#: The longest name has 76.
MAX_NAME_CHARS = 80
_MAX_EMOTICON_CHARS = 5
_SHORTCODE = re.compile(rf":([a-z0-9_+&'.-]{{1,{MAX_NAME_CHARS}}}):", re.IGNORECASE)
#: Slack's `:wave::skin-tone-2:`; 2 to 6 are Fitzpatrick's types.
_TONE = re.compile(r":skin-tone-([2-6]):", re.IGNORECASE)
#: Mattermost's `wave_light_skin_tone`.
_NAMED_TONE = re.compile(r"(.+?)_(light|medium_light|medium|medium_dark|dark)_skin_tone")
TONE_NAMES = {2: "light", 3: "medium_light", 4: "medium", 5: "medium_dark", 6: "dark"}
_TONES = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
_FIRST_TONE = 2
_VARIATION = "\ufe0f"


class _Lists(NamedTuple):
    """Characters by name and emoticon, the same of Slack's names alone, and names by bare character."""

    names: dict[str, str]
    emoticons: dict[str, str]
    slack: dict[str, str]
    slack_names: dict[str, str]
    rocket_names: dict[str, str]


def emoji_character(given: Any) -> str | None:
    """Return the character of `:name:`, of `name`, or of a text that is one emoji already."""
    if not isinstance(given, str):
        return None
    text: str = given.strip().strip(":")
    name, _, tone = text.partition("::")
    character = _named(name)
    if character and tone:
        match = _TONE.fullmatch(f":{tone}:")
        return (_toned(character, int(match[1])) or character) if match else None
    return character or (text if is_emoji(text) else None)


def emoji_at(text: str, start: int, end: int) -> tuple[str, int] | None:
    """Return the character of the `:name:` that begins at a place of a text, and where it ends."""
    match = _SHORTCODE.match(text, start, end)
    character = _named(match[1]) if match else None
    if match is None or character is None:
        return None
    tone = _TONE.match(text, match.end(), end)
    toned = _toned(character, int(tone[1])) if tone else None
    return (toned, tone.end()) if tone and toned else (character, match.end())


def emoticon_at(text: str, start: int, left_out: Container[str] = ()) -> tuple[str, int] | None:
    """Return the character of the longest emoticon, `:-)` or `<3`, that begins at a place, and its end."""
    known = _lists().emoticons
    for end in range(min(start + _MAX_EMOTICON_CHARS, len(text)), start + 1, -1):
        drawn = text[start:end]
        if drawn in known and drawn not in left_out:
            return known[drawn], end
    return None


def rocket_name(character: str) -> str | None:
    """Return the name that Rocket.Chat has for an emoji."""
    return _lists().rocket_names.get(_bare(character))


def slack_name(given: str) -> tuple[str, int | None]:
    """
    Return the name that Slack and Mattermost have for an emoji, and its skin tone, 2 to 6.

    A name that is unknown here may be of their own emoji: it stays as it is.
    """
    name = given.strip().strip(":")
    character = emoji_character(given)
    if character is None:
        return name, None
    lists = _lists()
    bare = _bare(character)
    tone = next((_TONES.index(char) for char in bare[1:] if char in _TONES), None)
    if tone is not None:
        bare = "".join(char for char in bare if char not in _TONES)
    if lists.slack.get(name) == bare:
        return name, None
    known = lists.slack_names.get(bare)
    return (known, None if tone is None else tone + _FIRST_TONE) if known else (name, None)


def _named(name: str) -> str | None:
    names, name = _lists().names, name.lower()
    if name in names:
        return names[name]
    match = _NAMED_TONE.fullmatch(name) if len(name) <= MAX_NAME_CHARS else None
    if match is None or match[1] not in names:
        return None
    tone = next(number for number, named in TONE_NAMES.items() if named == match[2])
    return _toned(names[match[1]], tone)


def _toned(character: str, tone: int) -> str | None:
    """Return an emoji with a skin tone; what has no skin has none."""
    toned = character[0] + _TONES[tone - _FIRST_TONE] + character[1:].removeprefix(_VARIATION)
    return toned if is_emoji(toned) else None


def _bare(character: str) -> str:
    return character.replace(_VARIATION, "")


@functools.cache
def _lists() -> _Lists:
    file = importlib.resources.files("engine").joinpath("vendor", "emoji.json")
    given = json.loads(file.read_text(encoding="utf-8"))
    names: dict[str, str] = {}
    whole: dict[str, str] = {}
    for character, about in EMOJI_DATA.items():
        if about["status"] <= STATUS["fully_qualified"]:
            whole[_bare(character)] = character
        for name in (*about.get("alias", ()), about["en"]):
            names.setdefault(name.strip(":").lower(), character)
    # Slack's and Rocket.Chat's names for what none of the lists has.
    names |= {f"large_{colour}_circle": names[f"{colour}_circle"] for colour in ("green", "yellow")}
    names |= {"simple_smile": "🙂", "robot_face": "🤖"}
    names |= {name: whole.get(bare, bare) for name, bare in given["names"].items()}
    emoticons = {text: whole.get(bare, bare) for text, bare in given["emoticons"].items()}
    slack = given["slack"]
    return _Lists(names, emoticons, slack, _first_names(slack), _first_names(given["names"]))


def _first_names(characters: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, bare in characters.items():
        found.setdefault(bare, name)
    return found
