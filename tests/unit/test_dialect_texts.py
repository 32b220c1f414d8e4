"""Values and dates of other systems, printed as they print them."""

from typing import Any

import pytest

from engine.dialects import govalues, slackdates, slacktext


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("a [b] map[c:d]", "a [b] map[c:d]"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-0.0, "-0"),
        (1, "1"),
        (3.0, "3"),
        (-2.5, "-2.5"),
        (0.1, "0.1"),
        (100, "100"),
        (123456, "123456"),
        (999999.5, "999999.5"),
        (1000000, "1e+06"),
        (1234567, "1.234567e+06"),
        (20480000, "2.048e+07"),
        (1700000000, "1.7e+09"),
        (1099511627776, "1.099511627776e+12"),
        (1e21, "1e+21"),
        (1.5e300, "1.5e+300"),
        (0.0001, "0.0001"),
        (0.00012, "0.00012"),
        (0.00001, "1e-05"),
        (12345678901234567890, "1.2345678901234567e+19"),
        (10**400, str(10**400)),
        ([], "[]"),
        (["db1", "db2"], "[db1 db2]"),
        ([1, None, [True, "x y"]], "[1 <nil> [true x y]]"),
        ({}, "map[]"),
        ({"b": 2, "a": 1, "B": None}, "map[B:<nil> a:1 b:2]"),
        ({"é": 1, "z": {"k": [0.5]}}, "map[z:map[k:[0.5]] é:1]"),
    ],
)
def test_values_are_printed_as_go_prints_them(value: Any, text: str) -> None:
    """`%v` of what `encoding/json` makes: float64, sorted keys, `<nil>` inside and nothing alone."""
    assert govalues.printed(value) == text


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("{date_num}", "2014-02-18"),
        ("{date_slash}", "18/02/2014"),
        ("{date}", "February 18th, 2014"),
        ("{date_pretty}", "February 18th, 2014"),
        ("{date_short}", "Feb 18, 2014"),
        ("{date_short_pretty}", "Feb 18, 2014"),
        ("{date_long}", "Tuesday, February 18th, 2014"),
        ("{date_long_pretty}", "Tuesday, February 18th, 2014"),
        ("{date_long_full}", "February 18, 2014"),
        ("on {date_num} at {time}", "on 2014-02-18 at 2:39 PM UTC"),
        ("{time_secs}", "2:39:42 PM UTC"),
        ("{ago}", "2014-02-18 14:39 UTC"),
        ("{what}", "{what}"),
    ],
)
def test_a_date_without_a_fallback_is_written_by_its_format(form: str, text: str) -> None:
    """In UTC, in Slack's words."""
    assert slackdates.written("1392734382", form) == text


@pytest.mark.parametrize("seconds", ["soon", None, "9" * 30])
def test_a_date_that_is_none_keeps_the_words_around_it(seconds: Any) -> None:
    """And no token."""
    assert slackdates.written(seconds, "since {date_num}") == "since"


@pytest.mark.parametrize(
    ("day", "ending"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (12, "12th"), (23, "23rd"), (31, "31st")],
)
def test_days_have_their_endings(day: int, ending: str) -> None:
    """As people say them."""
    january_seconds = 1388534400
    text = slackdates.written(january_seconds + (day - 1) * 86400, "{date}")
    assert text == f"January {ending}, 2014"


EVERYONE = {"here": "@here", "channel": "@all", "everyone": "@all"}

ESCAPES = [
    # escape, with markup, without
    ("<!date^1392734382^{date_num} {time_secs}|2014-02-18>", "2014-02-18", "2014-02-18"),
    ("<!date^1392734382^{date_num}>", "2014-02-18", "2014-02-18"),
    (
        "<!date^1392734382^{date}^https://e.org/a^b|then>",
        "[then](https://e.org/a^b)",
        "then (https://e.org/a^b)",
    ),
    ("<!date^1392734382^{date}^javascript:alert(1)|then>", "then", "then"),
    ("<!date^x|then>", "then", "then"),
    ("<!subteam^S1|@ops>", "@ops", "@ops"),
    ("<!subteam^S1|ops>", "@ops", "@ops"),
    ("<!subteam^S1>", "@S1", "@S1"),
    ("<!here|here>", "@here", "@here"),
    ("<!here>", "@here", "@here"),
    ("<!channel>", "@all", "@all"),
    ("<!everyone|everyone>", "@all", "@all"),
    ("<!foo|label>", "label", "label"),
    ("<!foo>", "<!foo>", "<!foo>"),
    ("<#C1|general>", "#general", "#general"),
    ("<#C1>", "#C1", "#C1"),
    ("<@U1>", "@ada", "@ada"),
    ("<@U2|bob>", "@bob", "@bob"),
    ("<https://e.org/?a=1&amp;b=2|here>", "[here](https://e.org/?a=1&b=2)", None),
    ("<https://e.org/|here>", "[here](https://e.org/)", "here (https://e.org/)"),
    ("<https://e.org/>", "https://e.org/", "https://e.org/"),
    ("<mailto:a@e.org|a@e.org>", "[a@e.org](mailto:a@e.org)", "a@e.org"),
    ("<mailto:a@e.org|Ada>", "[Ada](mailto:a@e.org)", "Ada (a@e.org)"),
    ("<tel:+441|+441>", "[+441](tel:+441)", "+441"),
    ("&lt;b&gt; &amp;amp; a < b > c", "<b> &amp; a < b > c", "<b> &amp; a < b > c"),
]


@pytest.mark.parametrize(("escape", "marked", "plain"), ESCAPES)
def test_slacks_escapes_become_what_a_reader_expects(
    escape: str, marked: str, plain: str | None
) -> None:
    """As markup, and for places that show none."""

    def read(*, plain: bool) -> str:
        return slacktext.unescape(
            slacktext.translate(
                f"a {escape} z", EVERYONE, {"U1": "ada"}.get, bare_links=True, plain=plain
            )
        )

    assert read(plain=False) == f"a {marked} z"
    if plain is not None:
        assert read(plain=True) == f"a {plain} z"
