"""Bodies and queries, in the corners that no HTTP client produces by itself."""

from __future__ import annotations

import zlib
from typing import Any

import pytest

from engine.errors import Invalid
from engine.payload import BodyTooLarge, bounded, decompress, parse, parse_query


@pytest.mark.parametrize(
    ("query", "parsed"),
    [
        ("", {}),
        ("a=1", {"a": "1"}),
        ("a=1&a=2", {"a": ["1", "2"]}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[b]=1&a[c]=2", {"a": {"b": "1", "c": "2"}}),
        ("a[b][c]=1", {"a": {"b": {"c": "1"}}}),
        ("a", {"a": ""}),
        ("a=%20+x", {"a": "  x"}),
        ("[x]=1", {"[x]": "1"}),
        ("a[=1", {"a[": "1"}),
        ("__proto__=1", {"__proto__": "1"}),
    ],
)
def test_queries_are_read_as_qs_reads_them(query: str, parsed: dict[str, Any]) -> None:
    """Repeated names become lists, brackets nest."""
    assert parse_query(query) == parsed


@pytest.mark.parametrize(
    "query",
    ["a[b]=1&a=2", "a=1&a[b]=2", "a[][]=1", "a[b]=1&a[]=2", "&".join(["a[" * 9 + "=1"] * 2000)],
)
def test_odd_queries_never_fail(query: str) -> None:
    """A caller's query cannot end the request."""
    assert isinstance(parse_query(query), dict)


def test_zlib_and_raw_deflate_are_both_understood() -> None:
    """Senders disagree about what deflate means."""
    raw = zlib.compressobj(wbits=-15)
    data = raw.compress(b"text") + raw.flush()
    assert decompress(data, "deflate", 100) == b"text"
    assert decompress(zlib.compress(b"text"), "Deflate", 100) == b"text"


def test_the_limit_holds_exactly() -> None:
    """As many bytes as allowed pass, one more does not."""
    data = zlib.compress(b"x" * 1000)
    assert len(decompress(data, "deflate", 1000)) == 1000
    with pytest.raises(BodyTooLarge):
        decompress(data, "deflate", 999)


def test_a_form_with_endless_fields_is_refused() -> None:
    """Fields cost memory; no webhook sends thousands."""
    with pytest.raises(Invalid):
        parse("application/x-www-form-urlencoded", "&".join(["a=1"] * 2000), for_script=True)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 50_000, "1e999999", '"\\ud800"'])
def test_json_that_no_parser_likes_is_an_empty_object(text: str) -> None:
    """Malformed or absurd JSON is `{}`, as in Rocket.Chat, and it is said what is wrong with it."""
    content = parse("application/json", text, for_script=True)
    assert content.value == {}
    assert "JSON" in content.problem


@pytest.mark.parametrize("beside", ["", '"wide": [' + ",".join(["{}"] * 200) + "], "])
def test_a_hundred_levels_are_allowed(beside: str) -> None:
    """One more is left out where it means nothing, and refused where it does; brackets in texts are no levels."""
    for levels in (100, 101):
        text = "{" + beside + '"text": "' + "[" * 200 + '", "deep": '
        text += "[" * (levels - 1) + "]" * (levels - 1) + "}"
        read = parse("application/json", text, for_script=False)
        assert read.value["text"] == "[" * 200
        assert bounded(read)["text"] == "[" * 200
        assert ("deep" in bounded(read)) is (levels == 100)
        needed = parse("application/json", text.replace("deep", "attachments"), for_script=False)
        if levels > 100:
            with pytest.raises(Invalid, match="attachments is nested more than 100"):
                bounded(needed)
        else:
            assert "attachments" in bounded(needed)
