"""What is read of a text, in a form in which two parsers can be compared: lines of runs with styles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from markdown_it.common.normalize_url import normalizeLink
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from engine.emoji import emoji_character
from engine.markup import parse

#: A text and its styles.
Run = tuple[str, tuple[str, ...]]
#: A kind, and what is in it.
Block = tuple[str, tuple[Run, ...]]

_MARKS = {"strong": "bold", "em": "italic", "s": "strike", "spoiler": "spoiler"}
_BOXES = {"\N{BALLOT BOX} ": "task", "\N{BALLOT BOX WITH CHECK} ": "task done"}


def ours(text: str) -> list[Block]:
    """Return what Hooksmith reads."""
    tokens = parse(text)
    if tokens is None:
        return _tidy([("line", [(line, ())]) for line in text.split("\n")])
    return _tidy(_blocks(SyntaxTreeNode(tokens).children, "line"))


def theirs(blocks: Iterable[Any]) -> list[Block]:
    """Return what message_parser.mjs printed for one text."""
    return _tidy(
        (
            kind.removesuffix(" none"),
            [(run, tuple(map(_their_style, styles))) for run, styles in runs],
        )
        for kind, runs in blocks
    )


def _their_style(style: str) -> str:
    kind, _, value = style.partition(":")
    if kind in ("link", "image"):
        return f"{kind}:{_address(value)}"
    if kind == "emoji":
        # A name that nobody knows is shown as it was written.
        name, _, is_drawn = value.partition("|")
        return "emoji" if is_drawn or emoji_character(f":{name}:") else ""
    return style


def _address(written: str) -> str:
    if written.startswith("//"):
        written = f"http:{written}"
    elif not re.match(r"tel:|[a-z0-9+-]+:(?!\d)", written, re.IGNORECASE):
        written = f"http://{written}"
    return re.sub(r"^tel:\+?", "tel:", normalizeLink(written))


def _blocks(nodes: Sequence[SyntaxTreeNode], kind: str) -> Iterator[tuple[str, list[Run]]]:
    for node in nodes:
        if node.type == "paragraph":
            yield from _lines(node, kind)
        elif node.type == "heading":
            yield from _lines(node, f"heading {node.tag[1:]}")
        elif node.type == "fence":
            yield f"code {node.info}".strip(), [(node.content, ())]
        elif node.type == "katex_block":
            yield "katex", [(node.content, ())]
        elif node.type == "hr":
            yield "rule", []
        elif node.type in ("th", "td"):
            align = str(node.attrs.get("style", "")).removeprefix("text-align:")
            cell = "head" if node.type == "th" else "row"
            yield f"{cell} {align}".strip(), [*_runs(node.children[0].children, ())]
        elif node.type == "list_item":
            yield from _item(node)
        else:
            inner = {"blockquote": "quote", "spoiler_block": "spoiler"}.get(node.type, kind)
            yield from _blocks(node.children, inner)


def _item(node: SyntaxTreeNode) -> Iterator[tuple[str, list[Run]]]:
    first, *more = _blocks(node.children, "line") if node.children else [("line", [])]
    kind, runs = first
    if kind == "line":
        kind = f"item {node.info}".strip()
        if runs and (task := _BOXES.get(runs[0][0][:2])):
            kind, runs = task, [(runs[0][0][2:], runs[0][1]), *runs[1:]]
    yield kind, runs
    yield from more


def _lines(node: SyntaxTreeNode, kind: str) -> Iterator[tuple[str, list[Run]]]:
    line: list[Run] = []
    for run in _runs(node.children[0].children, ()):
        if run[0] == "\n":
            yield kind, line
            line = []
        else:
            line.append(run)
    yield kind, line


def _runs(nodes: Sequence[SyntaxTreeNode], styles: tuple[str, ...]) -> Iterator[Run]:
    for node in nodes:
        token: Token = node.token if node.token else node.nester_tokens.opening  # type: ignore[union-attr]
        if node.type in _MARKS:
            yield from _runs(node.children, (*styles, _MARKS[node.type]))
        elif node.type == "link":
            yield from _runs(node.children, (*styles, f"link:{_address(str(node.attrs['href']))}"))
        elif node.type == "image":
            src = _address(str(node.attrs["src"]))
            yield node.content or src, (*styles, f"image:{src}")
        elif node.type == "softbreak":
            yield "\n", ()
        elif node.type == "text":
            yield node.content, styles
        else:
            yield _special(node, token, styles)


def _special(node: SyntaxTreeNode, token: Token, styles: tuple[str, ...]) -> Run:
    match node.type:
        case "code_inline":
            return node.content, (*styles, "code")
        case "name":
            return node.content, (*styles, "mention")
        case "emoji":
            return token.markup, (*styles, "emoji")
        case "katex":
            return node.content, (*styles, "katex")
        case "color":
            return f"color:#{_full_colour(token.info)}", (*styles, "color")
        case "time":
            return str(int(token.meta["moment"].timestamp())), (*styles, f"time:{token.info}")
    raise AssertionError(node.type)


def _full_colour(short: str) -> str:
    digits = short.removeprefix("#")
    if len(digits) < 6:
        digits = "".join(digit * 2 for digit in digits)
    return digits.ljust(8, "f")


def _tidy(blocks: Iterable[tuple[str, list[Run]]]) -> list[Block]:
    """Join runs of one style, make blanks one, and leave out what shows nothing."""
    found: list[Block] = []
    for kind, runs in blocks:
        is_verbatim = kind.startswith(("code", "katex"))
        joined: list[Run] = []
        for text, styles in runs:
            text = text.replace("\x00", "\ufffd")
            kept = tuple(sorted(style for style in styles if style))
            shown = text if is_verbatim else re.sub(r"\s+", " ", text)
            if joined and joined[-1][1] == kept:
                joined[-1] = (joined[-1][0] + shown, kept)
            elif shown:
                joined.append((shown, kept))
        if is_verbatim:
            joined = [(text.strip("\n"), kept) for text, kept in joined]
        elif joined:
            joined[0] = (joined[0][0].lstrip(), joined[0][1])
            joined[-1] = (joined[-1][0].rstrip(), joined[-1][1])
        joined = [run for run in joined if run[0]]
        if all(not run[0].strip() or "emoji" in run[1] for run in joined):
            joined = [("".join(run[0] for run in joined).replace(" ", ""), ("emoji",))] * bool(
                joined
            )
        if joined or kind == "rule" or kind.startswith(("head", "row")):
            found.append((kind, tuple(joined)))
    return found
