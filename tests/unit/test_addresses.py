"""Addresses that messages and integrations may have."""

import base64

import pytest

from engine.addresses import MAX_DATA_CHARS, Picture, icon_problem, picture_of

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
PNG_URL = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://example.org/icon.png",
        "http://example.org/icon.png",
        "/avatar/rocket.cat",
        "icons/bell.png",
        PNG_URL,
        f"data:image/svg+xml;ascii,{SVG}",
        f"data:image/svg+xml;utf8,{SVG}",
    ],
)
def test_an_icon_may_have_an_address_that_can_be_posted(address: str) -> None:
    """What Rocket.Chat takes for an avatar is taken at save."""
    assert icon_problem(address) is None


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("javascript:alert(1)", "begins with"),
        ("java\tscript:alert(1)", "begins with"),
        (" JavaScript:alert(1)", "begins with"),
        ("vbscript:x", "begins with"),
        ("//example.org/icon.png", "begins with"),
        ("mailto:ada@example.org", "begins with"),
        ("https://example.org/an icon.png", "begins with"),
        ("https://example.org/" + "x" * 2048, "2048"),
        ("data:text/html,<script>alert(1)</script>", "picture"),
        ("data:image/png;base64,!!!", "picture"),
        ("data:image/png", "picture"),
        ("data:image/svg+xml," + "x" * MAX_DATA_CHARS, "65536"),
    ],
)
def test_an_icon_that_could_not_be_posted_or_shown_is_refused_with_a_reason(
    address: str, said: str
) -> None:
    """A stored address that no message may have would make every call fail."""
    problem = icon_problem(address)
    assert problem is not None
    assert said in problem


@pytest.mark.parametrize(
    ("url", "picture"),
    [
        (PNG_URL, Picture("image/png", PNG)),
        (PNG_URL.rstrip("="), Picture("image/png", PNG)),
        (PNG_URL.replace("image/png", "IMAGE/PNG"), Picture("image/png", PNG)),
        ("data:image/jpg;base64,AAAA", Picture("image/jpeg", b"\0\0\0")),
        (f"data:image/svg+xml;ascii,{SVG}", Picture("image/svg+xml", SVG.encode())),
        ("data:image/svg+xml;charset=utf-8,%3Csvg%2F%3E", Picture("image/svg+xml", b"<svg/>")),
    ],
)
def test_a_data_address_is_the_picture_it_holds(url: str, picture: Picture) -> None:
    """Base64 with and without padding, percent-encoding, and text as it is."""
    assert picture_of(url) == picture


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a.png",
        "DATA:image/png;base64,AAAA",
        "data:,hello",
        "data:text/html,<b>hello</b>",
        "data:text/html;image/png,x",
        "data:application/javascript,alert(1)",
        "data:image/bmp;base64,AAAA",
        "data:image/png;base64,AA%00*",
        "data:image/png;base64,",
    ],
)
def test_what_holds_no_picture_of_a_known_type_is_none(url: str) -> None:
    """Nothing but these types is ever shown."""
    assert picture_of(url) is None
