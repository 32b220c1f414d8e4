"""Secrets are hidden in every spelling, wherever a text is cut, and nothing else is."""

from __future__ import annotations

import base64
import html
import json
import logging
import re
import sys
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from engine.redaction import HIDDEN, Scrubber, cut
from engine.settings import Settings
from engine.startup import HidingFormatter

PEM = (
    rsa.generate_private_key(65537, 2048)
    .private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    .decode()
)
PASSWORD = 'pa"ss\\word'
SECRETS = [
    PASSWORD,
    " outer and  inner blanks ",
    "grüße & <käse> aus Zürich/日本 😀",
    "a+b/c=d-e_f~g.h!i*j'k(l)m",
    "100%41 \\n and \\u0041 %2Bx",
    "s3cr3t",
    "пароль-тайна",
    "pin " + "4711" * 3,
    PEM,
    PEM.replace("\n", "\r\n"),
    PEM.replace("\n", "\\n"),
]


LINE = "QUJD" * 16 + "\n"


def in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def in_ascii_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def upper_escapes(text: str) -> str:
    return re.sub(
        r"\\u[0-9a-f]{4}", lambda match: "\\u" + match[0][2:].upper(), in_ascii_json(text)
    )


def lower(percent: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), percent)


def encoded(alphabet: Callable[[bytes], bytes], padded: bool) -> Callable[[str], str]:
    def encode(text: str) -> str:
        said = alphabet(text.encode()).decode()
        return said if padded else said.rstrip("=")

    return encode


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "trimmed": str.strip,
    "in a name that has no upper case": lambda text: text if "PRIVATE" in text else text.lower(),
    "JSON": in_json,
    "JSON in JSON": lambda text: in_json(in_json(text)),
    "JSON in JSON in JSON": lambda text: in_json(in_json(in_json(text))),
    "JSON in ASCII": in_ascii_json,
    "JSON in ASCII, upper case": upper_escapes,
    "JSON in JSON in ASCII": lambda text: in_ascii_json(in_ascii_json(text)),
    "PHP's JSON": lambda text: in_ascii_json(text).replace("/", "\\/"),
    "PHP's JSON in JSON": lambda text: in_json(in_ascii_json(text).replace("/", "\\/")),
    "JSON that escapes everything": lambda text: "".join(
        f"\\u{unit:04x}"
        for unit in memoryview(text.encode("utf-16-le")).cast("H")  # as JavaScript counts
    ),
    "quoted by apostrophes": lambda text: (
        text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    ),
    "encodeURIComponent": lambda text: quote(text, safe="!'()*~-_."),
    "encodeURI": lambda text: quote(text, safe="!'()*~-_.;/?:@&=+$,#"),
    "percent, lower case": lambda text: lower(quote(text, safe="")),
    "percent, twice": lambda text: quote(quote(text, safe=""), safe=""),
    "percent, everything": lambda text: "".join(f"%{octet:02X}" for octet in text.encode()),
    "percent, a path": quote,
    "form": quote_plus,
    "form in JSON": lambda text: in_json(quote_plus(text)),
    "JSON in a form": lambda text: quote_plus(in_json(text)),
    "HTML": html.escape,
    "HTML, numbers": lambda text: "".join(
        char if char.isalnum() else f"&#{ord(char)};" for char in text
    ),
    "HTML in HTML": lambda text: html.escape(html.escape(text)),
    "HTML in JSON": lambda text: in_json(html.escape(text)),
    "Base64": encoded(base64.b64encode, True),
    "Base64 without padding": encoded(base64.b64encode, False),
    "Base64 of URLs": encoded(base64.urlsafe_b64encode, True),
    "Base64 of URLs without padding": encoded(base64.urlsafe_b64encode, False),
    "Base64 in JSON of PHP": lambda text: (
        base64.b64encode(text.encode()).decode().replace("/", "\\/")
    ),
    "Base64 in a form": lambda text: quote_plus(base64.b64encode(text.encode()).decode()),
    "in one line": lambda text: " ".join(text.split()),
    "other line ends": lambda text: "\r\n".join(text.splitlines()),
}


