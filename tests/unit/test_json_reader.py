"""JSON as others write it: what is valid is read, and what is not is placed."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import pytest

from engine.errors import Invalid
from engine.json_reader import (
    BrokenJson,
    parse,
    parse_bytes,
    parse_first,
    well_formed,
    well_formed_escapes,
)
from engine.json_repair import repaired


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"disk full on \ud83d"', "disk full on \ufffd"),
        (r'"caf\udce9 is down"', "caf\ufffd is down"),
        (r'"\ude00\ud83d"', "\ufffd\ufffd"),
        (r'"\ud83d\ude00 \uD83D\uDE00"', "😀 😀"),
        (r'"\ud83d\ud83d\ude00"', "\ufffd😀"),
        (r'"\\ud83d"', "\\ud83d"),
        (r'"\\\ud83d"', "\\\ufffd"),
        (r'{"\ud800": 1}', {"\ufffd": 1}),
        ("[1e400, -1e400, 1e308]", [None, None, 1e308]),
        ("9" * 5000, None),
        ("12345678901234567890123", 1.2345678901234568e22),
        ("18446744073709551616", 18446744073709551616.0),
        ("[1, 9007199254740993]", [1, 9007199254740993]),
        ("-0.0", -0.0),
        ('{"a": 1, "b": 2, "a": 3}', {"a": 3, "b": 2}),
        ('{"__proto__": {"x": 1}, "constructor": 2}', {"__proto__": {"x": 1}, "constructor": 2}),
        (' \t\r\n {"a" : [ ] } \n', {"a": []}),
        ('"\u2028\x7f"', "\u2028\x7f"),
    ],
)
def test_what_json_parse_reads_is_read_as_something_that_can_be_stored(
    text: str, value: Any
) -> None:
    """Halves of surrogate pairs become U+FFFD, and numbers beyond a double what JSON.stringify makes of them."""
    assert parse(text) == value
    json.dumps(parse(text), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{"text": "x",}', 1, 14),
        ('{"text": "disk \n full"}', 1, 16),
        ('{\n  "text": "a\tb"\n}', 2, 13),
        ("{'text': 'x'}", 1, 2),
        ('{"text": NaN}', 1, 10),
        ('{"a": 1e400,\n "b": -Infinity}', 2, 7),
        ("[1 2]", 1, 4),
        ('{"a": 1} x', 1, 10),
        ('{"text": "cut', 1, 10),
        ("\ufeff{}", 1, 1),
        ("", 1, 1),
        ("01", 1, 2),
        (r'"\x"', 1, 2),
        ("[" * 2000 + "]" * 1999, 1, 4000),
        ("[" * 2000 + ",", 1, 2001),
        ('{"a":\n' * 2000 + "x", 2001, 1),
        ("[" * 2000 + "]" * 2000 + " x", 1, 4002),
    ],
)
def test_what_json_parse_refuses_is_refused_at_its_place(text: str, line: int, column: int) -> None:
    """Counted from 1, also where it is nested deeper than quick readers go."""
    with pytest.raises(BrokenJson) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).endswith(f": line {line}, column {column}")


@pytest.mark.parametrize("levels", [101, 254, 255, 1000, 1024, 1025, 100_000])
@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"a":', "}")])
def test_any_depth_is_read(levels: int, begin: str, end: str) -> None:
    """No reader's own limit is a limit of the format."""
    value = parse(begin * levels + r'"\ud800"' + end * levels)
    for _ in range(levels):
        value = value[0] if isinstance(value, list) else value["a"]
    assert value == "\ufffd"


def test_deep_and_shallow_texts_are_read_alike() -> None:
    """A text inside of 1,500 lists is read, or refused, as it is by itself."""
    chance = random.Random(9)

    def made(depth: int) -> Any:
        kind = chance.randrange(8)
        if depth > 4 or kind < 4:
            return chance.choice([1, -2.5, True, None, 'a\n"\\', "é😀", ""])
        count = chance.randrange(4)
        if kind < 6:
            return [made(depth + 1) for _ in range(count)]
        return {chance.choice("abc"): made(depth + 1) for _ in range(count)}

    def read(text: str, around: int) -> Any:
        try:
            value = parse("[" * around + text + "]" * around)
        except BrokenJson:
            return "broken"
        for _ in range(around):
            if len(value) != 1:
                return "broken"
            value = value[0]
        return value

    for _ in range(400):
        text = json.dumps(made(0), indent=chance.choice([None, 2]), ensure_ascii=False)
        assert read(text, 1500) == json.loads(text)
        at = chance.randrange(len(text))
        changed = text[:at] + chance.choice(':{}"x\\ 1') + text[at + chance.randrange(2) :]
        assert read(changed, 1500) == read(changed, 0)


def test_gos_decoder_stops_after_the_first_value() -> None:
    """What follows is not looked at, and a number beyond a double can be told from others."""
    assert parse_first('  {"a": 1} and more') == ({"a": 1}, 10)
    assert parse_first(r'{"a": "\ud800"}{') == ({"a": "\ufffd"}, 15)
    assert math.isinf(parse_first('{"a": 1e400}').value["a"])
    assert parse_first("[" * 2000 + "]" * 2000 + "x").end == 4000
    with pytest.raises(BrokenJson):
        parse_first('\ufeff{"a": 1}')


def test_bytes_are_utf_8_with_or_without_a_mark() -> None:
    """What is no UTF-8 becomes U+FFFD; a number that would turn into nothing is refused."""
    assert parse_bytes(b'\xef\xbb\xbf{"a": "caf\xe9"}') == {"a": "caf\ufffd"}
    with pytest.raises(Invalid):
        parse_bytes(b'{"limits": {"cpuS": 1e400}}')


def test_texts_without_halves_of_characters_stay_the_same() -> None:
    """Only what nothing could store is changed."""
    assert well_formed("a\ud83db\ud83d\ude00") == "a\ufffdb😀"
    assert well_formed("é😀\x00") == "é😀\x00"
    assert well_formed_escapes(r'"\u00e9 \ud83d\ude00"') == r'"\u00e9 \ud83d\ude00"'


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"text": "DISK\n/var\r\n91%"}', {"text": "DISK\n/var\r\n91%"}),
        ('{"text": "a\tb\x1b[31m"}', {"text": "a\tb\x1b[31m"}),
        ('{"text": "the service "mail" is down"}', {"text": 'the service "mail" is down'}),
        ('{"text":"say "yes"", "icon":"y"}', {"text": 'say "yes"', "icon": "y"}),
        ('{"text":""all" of it"}', {"text": '"all" of it'}),
        (
            '{"attachments":[{"title":"a "q", b","fields":[{"title":"x","value":"y"z""}]}],"n":1}',
            {
                "attachments": [{"title": 'a "q", b', "fields": [{"title": "x", "value": 'y"z"'}]}],
                "n": 1,
            },
        ),
        ('["a "b" c", "d"]', ['a "b" c', "d"]),
        ('{"text": "escaped \\"q\\" and \\\\", "n": 1}', {"text": 'escaped "q" and \\', "n": 1}),
    ],
)
def test_texts_that_a_script_pasted_are_repaired(text: str, value: Any) -> None:
    """Line ends, tabs, other controls and quotes inside of texts."""
    assert parse(repaired(text)) == value


@pytest.mark.parametrize("text", ['{"a": 1}', '{"a": "b, c: {d}", "e": ["f", "g"]}', '"x"', "{"])
def test_what_needs_no_repair_is_not_changed(text: str) -> None:
    """Nor what no repair helps."""
    assert repaired(text) == text
