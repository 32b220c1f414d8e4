"""Messages as HTML: what markup becomes, and that nothing in a message is ever more than markup."""

from __future__ import annotations

import html
import json
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template_string

from admin import rendering
from admin.colours import css_colour
from admin.markup import MAX_CHARS, to_html
from admin.rendering import message_view
from engine.emoji import emoji_character
from engine.markup import parse, safe_url

LINK = 'target="_blank" rel="noopener noreferrer nofollow"'
EXAMPLES = sorted(
    (Path(__file__).parents[2] / "scripts_examples").glob("*/expected/*.json"),
    key=lambda path: path.parts[-3:],
)
#: The members of an attachment that hold texts and addresses.
_MEMBERS = [
    "color",
    "pretext",
    "text",
    "author_name",
    "author_link",
    "author_icon",
    "title",
    "title_link",
    "image_url",
    "thumb_url",
    "message_link",
    "description",
    "audio_url",
    "video_url",
    "footer",
    "footer_icon",
    "ts",
]
_PLAIN = (
    "blockquote br dd dt em hr s strong summary table tbody thead tr ul".split()  # noqa: SIM905
)
#: What a browser may be given of a message: element -> its attributes.
ALLOWED = {
    "a": {"href", "target", "rel", "class", "aria-label"},
    "svg": {"viewbox", "aria-hidden"},
    "rect": {"width", "height", "fill"},
    "article": {"class", "id", "data-id", "data-sender", "data-ts"},
    "audio": {"controls", "preload", "src"},
    "button": {"class", "type", "disabled", "title"},
    "code": {"class"},
    "details": set(),
    "div": {"class", "style", "aria-hidden", "data-letter", "data-tile"},
    "dl": {"class"},
    "img": {"class", "src", "alt", "loading", "referrerpolicy"},
    "input": {"type", "aria-label"},
    "label": {"class"},
    "li": {"class", "value"},
    "ol": {"start"},
    "p": {"class"},
    "pre": {"class"},
    "span": {"class", "title", "aria-hidden"},
    "td": {"style"},
    "th": {"style"},
    "time": {"class", "datetime", "data-show", "title"},
    "video": {"controls", "preload", "src"},
    **{tag: set() for tag in _PLAIN},
}
DATA_PICTURE = re.compile(r"data:image/(?:png|gif|jpeg|webp|svg\+xml);base64,[A-Za-z0-9+/]+={0,2}")
STYLES = re.compile(
    r"text-align:(left|right|center)|--c: (#[0-9a-f]{3,6}|[a-z]+|var\(--(ok|warn|bad)\))"
)


def markup(text: str) -> str:
    """Return a text's HTML without the box around it."""
    made = str(to_html(text)).strip()
    return made.removeprefix('<div class="md">').removesuffix("</div>").strip()


def rendered(message: dict[str, Any]) -> str:
    """Return a message as the room shows it."""
    app = Flask("admin", root_path=str(Path(rendering.__file__).parent))
    rendering.install(app)
    template = '{% from "rooms/_message.html" import message %}{{ message(m) }}'
    with app.test_request_context():
        return render_template_string(template, m=message)