def unpadded(text: str) -> str:
    """Leave out blanks and the padding of Base64, however they are spelled: they tell nothing."""
    return re.sub(
        r"[=+\s]|%(?:25)*(?:3D|20|0[AaDd])|\\+(?:u0020|u000[aAdD]|[nr])|&#(?:10|13|32);", "", text
    )


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("secret", SECRETS, ids=range(len(SECRETS)))
def test_a_secret_is_hidden_in_every_spelling(secret: str, spelling: str) -> None:
    """Alone, in a sentence, next to others of its kind, and in data."""
    hidden = Scrubber(["another secret", secret])
    said = SPELLINGS[spelling](secret).strip()
    assert unpadded(hidden.text(said)) == HIDDEN
    for before, after in [
        ("It is ", ", says it"),
        ('{"key":"', '"}'),
        ("x\n", "\n"),
        ("?a=", "&b"),
    ]:
        shown = hidden.text(f"{before}{said}{after}")
        assert unpadded(shown) == unpadded(f"{before}{HIDDEN}{after}")
    data = {"deep": [{"text": f"It is {said}!"}, 1, None, True], f"key {said}": 2.5}
    stored = orjson.loads(hidden.json(data))
    assert stored == hidden.value(data)
    assert said not in json.dumps(stored, ensure_ascii=False)
    assert stored["deep"][1:] == [1, None, True]


@pytest.mark.parametrize("secret", [PEM, PEM.replace("\n", "\r\n"), PEM.replace("\n", "\\n")])
def test_each_long_line_of_a_key_is_hidden_by_itself(secret: str) -> None:
    """A script that splits a key at its lines prints them one by one."""
    hidden = Scrubber([secret])
    for line in PEM.splitlines():
        if line.startswith("-----"):
            assert hidden.text(line) == line
        elif len(line) >= 16:
            assert hidden.text(f"[{line}]") == f"[{HIDDEN}]"
            assert hidden.text(quote(line, safe="")) == HIDDEN


def test_a_key_is_hidden_whole_where_it_stands_whole() -> None:
    """Its short last line too, which would be left if only long lines were looked for."""
    hidden = Scrubber([PEM])
    assert hidden.text(f"key: {PEM}end") == f"key: {HIDDEN}\nend"
    assert hidden.text(json.dumps({"key": PEM})) == f'{{"key": "{HIDDEN}"}}'


def test_a_secret_is_hidden_in_the_base64_of_more_than_it() -> None:
    """As in `Authorization: Basic`, whatever the length of what stands before it."""
    hidden = Scrubber(["correct horse battery"])
    for user in ("", "a", "ab", "abc", "abcd"):
        said = base64.b64encode(f"{user}:correct horse battery:x".encode()).decode()
        assert HIDDEN in hidden.text(said)
        assert len(hidden.text(said).replace(HIDDEN, "")) <= len(said) - 26


@pytest.mark.parametrize("spelling", [name for name in SPELLINGS if "Base64" not in name])
@pytest.mark.parametrize("secret", [SECRETS[0], SECRETS[2], SECRETS[3]], ids=range(3))
def test_the_beginning_of_a_secret_is_hidden_where_a_text_was_cut(
    secret: str, spelling: str
) -> None:
    """Wherever the cut is, at most a few characters stay; also where the cut text was quoted."""
    hidden = Scrubber([secret])
    said = SPELLINGS[spelling](secret)
    for length in range(len(said)):
        for mark in ("…", '"…', "'… }", '\\"…'):
            shown = hidden.text(f"It is {said[:length]}{mark}")
            rest = shown.removeprefix("It is ").split("…")[0]
            assert HIDDEN in rest or len(html.unescape(rest).strip("\"'\\")) <= 24, shown
            assert secret[:5] not in shown


def test_the_base64_of_a_long_secret_is_hidden_where_it_was_cut() -> None:
    """A key fills a screen, and what is kept of it may be any part."""
    hidden = Scrubber([PEM])
    said = base64.b64encode(PEM.encode()).decode()
    for length in (8, 100, 1000, len(said) - 5):
        assert hidden.text(f"x {said[:length]}…") == f"x {HIDDEN}…"
    assert hidden.text(cut(PEM, 1000)).count("\n") <= 16
    assert not re.search(r"[A-Za-z0-9+/]{20}", hidden.text(cut(PEM, 1000)))


