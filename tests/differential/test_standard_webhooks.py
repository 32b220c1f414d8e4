"""Signatures of Standard Webhooks mean the same here and to the libraries `standardwebhooks` and `svix`."""

from __future__ import annotations

import base64
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import standardwebhooks
import svix.webhooks

from engine import signatures, transports
from engine.errors import BadSignature, Invalid
from engine.transports.base import HttpTransport
from engine.transports.message import CanonicalMessage
from tests.differential.comparison import Difference, report

#: What a library's headers begin with -> its class.
LIBRARIES: Mapping[str, Any] = {
    "webhook-": standardwebhooks.Webhook,
    "svix-": svix.webhooks.Webhook,
}
BODIES = (
    '{"test": 2432232314}',
    "",
    " {} \r\n",
    '{"text":"ü € 😀 \\u0000 \u2028"}',
    "no JSON. at.all",
    "x" * 100_000,
)
IDS = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "a.b.c", "ü", "x" * 200)
Headers = dict[str, str]
#: Takes what is signed well, and the name of the headers' family.
Change = Callable[[Headers, str], Headers]


def test_the_libraries_verify_what_is_sent() -> None:
    """With every secret that is configured, however it is written, whatever is in the message."""
    transport = transports.load("webhook")
    assert isinstance(transport, HttpTransport)
    total = 0
    for number, body in enumerate(BODIES):
        for secret in secrets():
            configured = f"{secret} whsec_{'A' * 43}="
            target = transport.validate("https://e.org/x", {}, {"secret": configured})
            moment = datetime(2026, 3, 1, tzinfo=UTC)
            message = CanonicalMessage(
                f"dlv_{number}.x", body, moment, attachments=[{"text": body}]
            )
            for request in transport.requests(message, target):
                for library in LIBRARIES.values():
                    for key in configured.split():
                        library(key).verify(request.body, dict(request.headers))
                        total += 1
    assert total > 500
    report(
        "standard-webhooks-sent",
        packages=["pypi:standardwebhooks", "pypi:svix"],
        checked="signatures of messages that a Webhook destination sends",
        total=total,
    )


def secrets() -> list[str]:
    """Return keys of every length that is allowed, with and without prefix and padding."""
    rnd = random.Random("secrets")
    written = [base64.b64encode(rnd.randbytes(size)).decode() for size in range(24, 65, 5)]
    return [
        form.format(text)
        for padded in written
        for form in ("whsec_{}", "{}")
        for text in (padded, padded.rstrip("="))
    ]


def changed(name: str, change: Callable[[str], str]) -> Change:
    """Return what changes one header's value."""
    return lambda headers, family: {
        **headers,
        f"{family}{name}": change(headers[f"{family}{name}"]),
    }


def shifted(seconds: int) -> Change:
    """Return what signs anew for another time; the key is in a header of the test's own."""
    return lambda headers, family: signed(
        family, headers["key"], headers[f"{family}id"], headers["body"], time.time() + seconds
    )


def without(name: str) -> Change:
    return lambda headers, family: {
        key: value for key, value in headers.items() if key != f"{family}{name}"
    }


def other_family(family: str) -> str:
    return "svix-" if family == "webhook-" else "webhook-"


def twins(headers: Headers, family: str) -> Headers:
    """Add the other family's headers with the same values."""
    other = other_family(family)
    return {**headers, **{other + name: headers[family + name] for name in NAMES}}