class Inspector(HTMLParser):
    """Fails on everything that a message must not become."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, f"<{tag}>"
        if tag not in ("br", "hr", "img", "input"):
            self.open.append(tag)
        for name, value in attrs:
            assert name in ALLOWED[tag], f"<{tag} {name}={value!r}>"
            if tag == "img" and name == "src" and DATA_PICTURE.fullmatch(value or ""):
                continue
            if name in ("href", "src"):
                assert value is not None
                assert re.match(r"(https?://|mailto:|tel:\+\d|/admin/logs/)", value), (
                    f"{name}={value!r}"
                )
                self.links.append(value)
            if name == "style":
                assert STYLES.fullmatch(value or ""), value

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def inspect(page: str) -> Inspector:
    """Read HTML and fail when there is anything in it that may not be."""
    inspector = Inspector()
    inspector.feed(page)
    inspector.close()
    assert not inspector.open, f"left open: {inspector.open}"
    return inspector


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "<p>plain</p>"),
        ("*bold*", "<p><strong>bold</strong></p>"),
        ("**bold**", "<p><strong>bold</strong></p>"),
        ("_italic_", "<p><em>italic</em></p>"),
        ("~gone~", "<p><s>gone</s></p>"),
        ("~~gone~~", "<p><s>gone</s></p>"),
        ("~*both*~", "<p><s><strong>both</strong></s></p>"),
        ("*1 firing*: x", "<p><strong>1 firing</strong>: x</p>"),
        ("2*3*4 and a * b * c", "<p>2*3*4 and a * b * c</p>"),
        ("snake_case_name", "<p>snake_case_name</p>"),
        ("in ~5 min or ~10 min", "<p>in ~5 min or ~10 min</p>"),
        ("这是*粗体*文字", "<p>这是<strong>粗体</strong>文字</p>"),
        ("`a<b`", "<p><code>a&lt;b</code></p>"),
        ("```js\n1 < 2\n```", '<pre><code class="language-js">1 &lt; 2\n</code></pre>'),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("one\n\ntwo", "<p>one</p>\n<p>two</p>"),
        ("> quoted", "<blockquote>\n<p>quoted</p>\n</blockquote>"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("3. three", '<ol start="3">\n<li>three</li>\n</ol>'),
        (
            "- [x] done\n- [ ] to do",
            '<ul>\n<li class="md-task">☑ done</li>\n<li class="md-task">☐ to do</li>\n</ul>',
        ),
        ("# Title", '<p class="md-heading md-h1">Title</p>'),
        ("    four spaces", "<p>four spaces</p>"),
        ("title\n---", "<p>title</p>\n<hr>"),
        ("[a]: https://example.org", None),
        ("a <b> &amp; &copy;", "<p>a &lt;b&gt; &amp;amp; &amp;copy;</p>"),
    ],
)
def test_rocketchat_markup_becomes_html(text: str, expected: str | None) -> None:
    """One star is bold, one tilde strikes, and text that only looks like markup stays text."""
    if expected is None:
        assert text in html.unescape(re.sub("<[^>]+>", "", markup(text)))
    else:
        assert markup(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("```js\nunclosed", "text ```js\ncode\n```", "```", "~~~", "~~~\ncode\n~~~", "```\n```"),
        *("[](url)", "[text]()", "[text](/relative)", "#", "##### five", "-\n-", ">", "- ", "1)"),
        *(
            "+ plus",
            "a_b_c",
            "*open",
            "||open",
            "|a|b|",
            "\\- no escape",
            "C:\\dir\\file",
            "$5 or $6",
        ),
        *(
            r"\(open",
            "<t:99:f>",
            "color:#ff",
            ":no_such_name:",
            "at 8) and B)",
            "+12",
            "_a_b",
            "* *",
        ),
    ],
)
def test_what_is_no_markup_is_shown_as_it_was_written(text: str) -> None:
    """Nothing of what only begins like markup disappears."""
    assert (
        html.unescape(re.sub("<br>\n|<[^>]+>", lambda tag: "\n" * ("\n" in tag[0]), markup(text)))
        == text.strip()
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```\ncode\n``` after\nmore", "<pre><code>code\n</code></pre>\n<p>after<br>\nmore</p>"),
        ("```ERROR\nx\n```", "<pre><code>ERROR\nx\n</code></pre>"),
        ("> one\ntwo", "<blockquote>\n<p>one</p>\n</blockquote>\n<p>two</p>"),
        ("- one\ntwo", "<ul>\n<li>one</li>\n</ul>\n<p>two</p>"),
        ("- one\n  - two", "<ul>\n<li>one\n<ul>\n<li>two</li>\n</ul>\n</li>\n</ul>"),
        ("- one\n  two", "<ul>\n<li>one<br>\ntwo</li>\n</ul>"),
        ("1. one\n7. seven", '<ol>\n<li>one</li>\n<li value="7">seven</li>\n</ol>'),
        ("*no\nbold*", "<p>*no<br>\nbold*</p>"),
        ("__x__", "<p><em>x</em></p>"),
        ("_:tada: done_", "<p><em>🎉 done</em></p>"),
        (":) and :-D", "<p>🙂 and 😃</p>"),
        (r"\(x^2\)", '<p><code class="md-katex">x^2</code></p>'),
        ("$$\nx\n$$", '<pre class="md-katex"><code>x\n</code></pre>'),
        (
            "color:#FF0000",
            '<p><span class="md-color"><svg viewBox="0 0 1 1" aria-hidden="true">'
            '<rect width="1" height="1" fill="#ff0000"/></svg>color:#FF0000</span></p>',
        ),
        (
            "<t:1630360800:f>",
            '<p><time datetime="2021-08-30T22:00:00Z" data-show="moment">'
            "2021-08-30 22:00 UTC</time></p>",
        ),
        (
            "||*hidden*||",
            '<p><label class="md-spoiler"><input type="checkbox" aria-label="Show what is hidden">'
            "<span><strong>hidden</strong></span></label></p>",
        ),
    ],
)
def test_rocketchat_s_own_markup(text: str, expected: str) -> None:
    """Blocks end where they end there, lines are read one by one, and its other kinds are shown."""
    inspect(markup(text))
    assert markup(text) == expected


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("“https://example.org/a”", ["https://example.org/a"]),
        ("« https://example.org »", ["https://example.org"]),
        ("‘https://example.org’s", ["https://example.org"]),  # noqa: RUF001
        ("（https://example.org/a）", ["https://example.org/a"]),  # noqa: RUF001
        (
            "https://example.org，https://example.org/b。",  # noqa: RUF001
            ["https://example.org", "https://example.org/b"],
        ),
        ("https://example.org/x؟", ["https://example.org/x"]),
        ("https://a.example|https://b.example", ["https://a.example", "https://b.example"]),
        ("https://a.example/x,https://b.example", ["https://a.example/x", "https://b.example"]),
        ("<https://example.org|>", ["https://example.org"]),
        ("||https://example.org||", ["https://example.org"]),
        ("https://example.org/?a=1|2&b=c==", ["https://example.org/?a=1%7C2&amp;b=c=="]),
        ("example.org and www.example.com/a.", ["http://example.org", "http://www.example.com/a"]),
        ("script.js README.md setup.py v1.2.3 10.0.0.1 node.id done.It e.g. a.b", []),
        ("+49301234567 but +10000 and +1", ["tel:+49301234567"]),
        ("ada@example.org, bob@intranet", ["mailto:ada@example.org"]),
        ("[a](example.org/x) [b](ftp://example.org)", ["http://example.org/x"]),
    ],
)
def test_addresses_end_where_they_end(text: str, addresses: list[str]) -> None:
    """Punctuation of any script is none of them; files and versions are no addresses."""
    assert re.findall('href="([^"]*)"', markup(text)) == addresses


def test_tables_are_tables() -> None:
    """They scroll in a box of their own."""
    shown = markup("|a|b|\n|-|-:|\n|1|2|")
    assert shown.startswith('<div class="md-table"><table>')
    assert '<td style="text-align:right">2</td>' in shown


@pytest.mark.parametrize(
    ("text", "url", "words"),
    [
        ("[a *b*](https://example.org/x?a=1&b=2)", "https://example.org/x?a=1&amp;b=2", None),
        ("<https://example.org|its name>", "https://example.org", "its name"),
        ("<https://example.org>", "https://example.org", "https://example.org"),
        ("see https://example.org/a_b_c.", "https://example.org/a_b_c", None),
        ("(https://example.org/a_(b))", "https://example.org/a_(b)", None),
        ("*https://example.org*", "https://example.org", None),
        ("https://example.org/~ada/~x", "https://example.org/~ada/~x", None),
        ("http://127.0.0.1:8080/hooks", "http://127.0.0.1:8080/hooks", None),
        ("[mail](mailto:ada@example.org)", "mailto:ada@example.org", "mail"),
    ],
)
def test_links_in_every_form(text: str, url: str, words: str | None) -> None:
    """They open elsewhere and tell nobody where they were found."""
    assert f'<a href="{url}" {LINK}>{words or ""}' in markup(text)


def test_a_link_s_text_is_no_second_link() -> None:
    """An address as the text of a link leads where the link leads."""
    assert inspect(markup("[https://a.example](https://b.example)")).links == ["https://b.example"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hi @ada.", '<p>hi <span class="md-mention">@ada</span>.</p>'),
        ("in #general", '<p>in <span class="md-channel">#general</span></p>'),
        ("fixes #118", "<p>fixes #118</p>"),
        (
            "ada@example.org",
            f'<p><a href="mailto:ada@example.org" {LINK}>ada@example.org</a></p>',
        ),
        ("ada@intranet", "<p>ada@intranet</p>"),
        ("@octo-org/team", '<p><span class="md-mention">@octo-org</span>/team</p>'),
        (":tada: :+1:", "<p>🎉 👍</p>"),
        (":no_such_thing:", "<p>:no_such_thing:</p>"),
        ("at 12:30:45", "<p>at 12:30:45</p>"),
        ("`:tada: @ada`", "<p><code>:tada: @ada</code></p>"),
        ("![chart](https://example.org/a.png)", None),
    ],
)
def test_names_emojis_and_pictures(text: str, expected: str | None) -> None:
    """People and rooms stand out, shortcodes become characters, times and issues stay."""
    shown = markup(text)
    if expected is None:
        assert '<img class="md-image" src="https://example.org/a.png" alt="chart"' in shown
    else:
        assert shown == expected


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=https://example.org></iframe>",
    "<style>*{display:none}</style>",
    "<!-- --><!DOCTYPE x><?php ?>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:msgbox(1))",
    "[x](file:///etc/passwd)",
    "[x](//example.org/x)",
    "[x](/admin/logout/)",
    "[x](admin)",
    "[x](blob:https://example.org/x)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    "![x](mailto:a@example.org)",
    '![" onerror="alert(1)](https://example.org/x.png)',
    '[x](https://example.org/"onmouseover="alert(1))',
    "[x](<https://example.org/ onclick=alert(1)>)",
    '[x](https://example.org "onmouseover=alert(1)")',
    "<javascript:alert(1)>",
    "<javascript:alert(1)|x>",
    "<data:text/html,x|x>",
    '<https://example.org/"onclick="x|"><script>alert(1)</script>',
    'https://example.org/"onmouseover="alert(1)',
    "https://example.org/<script>alert(1)</script>",
    "javascript://example.org/%0aalert(1)",
    "```\n</code></pre><script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "`</code><script>alert(1)</script>`",
    "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    "# <script>alert(1)</script>",
    "> <script>alert(1)</script>",
    "- <script>alert(1)</script>",
    "@<script> #<script>alert(1)</script>",
    ":<script>: :tada<b>:",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;script&#62;",
    "*<b>* _<i>_ ~<s>~",
    "[![x](https://example.org/a.png)](javascript:alert(1))",
    "[a](https://example.org)<script>",
    "\u2028<script>\u2029</script>\x00<script>",
    "[x](https://[::1)",
    "[x](http://\u0000)",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_becomes_more_than_markup(attack: str) -> None:
    """Every place of a message that shows text shows an attack as text."""
    inspect(str(to_html(attack)))
    inspect(
        rendered(
            {
                "_id": attack,
                "msg": attack,
                "ts": attack,
                "alias": attack,
                "avatar": attack,
                "emoji": attack,
                "bot": {"i": attack},
                "u": {"_id": attack, "username": attack, "name": attack},
                "attachments": [
                    {
                        **dict.fromkeys(_MEMBERS, attack),
                        "collapsed": collapsed,
                        "fields": [{"title": attack, "value": attack, "short": True}],
                        "actions": [{"text": attack, "url": attack, "image_url": attack}],
                    }
                    for collapsed in (True, False)
                ],
            }
        )
    )


@pytest.mark.parametrize(
    "flood",
    [
        "[" * 8000,
        "*a _" * 2000,
        "~a" * 4000,
        "<https://" * 800,
        "`" * 8000,
        "![](" * 2000,
        ":a" * 4000,
        "@a" * 4000,
        "https://a" * 800,
        ">" * 8000,
        "- " * 4000,
        "|a" * 2000 + "\n" + "|-" * 2000,
        "&" * 8000,
        "(https://a.example/" + ")" * 7900,
        "https://a.example/" + "(" * 7900,
        "[x](" * 2000,
        *(
            "[[a]" * 2000,
            "*a _b ~c " * 900,
            "||a" * 2700,
            "\\(" * 4000,
            "\\[\n" * 2700,
            "$$\n" * 2700,
        ),
        *("```\n" * 2000, "||\n" * 2700, "1.\n" * 2700, "@" * 8000, "a.b." * 2000, "a@b." * 2000),
        *(
            "+1" * 4000,
            "_a_b" * 2000,
            "`` ` " * 1600,
            "- a\n  " * 1300,
            "<t:1" * 2000,
            "|a\n" * 2700,
        ),
    ],
)
def test_no_text_takes_long(flood: str) -> None:
    """What would be slow to read as markup is bounded."""
    began = time.process_time()
    shown = str(to_html(flood))
    assert time.process_time() - began < 3
    inspect(shown)


@pytest.mark.parametrize(
    "repeated",
    [
        *(">\n", "> \n", "> >\n", "|a|\n|-|\n", "````a\n", "``` a\n", "||\n", "$$\n", "\\[\n"),
        *(
            "- a\n",
            "  - a\n",
            "> - ",
            "> ```\n",
            "[a](",
            "![a](",
            "<https://a|",
            "*_~",
            "||*a _b ~c ",
        ),
        *("color:#", "\\(", "``a ", ":a", "@a", "a@b ", "'", "https://a.b/(", "$$ ", "[[a]"),
    ],
)
def test_reading_takes_time_in_proportion(repeated: str) -> None:
    """Eight times as much text takes nothing like eight times eight times as long."""
    short, long = (_reading_s(repeated * (chars // len(repeated))) for chars in (4_000, 32_000))
    assert long < 40 * max(short, 0.005)


def test_what_was_looked_for_in_vain_is_not_looked_for_again() -> None:
    """Heads of tables that a late row voids, and empty quotes within a list."""
    for head, row, end in (("", "|a|\n|-|\n", "|a|b|\n"), ("- a\n", "  >\n", "")):
        short, long = (_reading_s(head + row * count + end) for count in (500, 4_000))
        assert long < 40 * max(short, 0.005)


def _reading_s(text: str) -> float:
    """Return the least of a few times that a text takes to be read, in seconds of the processor."""
    times = []
    for _ in range(3):
        began = time.process_time()
        parse(text)
        times.append(time.process_time() - began)
    return min(times)


@pytest.mark.parametrize("mark", ["\u200b", "\u2066", "\u3164", " "])
def test_no_link_is_invisible(mark: str) -> None:
    """One whose text shows nothing shows its address."""
    shown = to_html(f"[{mark}](https://example.org/a) <https://example.org/b|{mark}>")
    assert ">https://example.org/a<" in shown
    assert ">https://example.org/b<" in shown


def test_empty_formulas_are_text() -> None:
    """Nothing that stands beside them disappears."""
    assert "$$ $$ abc" in to_html("$$ $$ abc")


def test_a_huge_text_is_folded_and_cut() -> None:
    """The page stays usable; how much is left out is said."""
    shown = str(to_html("x" * (MAX_CHARS + 1234)))
    assert 'class="fold"' in shown
    assert "1,234 more characters" in shown
    assert len(shown) < MAX_CHARS + 1000


@pytest.mark.parametrize("nest", ["> ", "- ", "1. "])
def test_text_that_is_nested_too_deeply_is_still_shown(nest: str) -> None:
    """The parser leaves out what is below its deepest level; the text stays whole then."""
    assert "the bottom" in to_html(nest * 60 + "the bottom")


def test_one_message_cannot_ask_for_endless_reading() -> None:
    """After some of it, the rest of a message's texts is shown without markup."""
    view = message_view({"attachments": [{"text": "*b* " * 1500}] * 100})
    assert len(view.attachments) == 20
    assert view.more_attachments == 80
    assert "<strong>" in view.attachments[0].text
    assert "<strong>" not in view.attachments[19].text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("good", "var(--ok)"),
        ("warning", "var(--warn)"),
        ("danger", "var(--bad)"),
        ("#abc", "#abc"),
        ("#D1242F", "#d1242f"),
        ("d1242f", "#d1242f"),
        ("RebeccaPurple", "rebeccapurple"),
        ("#abcd", None),
        ("red;background:url(//x)", None),
        ("url(//x)", None),
        ("inherit", None),
        ("", None),
        (3, None),
        (None, None),
    ],
)
def test_only_colours_are_colours(given: Any, expected: str | None) -> None:
    """A colour goes into a style, so nothing else may."""
    assert css_colour(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (":octopus:", "🐙"),
        ("rotating_light", "🚨"),
        (":large_green_circle:", "🟢"),
        ("🚀", "🚀"),
        (":nope:", None),
        ("no such emoji", None),
        (7, None),
    ],
)
def test_shortcodes_become_characters(given: Any, expected: str | None) -> None:
    """With colons, without, or a character already."""
    assert emoji_character(given) == expected


