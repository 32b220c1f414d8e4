"""What is said to be checked of the documents is what is checked."""

from __future__ import annotations

import pytest

from tests import statements
from tests.statements import LISTING, README, Document

DOCUMENTS = statements.documents()


def test_the_listing_is_current() -> None:
    """`make statements` would change nothing."""
    assert LISTING.read_text(encoding="utf-8") == statements.listing(), "run `make statements`"


def test_the_table_is_current() -> None:
    """It stands in the README, with as many statements as there are."""
    readme = README.read_text(encoding="utf-8")
    assert DOCUMENTS[0].title in readme
    assert readme == statements.with_table(readme), "run `make statements`"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.title)
def test_every_test_is_a_statement(document: Document) -> None:
    """Each has a sentence of its own."""
    said = [one.text for one in document.statements]
    assert said
    assert all(text.endswith(".") for text in said)
    assert len(set(said)) == len(said)
