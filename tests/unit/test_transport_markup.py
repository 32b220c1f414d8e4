"""Rocket.Chat's markup in the words of each system, and texts cut to length without loss."""

from __future__ import annotations

import random
import re

import pytest

from engine.transports.markdown.angled import GoogleCard, GoogleChat, Slack
from engine.transports.markdown.dialects import Dialect, Mentions, PlainText
from engine.transports.markdown.escaping import (
    CommonMark,
    Discord,
    Mattermost,
    RocketChat,
    Teams,
)
from engine.transports.markdown.html import Html
from engine.transports.markdown.layout import Page, Span
from engine.transports.markdown.splitting import cut, units

DIALECTS: list[type[Dialect]] = [
    *(PlainText, RocketChat, Mattermost, Slack, GoogleChat, GoogleCard, Discord, Teams, CommonMark),
    Html,
]
NOTHING = "\N{ZERO WIDTH SPACE}"


def written(dialect: Dialect, text: str, max_units: int = 1 << 30) -> list[str]:
    page = Page(dialect)
    page.markdown(text)
    return page.parts(max_units)


def one(dialect: Dialect, text: str) -> str:
    [part] = written(dialect, text)
    return part


@pytest.mark.parametrize(
    ("text", "mattermost", "slack", "google", "discord", "teams", "plain"),
    [
        ("*b*", "**b**", "*b*", "*b*", "**b**", "**b**", "b"),
        ("**b**", "**b**", "*b*", "*b*", "**b**", "**b**", "b"),
        ("_i_", "_i_", "_i_", "_i_", "_i_", "_i_", "i"),
        ("~s~", "~~s~~", "~s~", "~s~", "~~s~~", "s", "s"),
        ("*_both_*", "**_both_**", "*_both_*", "*_both_*", "**_both_**", "**_both_**", "both"),
        ("`a<b`", "`a<b`", "`a&lt;b`", "`a<b`", "`a<b`", "a<b", "a<b"),
        (
            "<https://e.org/a|name>",
            "[name](https://e.org/a)",
            "<https://e.org/a|name>",
            "<https://e.org/a|name>",
            "[name](https://e.org/a)",
            "[name](https://e.org/a)",
            "name (https://e.org/a)",
        ),
        (
            "[*n*](https://e.org/?a=1&b=2)",
            "[n](https://e.org/?a=1&b=2)",
            "<https://e.org/?a=1&amp;b=2|n>",
            "<https://e.org/?a=1&b=2|n>",
            "[n](https://e.org/?a=1&b=2)",
            "[n](https://e.org/?a=1&b=2)",
            "n (https://e.org/?a=1&b=2)",
        ),
        (
            "https://e.org/a_b_c.",
            "https://e.org/a_b_c.",
            "<https://e.org/a_b_c>.",
            "<https://e.org/a_b_c>.",
            "https://e.org/a_b_c.",
            "https://e.org/a_b_c.",
            "https://e.org/a_b_c.",
        ),
        (
            "![p](https://e.org/p.png)",
            "![p](https://e.org/p.png)",
            "<https://e.org/p.png|p>",
            "<https://e.org/p.png|p>",
            "[p](https://e.org/p.png)",
            "[p](https://e.org/p.png)",
            "p (https://e.org/p.png)",
        ),
        ("## h *x*", "## h **x**", "*h x*", "*h x*", "## h **x**", "**h x**", "h x"),
        ("- a\n- b", "- a\n- b", "• a\n• b", "* a\n* b", "- a\n- b", "- a\n\n- b", "• a\n• b"),
        ("3. a\n4. b", "3. a\n4. b", "3. a\n4. b", "3. a\n4. b", "3. a\n4. b", "3. a\n\n4. b", "3. a\n4. b"),
        ("> q\n> r", "> q\n> r", "> q\n> r", "> q\n> r", "> q\n> r", "> q\n\n> r", "> q\n> r"),
        (
            "```js\na < b\n```",
            "```js\na < b\n```",
            "```\na &lt; b\n```",
            "```\na < b\n```",
            "```js\na < b\n```",
            "a < b",
            "a < b",
        ),
        ("a & <b>", "a & <b>", "a &amp; &lt;b&gt;", "a & <b>", r"a & \<b>", "a & <b>", "a & <b>"),
        (r"\*a\* 2*3", r"\*a\* 2\*3", "*a* 2*3", "*a* 2*3", r"\*a\* 2\*3", r"\*a\* 2\*3", "*a* 2*3"),
        ("snake_case_name", *["snake_case_name"] * 6),
        (":bell: :own_emoji:", *["\N{BELL} :own_emoji:"] * 6),
        ("@ada #general", *["@ada #general"] * 6),
        ("1. a\n7. b", *["1. a\n7. b"] * 4, "1. a\n\n7. b", "1. a\n7. b"),
        ("||s *b*||", "s **b**", "s *b*", "s *b*", "||s **b**||", "s **b**", "s b"),
        (
            "<t:1630360800:f>",
            "2021-08-30 22:00 UTC",
            "<!date^1630360800^{date} {time}|2021-08-30 22:00 UTC>",
            "2021-08-30 22:00 UTC",
            "<t:1630360800:f>",
            *["2021-08-30 22:00 UTC"] * 2,
        ),
        ("color:#ff0000 :)", *["color:#ff0000 🙂"] * 6),
        (r"\(x^2\)", *["`x^2`"] * 4, "x^2", "x^2"),
        ("$$\nx^2\n$$", *["```\nx^2\n```"] * 4, "x^2", "x^2"),
        ("||\nhid\n||", "hid", "hid", "hid", "||hid||", "hid", "hid"),
        ("ada@example.org example.org/a +49301234567", *["ada@example.org example.org/a +49301234567"] * 6),
        ("[call](+49301234567)", *["call (+49301234567)"] * 6),
        ("- [x] done", *(f"{mark} ☑ done" for mark in "-•*--•")),
    ],
)  # fmt: skip
def test_markup_in_each_system(
    text: str, mattermost: str, slack: str, google: str, discord: str, teams: str, plain: str
) -> None:
    """Bold, links, lists and code are written as each system writes them."""
    assert one(Mattermost(), text) == mattermost
    assert one(Slack(), text) == slack
    assert one(GoogleChat(), text) == google
    assert one(Discord(), text) == discord
    assert one(Teams(), text) == teams
    assert one(PlainText(), text) == plain


