import pytest

from engine.sandbox.scripts import locate, parse_engine_error, source_url


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("github", "github.js"),
        ("github.js", "github.js"),
        ("My script", "My-script.js"),
        ("Größe ☃", "Gr-e.js"),
        ("☃", "script.js"),
        ("", "script.js"),
        ("..", "script.js"),
        ("a\nb", "a-b.js"),
        ("""it's "quoted" `so`""", "it-s-quoted-so.js"),
        ("../../etc/passwd", "etc-passwd.js"),
        ("prelude/hooksmith.js", "prelude-hooksmith.js"),
    ],
)
def test_source_url_is_one_safe_word(name: str, expected: str) -> None:
    """A script's name becomes one word that fits a sourceURL comment."""
    assert source_url(name) == expected


def test_parse_engine_error_reads_place_name_and_stack() -> None:
    """V8's text of an uncaught exception is taken apart."""
    text = "a.js:3: TypeError: no way\n  no.way()\n     ^^^\n\nTypeError: no way\n    at a.js:3:6"
    assert parse_engine_error(text) == {
        "name": "TypeError",
        "message": "no way",
        "stack": "TypeError: no way\n    at a.js:3:6",
        "line": 3,
        "column": 6,
    }


@pytest.mark.parametrize(
    ("text", "name", "message", "line"),
    [
        ("a.js:1: Uncaught Error: x\nthrow e\n^\n", "Error", "x", 1),
        ("a.js:2: Error: one\ntwo\nthrow e\n^\n", "Error", "one\ntwo", 2),
        ("a.js:1: 5\nthrow 5\n^\n", "Thrown", "5 was thrown, not an Error", 1),
        ("<anonymous>:1: SyntaxError: bad\n(\n^\n", "SyntaxError", "bad", 1),
        ("a.js:7: RangeError: cut off", "RangeError", "cut off", 7),
        ("something else", "Thrown", "something else was thrown, not an Error", None),
        ("", "Thrown", " was thrown, not an Error", None),
    ],
)
def test_parse_engine_error_copes_with_variants(
    text: str, name: str, message: str, line: int | None
) -> None:
    """Messages of several lines, non-Errors and texts without a place are all named."""
    parsed = parse_engine_error(text)
    assert (parsed["name"], parsed["message"], parsed["line"]) == (name, message, line)


def test_parse_engine_error_bounds_what_it_keeps() -> None:
    """A message as large as the heap is cut, and its line is still known."""
    parsed = parse_engine_error(f"a.js:4: Error: {'x' * 5_000_000}\nthrow e\n^\n\nstack")
    assert (parsed["name"], parsed["line"]) == ("Error", 4)
    assert len(parsed["message"]) < 10_000


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        ("Error: x\n    at Script.run (my-hook.js:3:7)\n    at my-hook.js:9:1", (3, 7)),
        ("Error: x\n    at JSON.parse (<anonymous>)\n    at async my-hook.js:5:2", (5, 2)),
        ("Error: x\n    at eval (eval at run (my-hook.js:4:5), <anonymous>:1:7)", (4, 5)),
        ("Error: x\n    at not-my-hook.js:1:1", (None, None)),
        ("", (None, None)),
    ],
)
def test_locate_finds_the_first_frame_of_the_script(
    stack: str, expected: tuple[int | None, int | None]
) -> None:
    """Line and column are those of the first frame in the script's own file."""
    assert locate(stack, "my hook") == expected
