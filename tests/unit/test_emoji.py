"""Names of emoji, as people in Rocket.Chat, Slack, Mattermost and on GitHub write them."""

from datetime import UTC, datetime

import pytest

from engine import reactions
from engine.emoji import emoji_at, emoji_character, emoticon_at, slack_name
from engine.transports.legacy import legacy_sender
from engine.transports.message import CanonicalMessage

SENT_AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (":slight_smile:", "🙂"),
        (":first_place:", "🥇"),
        (":flag_ch:", "🇨🇭"),
        (":england:", "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"),
        (":turkey:", "🦃"),
        (":dog:", "🐶"),
        (":kiss:", "💋"),
        (":heart:", "❤️"),
        (":+1:", "👍"),
        (":simple_smile:", "🙂"),
        # Rocket.Chat's since 2026, Slack's, GitHub's.
        (":melting_face:", "🫠"),
        (":flag-de:", "🇩🇪"),
        (":male-astronaut:", "👨‍🚀"),
        (":switzerland:", "🇨🇭"),
        # Skin tones, as Rocket.Chat and as Slack writes them.
        (":thumbsup_tone3:", "👍🏽"),
        ("wave_tone1", "👋🏻"),
        (":wave::skin-tone-2:", "👋🏻"),
        ("wave::skin-tone-6", "👋🏿"),
        (":wave_medium_light_skin_tone:", "👋🏼"),
        (":house_dark_skin_tone:", None),
        (":v::skin-tone-6:", "✌🏿"),
        (":house::skin-tone-2:", "🏠"),
        (":wave::skin-tone-7:", None),
        # What dialects make of a character that is given for a name.
        (":🐙:", "🐙"),
        (":our_logo:", None),
        ("a" * 10_000, None),
        ("", None),
        ("::", None),
    ],
)
def test_a_name_is_its_picture(given: str, expected: str | None) -> None:
    """Rocket.Chat's names come before all others; what is unknown has none."""
    assert emoji_character(given) == expected


def test_a_name_is_found_where_it_stands() -> None:
    """With its skin tone, where one follows, and nothing beyond the end that was given."""
    assert emoji_at("a :wave::skin-tone-2: b", 2, 23) == ("👋🏻", 21)
    assert emoji_at(":wave::skin-tone-2:", 0, 10) == ("👋", 6)
    assert emoji_at(":house::skin-tone-2:", 0, 20) == ("🏠", 7)
    assert emoji_at(":our_logo:", 0, 10) is None
    assert emoji_at(" :wave:", 0, 7) is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (":)", "🙂"),
        (":-D", "😃"),
        ("<3", "❤️"),
        ("</3", "💔"),
        (":d", None),
        ("3", None),
        ("", None),
    ],
)
def test_emoticons_are_rocket_chats(given: str, expected: str | None) -> None:
    """Letters of the other case are others."""
    found = emoticon_at(given, 0)
    assert found == (expected and (expected, len(given)))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (":slight_smile:", ("slightly_smiling_face", None)),
        (":thumbsup:", ("thumbsup", None)),
        (":robot:", ("robot_face", None)),
        (":wave_tone1:", ("wave", 2)),
        (":wave::skin-tone-5:", ("wave", 5)),
        (":our_logo:", ("our_logo", None)),
        ("🐙", ("octopus", None)),
    ],
)
def test_slack_and_mattermost_get_their_own_names(
    given: str, expected: tuple[str, int | None]
) -> None:
    """A name they do not know shows nothing there; what is unknown here stays as it is."""
    assert slack_name(given) == expected


@pytest.mark.parametrize(
    ("emoji", "slack", "mattermost"),
    [
        (":slight_smile:", ":slightly_smiling_face:", "slightly_smiling_face"),
        (":wave_tone1:", ":wave::skin-tone-2:", "wave_light_skin_tone"),
        ("our_logo", ":our_logo:", "our_logo"),
    ],
)
def test_a_picture_has_the_name_it_has_there(emoji: str, slack: str, mattermost: str) -> None:
    """Slack writes colons and tones behind them, Mattermost neither."""
    message = CanonicalMessage(id="1", text="x", sent_at=SENT_AT, emoji=emoji)
    assert legacy_sender(message, colons=True) == {"icon_emoji": slack}
    assert legacy_sender(message, colons=False) == {"icon_emoji": mattermost}


def test_one_picture_is_one_reaction() -> None:
    """Under the name of whoever was first, also when it is taken back by another name."""
    first = reactions.changed(None, reactions.shortcode("thumbsup"), "ada", None)
    assert first == {":thumbsup:": {"usernames": ["ada"]}}
    both = reactions.changed(first, reactions.shortcode(":+1:"), "bob", None)
    assert both == {":thumbsup:": {"usernames": ["ada", "bob"]}}
    toned = reactions.changed(both, reactions.shortcode("thumbsup_tone3"), "bob", None)
    assert toned == {**(both or {}), ":thumbsup_tone3:": {"usernames": ["bob"]}}
    assert reactions.changed(first, reactions.shortcode("+1"), "ada", None) == {}
    assert reactions.changed(first, reactions.shortcode("+1"), "ada", True) is None


def test_slacks_skin_tones_are_reactions_too() -> None:
    """They are stored by the name that Rocket.Chat has for them."""
    assert reactions.shortcode(":wave::skin-tone-2:") == ":wave_tone1:"