def test_google_s_cards_take_html() -> None:
    """Marks become tags, everything else is escaped, and lines are broken."""
    text = '*b* <i> & "q"\n[l](https://e.org/?a=1&b="2")\n\n```\n  x\n```'
    assert one(GoogleCard(), text) == (
        "<b>b</b> &lt;i&gt; &amp; &quot;q&quot;<br>"
        '<a href="https://e.org/?a=1&amp;b=%222%22">l</a><br><br>\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}x'
    )


def test_tables() -> None:
    """A table stays one where there are tables, is aligned in code elsewhere, or in lines at last."""
    text = "| a | *bc* |\n|---|---:|\n| 1\\|2 | 3 |"
    assert one(Mattermost(), text) == "| a | **bc** |\n| --- | ---: |\n| 1\\|2 | 3 |"
    aligned = "```\na   | bc\n----+---\n1|2 | 3\n```"
    assert one(Slack(), text) == one(Discord(), text) == aligned
    assert one(PlainText(), text) == "a | bc\n1|2 | 3"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```one two\nthree\n```", "```\none two\nthree\n```"),
        ("```\none\ntwo```\nafter", "```\none\ntwo\n```\nafter"),
        ("```one, two\nthree```", "```\none, two\nthree\n```"),
        ("> ```one, two\n> three```\nafter", "> ```\n> one, two\n> three\n> ```\nafter"),
        ("```sh\none\n```", "```sh\none\n```"),
        ("```one two```", "`one two`"),
        ("````\n```\na```\n````", "````\n```\na```\n````"),
        ("```ERROR\none\n```", "```\nERROR\none\n```"),
        ("```\none\n``` after\nmore", "```\none\n```\nafter\nmore"),
    ],
)
def test_code_may_begin_beside_its_backticks(text: str, expected: str) -> None:
    """Scripts write so, and Rocket.Chat shows it; what is no language's name is code."""
    assert one(CommonMark(), text).replace("  \n", "\n") == expected