@pytest.mark.parametrize(
    "url", ["/avatar/x", "ftp://example.org", "https://", " ", "https://a b", 5]
)
def test_what_is_no_web_address_is_none(url: Any) -> None:
    """Addresses are checked where they are used, whatever was stored."""
    assert safe_url(url) is None


def test_a_message_has_a_face() -> None:
    """A picture, else an emoji, else a letter in a colour that stays the same."""
    picture = message_view({"avatar": "https://example.org/a.png", "emoji": ":fire:"})
    assert (picture.avatar_url, picture.avatar_emoji) == ("https://example.org/a.png", None)
    assert message_view({"emoji": ":fire:"}).avatar_emoji == "🔥"
    letter = message_view({"alias": "«zoë»", "emoji": ":nope:"})
    assert (letter.avatar_emoji, letter.letter) == (None, "Z")
    assert letter.tile == message_view({"alias": "«zoë»"}).tile


@pytest.mark.parametrize(
    ("ts", "expected"),
    [
        ("2025-05-06T03:10:00.000Z", "2025-05-06T03:10:00.000Z"),
        ("2025-05-06T05:10:00+02:00", "2025-05-06T03:10:00.000Z"),
        (1746501000, "2025-05-06T03:10:00.000Z"),
        ("1746501060", "2025-05-06T03:11:00.000Z"),
        (1746501000000, "2025-05-06T03:10:00.000Z"),
        ("yesterday", None),
        (1e300, None),
        ([], None),
    ],
)
def test_times_of_every_form(ts: Any, expected: str | None) -> None:
    """ISO texts, seconds and milliseconds; what is none is left out."""
    view = message_view({"attachments": [{"title": "t", "ts": ts}]})
    assert view.attachments[0].ts == expected