def wrapped(columns: int, end: str = "\n") -> Callable[[str], str]:
    return lambda text: re.sub(f"(.{{{columns}}})", lambda match: match[1] + end, text)


WRAPS: dict[str, Callable[[str], str]] = {
    "76, as MIME and `base64` do": wrapped(76),
    "64, as OpenSSL does, CRLF": wrapped(64, "\r\n"),
    "60, indented": wrapped(60, " \n    "),
    "76, in JSON": lambda text: in_json(wrapped(76, "\r\n")(text)),
    "64, in JSON in JSON": lambda text: in_json(in_json(wrapped(64)(text))),
    "76, in a form": lambda text: quote_plus(wrapped(76, "\r\n")(text)),
    "76, of URLs": lambda text: wrapped(76)(text).replace("+", "-").replace("/", "_"),
}


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("secret", [one for one in SECRETS if len(one) > 6])
def test_base64_is_hidden_where_it_is_wrapped_in_lines(secret: str, wrap: str) -> None:
    """Wherever the line ends are in it, alone and in data."""
    hidden = Scrubber(["another secret", secret])
    for before in range(40, 80):
        said = base64.b64encode(b"x" * before + secret.encode() + b"y" * 60).decode()
        known = base64.b64encode(b"x" * before).decode().rstrip("=")
        at = -(-8 * before // 6)
        inside = said[at : 8 * (before + len(secret.encode())) // 6]
        for shown in (
            hidden.text(f"it is {WRAPS[wrap](said)} or so"),
            orjson.loads(hidden.json([WRAPS[wrap](said)]))[0],
            orjson.loads(hidden.json({WRAPS[wrap](said): 1})).popitem()[0],
        ):
            plain = unpadded(shown).replace("-", "+").replace("_", "/")
            assert HIDDEN in plain, shown
            for start in range(0, max(1, len(inside) - 6), 5):
                assert inside[start : start + 8] not in plain.replace("%2F", "/")
            assert known[:32].replace("/", "") in plain


def test_wrapped_base64_is_hidden_where_it_was_cut() -> None:
    """The end of a line too, half an escape of which may be left."""
    hidden = Scrubber([PEM])
    for end in ("\n", "\r\n", "\\n", "\\r\\n"):
        said = wrapped(64, end)(base64.b64encode(PEM.encode()).decode())
        for length in range(300, 400):
            shown = hidden.text(f"x {said[:length]}…")
            assert re.fullmatch(rf"x {HIDDEN}[\\rn\s]*…", shown), shown


def test_line_ends_that_wrap_nothing_stay() -> None:
    """Of lines that only look like Base64 nothing is changed."""
    text = "\n".join(["a" * 64, "b" * 64, "", "/usr/share/doc/" + "c" * 40, "and then"])
    assert Scrubber(SECRETS).text(text) == text
    assert orjson.loads(Scrubber(SECRETS).json([text])) == [text]


def stringified(text: str) -> str:
    return json.dumps({"t": text}, ensure_ascii=False)


ESCAPED: dict[str, Callable[[str], str]] = {
    "JSON": stringified,
    "JSON in ASCII": lambda text: json.dumps({"t": text}),
    "encodeURIComponent": lambda text: "q=" + SPELLINGS["encodeURIComponent"](text),
    "quote": lambda text: "q=" + quote(text),
    "quote, all": lambda text: "q=" + quote(text, safe=""),
    "quote_plus": lambda text: "q=" + quote_plus(text),
    "URLSearchParams": lambda text: "q=" + quote_plus(text, safe="*").replace("~", "%7E"),
}


@pytest.mark.parametrize("spelling", ESCAPED)
@pytest.mark.parametrize("secret", SECRETS, ids=range(len(SECRETS)))
def test_the_base64_of_an_escaped_secret_is_hidden(secret: str, spelling: str) -> None:
    """Of data that holds it, as a script makes it, whatever stands before."""
    hidden = Scrubber([secret])
    for before in ("", "a", "ab"):
        said = before + ESCAPED[spelling](secret)
        encoded_ = base64.b64encode(said.encode()).decode()
        for one in (encoded_, wrapped(76)(encoded_)):
            shown = hidden.text(one)
            assert len(shown.replace(HIDDEN, "")) <= 4 * len(before) + 36, shown
            assert orjson.loads(hidden.json([one])) == [shown]


def test_the_base64_of_each_long_line_of_a_key_is_hidden() -> None:
    hidden = Scrubber([PEM])
    for line in PEM.splitlines():
        if len(line) >= 16 and not line.startswith("-----"):
            for before in ("", "a", "ab"):
                said = base64.b64encode((before + line).encode()).decode()
                for one in (said, quote_plus(said), wrapped(76)(said)):
                    assert len(hidden.text(one).replace(HIDDEN, "")) <= 12, line


def test_one_long_secret_alone_is_hidden_in_json() -> None:
    """All that gives it away may be long runs of letters and digits."""
    secret = "aB3" * 40
    said = base64.b64encode(secret.encode()).decode()
    hidden = Scrubber([secret])
    assert orjson.loads(hidden.json([secret, said, wrapped(76)(said)])) == [HIDDEN] * 3


def test_what_only_looks_like_a_secret_stays() -> None:
    """Short ones, words of every log, and what is merely alike."""
    hidden = Scrubber(["", "abc", "  a  ", "true", "null", "False", "letmein", PEM])
    text = 'It is true: abc is null, {"a":false}, … let me in, MIIE… -----BEGIN PRIVATE KEY-----'
    assert hidden.text(text).startswith('It is true: abc is null, {"a":false}, … let me in, ')
    assert hidden.text(text).endswith("… -----BEGIN PRIVATE KEY-----")
    assert hidden.json({"true": True, "n": None}) == b'{"true":true,"n":null}'
    assert Scrubber([]).text("…anything…") == "…anything…"
    assert Scrubber(["", "abc"]).json(["abc…"]) == '["abc…"]'.encode()


def test_a_secret_number_is_hidden_as_a_number() -> None:
    """A script may return what it has of a secret as another type."""
    hidden = Scrubber(["471147114711"])
    assert orjson.loads(hidden.json({"pin": 471147114711, "other": 4711})) == {
        "pin": HIDDEN,
        "other": 4711,
    }


def test_looking_for_secrets_takes_time_in_proportion_to_the_text() -> None:
    """No text, whatever is escaped in it, takes longer than its length explains."""
    hidden = Scrubber(SECRETS)
    for piece in (
        "\\",
        "%41",
        "&#65;",
        "\\u0041",
        "…",
        "word",
        '\\"',
        "a",
        " ",
        "%25",
        "\\\\\\n",
        LINE,
        LINE[:33],
        "+" * 40 + " ",
    ):
        took = []
        for size in (1 << 14, 1 << 17):
            text = (piece * (size // len(piece) + 1))[:size]
            started = time.process_time()
            hidden.text(text)
            took.append(time.process_time() - started)
        assert took[1] < 60 * max(took[0], 0.002), (piece, took)


def test_the_log_of_the_process_tells_none_of_its_secrets() -> None:
    """Neither a line nor a traceback, whatever a library puts into its message."""
    settings = Settings(
        admin_password="first p@ssword",
        secret_key="k" * 40,
        database_url="postgresql://me:db%40secret@localhost/x",
        broker_url="redis://:red%2Fis%20secret@localhost",
    )
    try:
        raise ValueError(f"cannot open {settings.database_url} and {settings.broker_url}")
    except ValueError:
        failed = sys.exc_info()
    record = logging.LogRecord(
        "x", logging.ERROR, "", 1, "with %s, %r", ("first p@ssword", {"k": "k" * 40}), failed
    )
    said = HidingFormatter(settings).format(record)
    assert "with ••••••••, {'k': '••••••••'}" in said
    assert "postgresql://me:••••••••@localhost/x and redis://:••••••••@localhost" in said
    for piece in ("p@ss", "kkkk", "db%40", "db@", "red%2F", "red/is"):
        assert piece not in said