def test_addresses_in_tables_are_kept() -> None:
    """Where a table becomes text or code, a link in it says where it leads."""
    text = "| a | b |\n|---|---|\n| [x](https://e.org/x) | *y* ![p](https://e.org/p.png) |"
    assert one(PlainText(), text) == "a | b\nx (https://e.org/x) | y p (https://e.org/p.png)"
    assert (
        one(Teams(), text) == r"a \| b"
        "\n\n"
        r"[x](https://e.org/x) \| **y** [p](https://e.org/p.png)"
    )
    for dialect in (Slack(), Discord(), GoogleChat(), CommonMark(), RocketChat()):
        assert "x (https://e.org/x) | y p (https://e.org/p.png)" in one(dialect, text)


def test_a_row_with_more_cells_than_the_table_is_none() -> None:
    """Tables would leave out what has no column; the lines stay lines instead."""
    assert one(PlainText(), "|a|b|\n|-|-|\n|1|2|3|") == "|a|b|\n|-|-|\n|1|2|3|"
    assert one(PlainText(), "|a|b|\n|-|-|\n|1|2|\nafter | all | of it") == (
        "a | b\n1 | 2\nafter | all | of it"
    )


@pytest.mark.parametrize(
    ("dialect", "text", "expected"),
    [
        (Mattermost, "``` a``b ```", "``` a``b ```"),
        (Mattermost, "````\n```\n````", "````\n```\n````"),
        (Slack, "````\n```\n````", f"```\n`{NOTHING}`{NOTHING}`\n```"),
        (Discord, "````\n```\n````", f"```\n`{NOTHING}`{NOTHING}`\n```"),
        (Slack, "``a`b``", "a`b"),
    ],
)
def test_code_cannot_end_before_its_end(dialect: type[Dialect], text: str, expected: str) -> None:
    """Backticks within code do not close it."""
    assert one(dialect(), text) == expected


@pytest.mark.parametrize(
    ("dialect", "text", "expected"),
    [
        (Mattermost, r"1\. x", r"1\. x"),
        (Mattermost, "a\n2026\\. x", "a\n2026\\. x"),
        (Mattermost, r"\# x", r"\# x"),
        (Mattermost, "    + x", r"\+ x"),
        (Discord, "  > x", r"\> x"),
        (Discord, "#general", "#general"),
    ],
)
def test_a_line_of_text_is_no_list(dialect: type[Dialect], text: str, expected: str) -> None:
    """What was not a heading or a list does not become one."""
    assert one(dialect(), text) == expected


@pytest.mark.parametrize(
    "name", ["@all", "@here", "@channel", "@everyone", "@ALL", "x/@all", "@all_"]
)
@pytest.mark.parametrize("dialect", [Mattermost, RocketChat, CommonMark])
def test_nobody_calls_everybody(dialect: type[Dialect], name: str) -> None:
    """A name that is everybody's is broken, also in links, titles and headings."""
    for text in (
        name,
        f"*{name}*",
        f"## {name}",
        f"[{name}](https://e.org)",
        f"<{name}>",
        f"- {name}",
    ):
        assert f"@{NOTHING}" in one(dialect(), text)
    page = Page(dialect())
    page.line(Span(name, bold=True), " ", Span(name, url="https://e.org"))
    [line] = page.parts(1000)
    assert line.count(f"@{NOTHING}") == 2
    assert f"@{NOTHING}" not in one(dialect(), "mail@allison.example.org `@all`")