@pytest.mark.parametrize(
    "junk", [None, [], {}, "x", 3, True, [None], [[]], [{"fields": 3}], {"a": []}]
)
def test_members_of_any_type_are_survived(junk: Any) -> None:
    """Scripts may store what they like; the room still opens."""
    names = ["_id", "msg", "ts", "alias", "avatar", "emoji", "bot", "u", "attachments"]
    inspect(rendered(dict.fromkeys(names, junk)))
    inspect(
        rendered(
            {"attachments": [dict.fromkeys((*_MEMBERS, "fields", "actions", "collapsed"), junk)]}
        )
    )


def test_attachments_within_attachments_are_shown() -> None:
    """As Rocket.Chat shows a quotation in a quotation; of very many the rest is counted."""
    quoted: dict[str, Any] = {"author_name": "Innermost", "text": "*deep*"}
    for number in range(10):
        quoted = {
            "author_name": f"Author {number}",
            "attachments": [quoted, {"image_url": PNG_URL}],
        }
    shown = rendered({"attachments": [quoted]})
    inspect(shown)
    assert shown.count('class="attached"') == 21
    assert "Innermost" in shown
    assert "<strong>deep</strong>" in shown
    wide = rendered({"attachments": [{"attachments": [{"text": "x"}] * 25}] * 8})
    assert wide.count('class="attached"') == 8 + 100
    assert wide.count("and 5 more attachments") == 5
    assert wide.count("and 25 more attachments") == 3


