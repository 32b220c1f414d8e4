"""docs/reference/compatibility.md tells what the comparisons found."""

from __future__ import annotations

from tests.differential import comparison


def test_the_page_is_current() -> None:
    """`make compatibility` would change nothing."""
    assert comparison.PAGE.read_text(encoding="utf-8") == comparison.page(), (
        "run `make compatibility`"
    )
