"""The texts that are read twice: stored ones, every kind in several places, nested and hostile ones."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

_STORED = Path(__file__).parent / "message_texts.json"

#: Every kind of what a message may hold.
_KINDS = [
    *("plain words", "*bold*", "**bold**", "_italic_", "__italic__", "~struck~", "~~struck~~"),
    *("*bold _italic_*", "_italic *bold*_", "~*both*~", "*a* _b_ ~c~", "`code`", "`a *b* _c_`"),
    *("[its name](https://example.org/a)", "[*bold* name](https://example.org)", "[text]()"),
    *("[](https://example.org/a)", "[](url)", "[text](/relative)", "[a (b)](https://example.org/(c))"),
    *("<https://example.org/a|its name>", "<https://example.org|>", "https://example.org"),
    *("https://example.org/a/b?c=d&e=f#g", "https://example.org/a_b_c", "http://example.com:8080/x"),
    *("example.com", "www.example.com/path", "sub.example.co.uk", "script.js", "index.html", "v1.2.3"),
    *("ada@example.org", "ada.l+x@example.co.uk", "@ada", "@ada.lovelace", "#general", "#ops-room"),
    *(":tada:", ":+1:", ":no_such_name:", ":)", ":-D", ";)", "<3", "\N{ROCKET}", "12:30:45"),
    *("||hidden||", "||*bold* hidden||", "|| open", "<t:1630360800:f>", "<t:1630360800>"),
    *("<t:2025-07-22T10:00:00+02:00:R>", "\\<t:1630360800:f>", "color:#ff0000", "color:#f00"),
    *("\\(x^2\\)", "\\(x", "&copy;", "&lt;b&gt;", "a & b < c > d", "\\*no bold\\*", "\\_no\\_", "\\-"),
    *("*open", "_open", "~open", "`open", "[open", "*", "_", "~", "`", "**", "__", "~~", "``"),
    *("snake_case_name", "two_words", "a*b", "5 % of 100", "1.5", "-5", "a - b", "a_b_", "e.g. this"),
    *("![a picture](https://example.org/a.png)", "<b>no markup</b>", "C:\\dir\\file", "(y)", "a@b"),
    *("größer", "数字", "“quoted”", "… and so on", "+4930123456", "100 €", "it's", "don't \"say\" so"),
    *("*see https://example.org/a*", "[`code` in it](https://example.org)", "*||hidden||*", "||*a* https://example.org||"),
    *("done :tada:.", "item 8)", "<t:2025-07-22T10:00:00.000Z:R>", "<t:10:00:R>", "* a * b", "- [X] x"),
    *("*a*b", "a*b*", "_a_b", "*a *", "_a _", "*a* *b*", "*a**b*", "`a``b`", "__a__b", "*_a*_"),
]  # fmt: skip
#: Where it may stand; a message is not made of marks alone.
_PLACES = [
    "{}",
    "see {} here",
    "{} and more",
    "first line\n{}",
    "{}\nlast line",
    "> {}",
    "- {}",
    "# {}",
]
#: Blocks, with what is before and after them.
_BLOCKS = [
    *("```\ncode\n```", "```js\nlet a = 1;\n```", "```ERROR\nx\n```", "```\ncode", "```js", "```", "~~~"),
    *("~~~\ncode\n~~~", "text ```js\ncode\n```", "```\ncode\n``` after", "```\n  a\n\n  b\n```"),
    *("> quote", "> one\n> two", ">", "> ", ">no blank", "> a\n>\n> b", "- one\n- two", "* one\n* two"),
    *("-\n-", "-", "- ", "1. one\n2. two", "3. three\n7. seven", "1. one", "- [x] done\n- [ ] open"),
    *("# Title", "## Two", "#### Four", "##### five", "#", "#no blank", "# T #", "---", "-----", "--"),
    *("***", "___", "===", "|a|b|\n|-|-|\n|1|2|", "|a|b|\n|:-|-:|\n|1|2|", "|a|\n|-|", "|a|b|", "|`a\\|b`|\n|-|"),
    *("a|b\n-|-\n1|2", "$$\nx\n$$", "\\[\nx\n\\]", "\\[x\\]", "$$x$$", "||\nhidden\n||", "||\nhidden"),
    *("+ plus", "1) one", " - indented", "    four spaces", "\ttab", "- a\n* b", "* a\n- b", "a\n---"),
]  # fmt: skip
_AROUND = [
    "{}",
    "before\n{}",
    "{}\nafter",
    "before\n{}\nafter",
    "before\n\n{}\n\nafter",
    "{}\n\n{}",
]
_HOSTILE = [
    *("*" * 40, "_" * 40, "~" * 40, "`" * 41, "|" * 40, "[" * 40, "(" * 40, "<" * 40, "\\" * 40),
    *("> " * 10 + "x", "#" * 40, "-" * 40, "*a _b" * 10, "[a](" * 10, "![a](" * 10, "<https://a" * 10),
    *("||a" * 9, "$$a\n" * 5, "\\(" * 20, ":a" * 20, "@a" * 20, "+1" * 20, "a.b" * 20, "&amp;" * 9),
    *("*_~" * 10, "_*a" * 9, "~_*a*_~" * 4, "`a`" * 9, "`*`" * 9, "a@b.c" * 5, "https://" * 9),
    *("|a|b|\n|-|-|\n|1|2|3|",), *("~~a ~b~ c~~", "*a *b* c*", "__a _b_ c__", "*a **b** c*", "_a __b__ c_", "~a ~~b~~ c~", "***a***"),
    *("\u202e*right*", "\u200b*x*\u200b", "*\u200b*", "*\u00a0*", "\ufeff# x", "a\u2028*b*", "\U0010ffff"),
    *("<script>alert(1)</script>", "[x](javascript:alert(1))", "javascript:alert(1)", "<!-- x -->"),
]  # fmt: skip
_WORDS = [
    "word",
    "two words",
    "x",
    "Größe",
    "数",
    "5",
    "a.b",
    "(so)",
    "@ada said",
    "go :tada: go",
    "`c*d` it",
]
#: Addresses stand beside marks only: those within are a difference of their own, see the kinds.
_ALONE = [
    "https://example.org/p",
    "[a *name*](https://example.org)",
    "<https://example.org/|x>",
    "42",
]
_MARKS = ["*{}*", "_{}_", "~{}~", "**{}**", "__{}__", "~~{}~~"]
_JOINTS = [" ", ", ", " - ", ": ", " and "]


def texts() -> list[str]:
    """Return all of them, each once."""
    stored = json.loads(_STORED.read_text(encoding="utf-8"))
    found = [text for group in stored.values() for text in group]
    found += [place.replace("{}", kind) for kind in _KINDS for place in _PLACES]
    found += [around.replace("{}", block) for block in _BLOCKS for around in _AROUND]
    found += [*_HOSTILE, *_nestings(random.Random(10), 500)]
    return list(dict.fromkeys(text for text in found if text.strip()))


def _nestings(rnd: random.Random, count: int) -> Iterator[str]:
    for _ in range(count):
        lines = [_sentence(rnd) for _ in range(rnd.choice([1, 1, 2, 3]))]
        start = rnd.choice(["", "", "", "> ", "- ", "1. ", "# "])
        yield "\n".join(start + line for line in lines)


def _sentence(rnd: random.Random) -> str:
    parts = [_phrase(rnd, 3) for _ in range(rnd.randrange(1, 4))]
    if rnd.random() < 0.3:
        parts.append(rnd.choice(_ALONE))
        rnd.shuffle(parts)
    text = parts[0]
    for part in parts[1:]:
        text += rnd.choice(_JOINTS) + part
    return text


def _phrase(rnd: random.Random, depth: int, without: str = "") -> str:
    """A word, or a phrase between marks; none of them stands within its own kind."""
    marks = [mark for mark in _MARKS if mark[0] not in without]
    if depth == 0 or not marks or rnd.random() < 0.4:
        return rnd.choice(_WORDS)
    mark = rnd.choice(marks)
    inner = _phrase(rnd, depth - 1, without + mark[0])
    if rnd.random() < 0.4:
        inner += " " + _phrase(rnd, depth - 1, without + mark[0])
    return mark.format(inner)