def test_what_describes_an_attachment_and_its_message_are_shown() -> None:
    """The description below the text; the quoted message by its author, or by a button."""
    link = "https://example.org/channel/a?msg=1"
    view = message_view(
        {
            "attachments": [
                {
                    "text": "text",
                    "description": "*more*",
                    "author_name": "Ada",
                    "message_link": link,
                },
                {"description": "alone", "author_link": "https://example.org/ada"},
                {"author_name": "Ada", "author_link": "https://example.org/", "message_link": link},
            ]
        }
    )
    first, second, third = view.attachments
    assert (first.author_name, first.author_link) == ("Ada", link)
    assert first.text.striptags() == "text more"
    assert second.text.striptags() == "alone"
    assert second.author_name == second.author_link == "https://example.org/ada"
    assert [(one.text, one.url) for one in third.actions] == [("Message", link)]


def test_addresses_with_blanks_lead_where_browsers_would_go() -> None:
    """The blanks are encoded; in the name of a host they make it none."""
    given = {
        "author_link": "https://example.org/a b",
        "image_url": " http://192.0.2.1/front cam.jpg\n",
        "title_link": "https://example.org evil.example/",
        "actions": [{"text": "Go", "url": "https://example.org/\tgo on"}],
    }
    view = message_view({"attachments": [given]}).attachments[0]
    assert view.author_link == "https://example.org/a%20b"
    assert view.image_url == view.image_link == "http://192.0.2.1/front%20cam.jpg"
    assert view.title_link is None
    assert view.actions[0].url == "https://example.org/go%20on"