NAMES = ("id", "timestamp", "signature")
WRONG = base64.b64encode(bytes(32)).decode()
CHANGES: Mapping[str, Change] = {
    "as it was signed": lambda headers, family: headers,
    "another id": changed("id", lambda text: f"{text}x"),
    "another time": changed("timestamp", lambda text: str(int(text) - 1)),
    "another signature": changed("signature", lambda text: f"v1,{WRONG}"),
    "a signature in lower case": changed("signature", str.lower),
    "a signature cut off": changed("signature", lambda text: text[:-5]),
    "another version": changed("signature", lambda text: f"v2{text[2:]}"),
    "no version": changed("signature", lambda text: text[3:]),
    "empty id": changed("id", lambda text: ""),
    "empty time": changed("timestamp", lambda text: ""),
    "empty signature": changed("signature", lambda text: ""),
    "no id": without("id"),
    "no time": without("timestamp"),
    "no signature": without("signature"),
    "names in capitals": lambda headers, family: {k.title(): v for k, v in headers.items()},
    "the other family's names too": twins,
    "a right and a wrong signature": changed("signature", lambda text: f"{text} v1,{WRONG}"),
    "a wrong and a right signature": changed("signature", lambda text: f"v1,{WRONG} {text}"),
    "two wrong signatures": changed("signature", lambda text: f"v1,{WRONG} v1,{WRONG}"),
    "a short and a right signature": changed("signature", lambda text: f"v1,AAAA {text}"),
    "an asymmetric and a right one": changed("signature", lambda text: f"v1a,AAAA {text}"),
    "an unknown and a right one": changed("signature", lambda text: f"v9,AAAA {text}"),
    "what is no time": changed("timestamp", lambda text: f"{text}x"),
    "a negative time": changed("timestamp", lambda text: f"-{text}"),
    "milliseconds": changed("timestamp", lambda text: f"{text}000"),
    "4:50 ago": shifted(-290),
    "4:50 ahead": shifted(290),
    "5:10 ago": shifted(-310),
    "5:10 ahead": shifted(310),
    "a day ago": shifted(-86_400),
    "1970": shifted(-int(time.time())),
    # -- what differs, see DIFFERENT ----------------------------------------------------------
    "a fraction of a second": changed("timestamp", lambda text: f"{text}.5"),
    "a plus before the time": changed("timestamp", lambda text: f"+{text}"),
    "an underscore in the time": changed("timestamp", lambda text: f"{text[:4]}_{text[4:]}"),
    "characters that are no base64": changed("signature", lambda text: f"{text[:9]}?{text[9:]}"),
    "a right one and a word": changed("signature", lambda text: f"{text} word"),
    "a right one and two blanks": changed("signature", lambda text: f"{text}  v1,{WRONG}"),
    "another id in the other family": lambda headers, family: {
        **headers,
        f"{other_family(family)}id": "another",
    },
}
_UNSIGNED_TIME = (
    "The libraries read the time as a number and sign what they write of it, not what was sent; "
    "the specification has whole seconds since 1970."
)
DIFFERENT: Mapping[str, str] = {
    "a fraction of a second": _UNSIGNED_TIME,
    "a plus before the time": _UNSIGNED_TIME,
    "an underscore in the time": _UNSIGNED_TIME,
    "characters that are no base64": (
        "Python's base64 skips them, so the libraries take a signature that was not sent; those for "
        "other languages refuse it as is done here."
    ),
    "a right one and a word": (
        "The libraries stop at the first right signature and fail over the same word before it; "
        "here a header that is no list of signatures is refused, wherever the fault is."
    ),
    "another id in the other family": (
        "Duplicates are told by the id. An id that is not signed, beside one that is, would let a "
        "request be sent again as a new one."
    ),
}


def test_both_sides_accept_and_refuse_the_same() -> None:
    """What the libraries sign is accepted; what was changed afterwards is judged alike."""
    total, met = 0, Counter[str]()
    for family, library in LIBRARIES.items():
        for number, secret in enumerate(secrets()):
            body = BODIES[number % len(BODIES)]
            headers = signed(family, secret, IDS[number % len(IDS)], body, time.time())
            for name, change in CHANGES.items():
                for sent_body in (body, f"{body} "):
                    sent = sendable(change({**headers, "key": secret, "body": body}, family))
                    theirs = library_accepts(library(secret), sent, sent_body)
                    ours = accepted(secret, sent, sent_body)
                    total += 1
                    if theirs == ours:
                        continue
                    assert name in DIFFERENT, (family, name, secret, theirs, ours)
                    assert not ours, "what the libraries refuse is never accepted"
                    met[name] += 1
    assert set(met) == set(DIFFERENT)
    report(
        "standard-webhooks",
        packages=["pypi:standardwebhooks", "pypi:svix"],
        checked="signed requests, as they were and changed, that both sides accept or refuse",
        total=total,
        differences=[Difference(name, met[name], why) for name, why in DIFFERENT.items()],
    )


def signed(family: str, secret: str, id_: str, body: str, at_s: float) -> Headers:
    """Return the headers that the library of a family makes."""
    moment = datetime.fromtimestamp(int(at_s), UTC)
    signature = LIBRARIES[family](secret).sign(id_, moment, body)
    return {
        f"{family}id": id_,
        f"{family}timestamp": str(int(at_s)),
        f"{family}signature": signature,
    }


def sendable(headers: Headers) -> Headers:
    return {name: value for name, value in headers.items() if name.lower() not in ("key", "body")}


def library_accepts(webhook: Any, headers: Headers, body: str) -> bool:
    """Tell whether a library accepts a request; anything that it raises is no."""
    options = {"json_parse": False} if isinstance(webhook, standardwebhooks.Webhook) else {}
    try:
        webhook.verify(body, headers, **options)
    except (standardwebhooks.WebhookVerificationError, ValueError):
        return False
    return True


def accepted(secret: str, headers: Headers, body: str) -> bool:
    """Tell whether the preset accepts a request whose headers came as WSGI hands them over."""
    config = signatures.validate_config({"preset": "standard-webhooks"}, [secret])
    pairs = [(name, value.encode().decode("latin-1")) for name, value in headers.items()]
    try:
        signatures.verify(config, [secret], pairs, body.encode(), time.time())
    except BadSignature:
        return False
    return True


@pytest.mark.parametrize("secret", ["", "whsec_", "A", "whsec_A"])
def test_secrets_that_are_none(secret: str) -> None:
    """Neither side works with them."""
    for library in LIBRARIES.values():
        with pytest.raises((ValueError, standardwebhooks.webhooks.EmptyWebhookSecretError)):
            library(secret)
    with pytest.raises(Invalid):
        signatures.validate_config({"preset": "standard-webhooks"}, [secret])
