"""Messages that nobody should send, and somebody will."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

#: Texts of which nothing can be seen.
BLANK = (
    *(" ", "\n\n", "\t", "\u00a0", "\u3164", "\u2800", "\u200b", "\u200b\u200d", "\ufe0f"),
    *("\x00", "\x01\x1b\x7f", "\u202e\u2066", "\u0301", "\u0301\u20e3", "\u00ad", "\ufeff"),
    *("\u2028\u2029", "\U000e0041\U000e007f", "\U000e0100", "\u115f\u1160", "\u180e\u180b"),
)
_TEXTS = (
    "half \ud800 pair \udfff end",
    "joined \ud83d\ude00 halves",
    "bidi \u202eesrever\u202c and \u2066isolated\u2069",
    "nul \x00 bell \x07 escape \x1b[31mred\x1b[0m delete \x7f",
    "cut emoji 👩‍👩‍👧‍👦 🇨🇭 👍🏽 1️⃣ é e\u0301 \U0001f468\u200d",
    "<script>alert(1)</script> <b>bold</b> &lt;i&gt; &amp; &#8203; &nbsp;end",
    "<!channel> <!here|here> <@U012ABC> <users/all> @all @here @everyone @channel",
    "[words](javascript:alert(1)) [kept](/relative/path) [mail](mailto:a@example.org)",
    "**bold _italic ~strike** broken_ ~ ` tick ``` fence",
    "| a1 | b1 |\n|---|---|\n| c1 | d1 | e1 |",
    "| aa | bb |\n|--|--|\n| `c\\|c` | [dd](https://t.example.org/dd) ![ee](https://t.example.org/e.png) |",
    "> quote1\n> > quote2\n> > > quote3\nlazy",
    "1. one\n   - two\n     1. three\n        > four\n   ```\n   five\n   ```",
    "```js\nconst a = `x`;\n``` after",
    "line1\r\nline2\rline3\u2028line4\u0085line5",
    "#hash @name a@b.example #123 ##heading # heading one",
    "https://example.org/a(b)c). http://[::1]:80/x HTTPS://EXAMPLE.ORG/UP https://münchen.example/ü",
    "a\\*b\\_c \\[d\\](e) \\\\ \\`f\\`",
    "- [x] done1\n- [ ] open2\n* star3\n+ plus4",
    "$&$1${x}{{y}}%s%n{0} {{#if}}",
    "one\ttab  two  spaces   three",
    "* " * 300 + "stars",
    "[" * 400 + "brackets",
    "<" * 400 + "angles",
    "> " * 40 + "deep quote",
    "x" * 3 + "_" * 500 + "y" * 3,
)
_MEMBERS = ("text", "pretext", "title", "author_name", "footer", "fallback", "description")


def hostile() -> Iterator[dict[str, Any]]:
    """Return their members."""
    yield from _blank()
    for text in _TEXTS:
        yield {"text": text, "alias": text}
        yield {
            "text": "",
            "attachments": [
                {
                    **dict.fromkeys(_MEMBERS, text),
                    "title_link": "https://example.org/hostile",
                    "fields": [{"title": text, "value": text}],
                    "actions": [{"text": text, "url": "https://example.org/press"}, {"msg": text}],
                }
            ],
        }
    yield from _large()
    yield from _addresses()
    yield from _beside()


def _blank() -> Iterator[dict[str, Any]]:
    for blank in BLANK:
        hidden: dict[str, Any] = {
            **dict.fromkeys(_MEMBERS, blank),
            "image_url": blank,
            "title_link": blank,
            "fields": [{"title": blank, "value": blank}, {"title": "seen1", "value": blank}],
            "actions": [{"text": blank, "msg": blank, "url": blank}],
        }
        yield {"text": f"The good part {ord(blank[0])}", "attachments": [hidden], "alias": blank}
        seen = {"text": "seen2", "footer": blank, "fields": [{"title": blank, "value": "seen3"}]}
        yield {
            "text": blank,
            "attachments": [{"title": blank}, {"author_name": blank, "author_link": blank}, seen],
        }
        yield {
            "text": f"![{blank}](https://example.org/i.png) [{blank}](https://example.org/l) "
            f"*{blank}* `{blank}`",
            "attachments": [
                {"actions": [{"text": blank, "url": "https://example.org/press"}], "color": "red"},
                {"text": f"*{blank}*\n\n> {blank}\n\n- {blank}\n", "image_url": "/i.png"},
            ],
        }


def _beside() -> Iterator[dict[str, Any]]:
    """Give what stands beside something without a blank, times, and one word many times."""
    yield {"text": "[a](https://example.org/a)[b](https://example.org/b)https://example.org/c,end5"}
    yield {"text": "back\x08space esc\x1b[31mred"}
    yield {"text": "from <t:1708551317:f> on, <t:1708551317:R>"}
    yield {
        "text": "",
        "attachments": [{"title": "title words " * 330, "text": "short"}],
        "alias": "Ada",
    }
    yield {"text": "said in a thread", "thread_key": "1700000000.000100"}


def _large() -> Iterator[dict[str, Any]]:
    words = " ".join(f"w{number:05}" for number in range(3_000))
    lines = "\n".join(f"l{number:05}" for number in range(2_000))
    yield {"text": words}
    yield {"text": lines}
    yield {"text": "z" * 9_000 + " end1"}
    yield {"text": "```\n" + lines + "\n```"}
    yield {"text": "*" + words + "*"}
    yield {"text": "é" * 5_000 + " 😀" * 3_000 + " end2"}
    yield {"text": "\x01" * 4_000 + "end3"}
    yield {"text": "https://example.org/" + "p" * 5_000}
    for member in _MEMBERS:
        yield {"text": "x1", "alias": "Large", "attachments": [{member: words}]}
    yield {"text": "x2", "attachments": [dict.fromkeys(_MEMBERS, words)]}
    yield {"text": "x3", "alias": words}
    yield {"text": "", "alias": "a" * 300, "attachments": [{"title": "t" * 300 + " end4"}]}
    many = [{"title": f"t{n:05}", "value": f"v{n:05}", "short": True} for n in range(10_000)]
    yield {"text": "x4", "attachments": [{"text": "x5", "fields": many, "footer": "x6"}]}
    long = [{"title": f"t{n:02} {'q' * 400}", "value": f"v{n:02} {words}"} for n in range(12)]
    yield {"text": "x7", "attachments": [{"fields": long, "footer": "x8", "ts": 1_800_000_000}]}
    yield {"text": "x9", "attachments": [{"fields": [{"title": words, "value": ""}] * 3}]}
    buttons = [
        {"text": f"b{n:03} {'r' * 90}", "url": f"https://example.org/{n}/{'s' * 1_500}"}
        for n in range(120)
    ]
    yield {"text": "xa", "attachments": [{"actions": buttons}]}
    yield {"text": "xb", "attachments": [{"actions": [{"text": words, "msg": lines}]}]}
    yield {
        "text": "xc",
        "attachments": [
            {"title": f"c{n:03}", "text": f"d{n:03}", "image_url": f"https://example.org/{n}.png"}
            for n in range(150)
        ],
    }
    nested: dict[str, Any] = {"text": "innermost1"}
    for level in range(30):
        nested = {"text": f"level{level:02}", "attachments": [nested]}
    yield {"text": "xd", "attachments": [nested]}
    rows = "\n".join(f"| r{n:03} | [s{n:03}](https://example.org/t{n}) |" for n in range(300))
    yield {"text": f"| Head1 | Head2 |\n|---|---|\n{rows}"}
    yield {"text": "\n".join(f"- [i{n:03}](https://example.org/{n})" for n in range(300))}
    yield {"text": "xe", "attachments": [{"title": '<b>"&' * 200, "author_name": '<i>"&' * 200}]}


def _addresses() -> Iterator[dict[str, Any]]:
    names = (
        *("title_link", "author_link", "message_link", "image_url", "thumb_url"),
        *("audio_url", "video_url"),
    )
    for address in (
        "https://example.org/a b/c d.png",
        "  https://example.org/around  ",
        "https://example.org/tab\there\nand there",
        "https://example.org/" + "long/" * 600,
        "/file-upload/on this server.png",
        "//example.org/no-scheme.png",
        "mailto:ops@example.org",
        "https://example.org/ünï/画像.png?q=é",
        "https://münchen.example/x",
        "http://[::1]:8080/six",
        "https://user:word@example.org/with-user",
        "https://example.org/quotes\"<>'`{}|\\^",
        "HTTPS://EXAMPLE.ORG/UPPER",
    ):
        for name in names:
            yield {"text": f"At {name}", "attachments": [{"title": "titled", name: address}]}
            yield {"text": "", "attachments": [{name: address}]}
        yield {
            "text": "Buttons",
            "attachments": [{"actions": [{"text": "press1", "url": address, "msg": "press2"}]}],
        }