def test_addresses_of_another_server_are_told() -> None:
    """Nobody can follow them here, and nothing that was written disappears."""
    given = {"title": "t", "title_link": "/file-upload/x/report.pdf", "image_url": "images/a.png"}
    view = message_view({"attachments": [given]}).attachments[0]
    assert view.unshown == ["Title's link: /file-upload/x/report.pdf", "Picture: images/a.png"]
    assert view.title_link is None


def test_an_attachment_is_shown_whole() -> None:
    """Bar, pretext, author, title, text, fields, picture, footer and buttons."""
    shown = rendered(
        {
            "_id": "m1",
            "msg": "text",
            "bot": {"i": "x"},
            "u": {"username": "rocket.cat"},
            "attachments": [
                {
                    "color": "#d1242f",
                    "pretext": "before *it*",
                    "author_name": "Ada",
                    "author_link": "https://example.org/ada",
                    "title": "The title",
                    "title_link": "https://example.org/t",
                    "text": "the text",
                    "fields": [
                        {"title": "Short", "value": 1, "short": True},
                        {"title": "Long", "value": "*v*", "short": False},
                    ],
                    "image_url": "https://example.org/i.png",
                    "thumb_url": "https://example.org/t.png",
                    "footer": "monitor",
                    "actions": [
                        {"type": "button", "text": "Open", "url": "https://example.org/o"},
                        {"type": "button", "text": "Say", "msg": "hi"},
                    ],
                },
                {"title": "Later", "collapsed": True, "text": "hidden"},
            ],
        }
    )
    links = inspect(shown).links
    assert '<span class="bot">BOT</span>' in shown
    assert 'style="--c: #d1242f"' in shown
    for url in ("ada", "t", "i.png", "t.png", "o"):
        assert f"https://example.org/{url}" in links
    assert '<div class="whole"><dt>Long</dt><dd><div class="md"><p><strong>v</strong>' in shown
    assert "<details>" in shown
    assert "disabled" in shown


