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
    for piece in ("\\", "%41", "&#65;", "\\u0041", "…", "word", '\\"', "a", " ", "%25", "\\\\\\n"):
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