@pytest.mark.parametrize("raw", ["<!channel>", "<@U012>", "<users/all>", "< users/1>", "<x:y|z>"])
def test_no_text_is_markup_of_slack_s_family(raw: str) -> None:
    """What these systems would take for a mention or a link is broken or escaped."""
    assert "<" not in one(Slack(), raw)
    for dialect in (GoogleChat(), Mattermost()):
        assert f"<{NOTHING}" in one(dialect, raw)
    assert one(PlainText(), raw) == raw


def test_mentions_that_are_allowed() -> None:
    """By a switch everybody, by their ids people."""
    allowed = Mentions(everyone=True, people={"ada": "42"})
    assert one(Slack(allowed), "@all @here @ada @bob") == "<!channel> <!here> <@42> @bob"
    assert one(GoogleChat(allowed), "@all @ada") == "<users/all> <users/42>"
    assert one(Discord(allowed), "@all @here @ada") == "@everyone @here <@42>"
    assert one(Mattermost(allowed), "@everyone @channel") == "@all @channel"
    assert one(RocketChat(allowed), "@channel @here") == "@all @here"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//e.org", "vbscript:x"]
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_only_the_web_is_linked(dialect: type[Dialect], url: str) -> None:
    """Any other address stays the text that it is."""
    for text in (f"[x]({url})", f"![x]({url})", f"<{url}|x>"):
        shown = one(dialect(), text)
        assert "<a " not in shown
        if dialect in (Mattermost, Discord, Teams, CommonMark):
            assert not re.search(r"(?<!\\)\[x\]\(", shown)
        if dialect in (Slack, GoogleChat, Mattermost, CommonMark):
            assert f"<{url}|" not in shown


# -- cutting -------------------------------------------------------------------------------------


def test_cuts_are_made_between_paragraphs_if_they_can() -> None:
    """Then between lines, then between words, and at last anywhere."""
    text = "one two\nthree four\n\nfive six"
    assert written(PlainText(), text, 20) == ["one two\nthree four", "five six"]
    assert written(PlainText(), text, 12) == ["one two", "three four", "five six"]
    assert written(PlainText(), text, 8) == ["one two", "three", "four", "five six"]
    assert written(PlainText(), "abcdefghij", 4) == ["abc", "def", "ghi", "j"]


def test_marks_are_closed_and_opened_again() -> None:
    """Bold text that is cut is bold on both sides."""
    assert written(Mattermost(), "*one two three four*", 15) == ["**one two **", "**three four**"]