PNG_URL = "data:image/png;base64,iVBORw0KGgo="
SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'


def test_pictures_in_data_addresses_are_shown() -> None:
    """In every place of a picture, and nowhere else; a picture in the message leads nowhere."""
    svg = f"data:image/svg+xml;ascii,{SVG}"
    shown = rendered(
        {
            "avatar": PNG_URL,
            "attachments": [
                {
                    "author_name": "Ada",
                    "author_icon": svg,
                    "thumb_url": PNG_URL,
                    "image_url": svg,
                    "actions": [
                        {"text": "Go", "url": "https://example.org/", "image_url": PNG_URL}
                    ],
                }
            ],
        }
    )
    assert inspect(shown).links == ["https://example.org/"]
    assert shown.count(f'src="{PNG_URL}"') == 3
    # Text is encoded anew: nothing of it stands in the page.
    assert shown.count('src="data:image/svg+xml;base64,') == 2
    assert "alert" not in shown


@pytest.mark.parametrize(
    "url",
    [
        "data:text/html,<script>alert(1)</script>",
        "data:text/html;base64,PHNjcmlwdD4=",
        "data:application/xhtml+xml,<x/>",
        "data:image/png;base64,not base64!",
        'data:image/png,"><script>alert(1)</script>;base64,',
        "data:,x",
        "data:image/svg+xml," + "x" * (64 << 10),
    ],
)
def test_data_addresses_of_other_things_are_told_and_do_nothing(url: str) -> None:
    """No link, no picture, no player: words say that there is something."""
    members = dict.fromkeys(
        ("author_link", "title_link", "audio_url", "video_url", "thumb_url", "image_url"), url
    )
    action = {"text": "Press", "url": url}
    shown = rendered(
        {
            "avatar": url,
            "attachments": [{**members, "title": "T", "author_icon": url, "actions": [action]}],
        }
    )
    assert inspect(shown).links == []
    assert "<script" not in shown
    if not url.startswith('data:image/png,"'):
        assert "data:image" not in shown
    for label in ("Author&#39;s link", "Title&#39;s link", "Audio", "Video"):
        assert f"{label}: " in shown
    assert "disabled" in shown


def test_a_long_address_of_a_face_stands_in_the_page_once() -> None:
    """Messages are grouped by sender; 64 KB of picture are not needed for that."""
    url = "data:image/svg+xml;base64," + "QUJD" * 10_000
    view = message_view({"avatar": url, "alias": "Ada"})
    assert len(view.sender) < 600
    other = message_view({"avatar": url.replace("QUJD", "QUJE", 1), "alias": "Ada"})
    assert view.sender != other.sender


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_messages_of_the_examples_are_shown(path: Path) -> None:
    """Every message that an example script makes is shown in full."""
    for message in json.loads(path.read_text()).get("messages", []):
        shown = rendered(message)
        inspect(shown)
        for attachment in message.get("attachments", []):
            assert str(html.escape(attachment.get("title", ""), quote=False)) in shown.replace(
                "&#39;", "'"
            ).replace("&#34;", '"')