def test_links_and_escapes_are_not_cut() -> None:
    """A link goes whole into the next part; one that is too long for any becomes text."""
    link = "[name](https://e.org/abcdef)"
    assert written(Mattermost(), f"some words {link}", 30) == ["some words", link]
    parts = written(Mattermost(), link, 20)
    assert "".join(parts).replace(" ", "") == "name(https://e.org/abcdef)"
    for part in written(Slack(), "&" * 100, 23):
        assert part == "&amp;" * (len(part) // 5)
    for part in written(Mattermost(), "x" + "*" * 100, 22):
        assert not re.search(r"(?<!\\)\*|\\$", part)


def test_html_keeps_lines_blanks_and_code() -> None:
    """Tags are text, an entity is not cut, a list is indented, and code stands as it was written."""
    text = "a  b <i>\n- c\n  - d\n\n> e\n```sh\n  f <g>\n\nh\n```\ni `j  k`"
    assert one(Html(), text) == (
        "a\xa0 b &lt;i&gt;<br>• c<br>\xa0 • d<br><br>&gt; e"
        "<br><pre><code>  f &lt;g&gt;\n\nh</code></pre>i <code>j  k</code>"
    )
    for part in written(Html(), "'" * 100, 29):
        assert part == "&#x27;" * (len(part) // 6)
    cut_code = written(Html(), "```\n" + "12345678\n" * 5 + "```", 50)
    assert all(
        part.startswith("<pre><code>1") and part.endswith("8</code></pre>") for part in cut_code
    )


def test_lists_and_quotes_stay_what_they_are() -> None:
    """The rest of an item is indented like it, and every line of a quote is quoted."""
    assert written(PlainText(), "- one two three", 12) == ["• one two", "  three"]
    assert written(PlainText(), "> one two three", 12) == ["> one two", "> three"]
    assert one(PlainText(), "> a\n>\n> b") == "> a\n>\n> b"


@pytest.mark.parametrize(
    "cluster", ["👨‍👩‍👧‍👦", "🇩🇪", "👍🏽", "e\u0301\u0323", "1️⃣", "🏴\U000e0067\U000e0062\U000e007f"]
)
def test_what_is_one_character_to_people_is_not_cut(cluster: str) -> None:
    """Families, flags, skin tones and accents stay whole."""
    for part in written(PlainText(), cluster * 40, 50):
        assert part == cluster * (len(part) // len(cluster))


def test_cut_gives_the_beginning_and_the_rest() -> None:
    """Between words if one ends in the second half."""
    assert cut("short", 10) == ("short", "")
    assert cut("one two three", 9) == ("one two", "three")
    assert cut("abcdefghij", 4) == ("abcd", "efghij")
    assert cut("😀😀😀", 3) == ("😀", "😀😀")


_FRAGMENTS = [
    *(
        "*",
        "_",
        "~",
        "`",
        "``",
        "```",
        "\n",
        "\n\n",
        "> ",
        "- ",
        "1. ",
        "# ",
        "[",
        "](http://e.org/",
    ),
    *(
        "(",
        ")",
        "<",
        "|",
        ">",
        "@all",
        "#g",
        " ",
        "word ",
        "ü",
        "👨\u200d👩\u200d👧",
        "🇩🇪",
        "e\u0301",
    ),
    *("\\", "&amp;", "<!channel>", "https://e.org/c_d ", "![", "|a|b|\n|-|-|\n", "x" * 70, "\t"),
    *(
        "    ",
        ":bell:",
        "---\n",
        "@here ",
        "||",
        "||\n",
        "<t:1630360800:R>",
        "color:#f00 ",
        "\\(",
        "\\)",
    ),
    *("$$", "\\[", "a@b.org ", "example.org", "+49301234567 ", ":) ", "- [x] ", "```js\n"),
]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_text_breaks_a_limit_or_loses_a_word(dialect: type[Dialect]) -> None:
    """Whatever is written, parts are short enough, not empty, and no word of it is missing."""
    rnd = random.Random(dialect.__name__)
    for _ in range(400):
        words = [f"w{index:03}" for index in range(rnd.randrange(1, 12))]
        pieces = [rnd.choice(_FRAGMENTS) for _ in range(rnd.randrange(1, 50))] + [
            f" {word} " for word in words
        ]
        rnd.shuffle(pieces)
        text, limit = "".join(pieces), rnd.choice([60, 100, 333])
        parts = written(dialect(), text, limit)
        assert all(0 < units(part) <= limit for part in parts), text
        found = set(re.findall(r"w\d{3}", " ".join(parts)))
        # The language of a block of code is none of the text.
        named = set(re.findall(r"w\d{3}", " ".join(re.findall(r"`{3,}[^\n]*", text))))
        assert found | named == set(words), text


def test_nothing_is_read_twice_or_for_long() -> None:
    """Texts that are nested without end, or full of brackets, are written as they are."""
    for text in (
        "> " * 500 + "end",
        "- " * 200 + "end",
        "[" * 40_000 + "end",
        "<http://a|" * 4_000 + "end",
    ):
        assert written(Slack(), text, 3_000)[-1].endswith("end")
