"""
How each sender proves that it holds the secret.

A scheme returns when the proof is good and raises `BadSignature` when anything about it is not:
what is missing, doubled or unreadable is refused like what is wrong. Hex digits are lower case where
the vendor's own libraries compare texts.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from functools import partial

from engine.errors import BadSignature
from engine.signatures.codes import (
    ALGORITHMS,
    after_prefix,
    digest,
    read_base64,
    read_hex,
    require_equal,
    same_text,
)
from engine.signatures.request import SignedRequest, octets

Options = Mapping[str, str]
#: Takes the request, one secret and the preset's options.
Scheme = Callable[[SignedRequest, str, Options], None]

_SHA256 = ALGORITHMS["sha256"]
_PAIR = re.compile(r"([a-z0-9_]+)=([^=]+)", re.ASCII)
_VERSIONED = re.compile(r"([^,]+),([^,]+)")


def hub_signature(request: SignedRequest, secret: str, options: Options) -> None:
    """GitHub, Meta and UChat: `sha256=` and hex over the body."""
    _prefixed_hex(request, "X-Hub-Signature-256", "sha256=", secret, request.body)


def chatwoot(request: SignedRequest, secret: str, options: Options) -> None:
    """Chatwoot since 4.11.2 (chatwoot/chatwoot#13573): over `timestamp.body`."""
    sent_at = request.timestamp("X-Chatwoot-Timestamp", request.header("X-Chatwoot-Timestamp"))
    content = sent_at + b"." + request.body
    _prefixed_hex(request, "X-Chatwoot-Signature", "sha256=", secret, content)


def slack(request: SignedRequest, secret: str, options: Options) -> None:
    """Slack: over `v0:timestamp:body` (docs.slack.dev, "Verifying requests from Slack")."""
    name = "X-Slack-Request-Timestamp"
    sent_at = request.timestamp(name, request.header(name))
    content = b"v0:" + sent_at + b":" + request.body
    _prefixed_hex(request, "X-Slack-Signature", "v0=", secret, content)


def stripe(request: SignedRequest, secret: str, options: Options) -> None:
    """Stripe: one header `t=…,v1=…[,v1=…]`; other schemes in it do not count."""
    name = "Stripe-Signature"
    pairs = [_PAIR.fullmatch(item.strip()) for item in request.header(name).split(",")]
    times = [pair[2] for pair in pairs if pair and pair[1] == "t"]
    signatures = [pair[2] for pair in pairs if pair and pair[1] == "v1"]
    if not all(pairs) or len(times) != 1 or not signatures:
        raise BadSignature("malformed-header", f"{name} does not hold one t= and at least one v1=")
    content = request.timestamp(name, times[0]) + b"." + request.body
    sent = [read_hex(name, one, _SHA256) for one in signatures]
    require_equal(name, sent, digest(secret.encode(), content))


def shopify(request: SignedRequest, secret: str, options: Options) -> None:
    """Shopify: base64 over the body; its newer Events send the header without `X-`."""
    name = request.one_of("X-Shopify-Hmac-SHA256", "Shopify-Hmac-Sha256")
    sent = read_base64(name, request.header(name), _SHA256)
    require_equal(name, [sent], digest(secret.encode(), request.body))


def standard(request: SignedRequest, secret: str, options: Options) -> None:
    """Standard Webhooks (wire.md 5), also under Svix's older header names."""
    family = _family(request)
    name = f"{family}signature"
    entries = request.header(name).split()
    message_id = octets(request.header(f"{family}id"))
    sent_at = request.timestamp(f"{family}timestamp", request.header(f"{family}timestamp"))
    found = [_VERSIONED.fullmatch(one) for one in entries]
    # v1a is asymmetric; like every version that is not known here it does not count.
    ours = [entry[2] for entry in found if entry and entry[1] == "v1"]
    sent = [one for one in map(partial(_digest_in, name), ours) if one]
    if not sent or not all(found):
        raise BadSignature("malformed-header", f"the header {name} is no list of v1,… signatures")
    content = message_id + b"." + sent_at + b"." + request.body
    require_equal(name, sent, digest(standard_key(secret, options), content))


def _family(request: SignedRequest) -> str:
    """
    Return what the headers' names begin with; both may be there when they say the same.

    :raise BadSignature: when they do not: of two ids only one would be signed.
    """
    family, other = "webhook-", "svix-"
    if request.has("svix-signature") and not request.has("webhook-signature"):
        family, other = other, family
    for name in ("signature", "id", "timestamp"):
        if request.has(other + name) and request.header(other + name) != request.header(
            family + name
        ):
            raise BadSignature(
                "conflicting-headers", f"the headers {family}{name} and {other}{name} differ"
            )
    return family


def _digest_in(name: str, text: str) -> bytes | None:
    try:
        return read_base64(name, text, _SHA256)
    except BadSignature:
        return None


def gitlab(request: SignedRequest, secret: str, options: Options) -> None:
    """GitLab: a signing token (since 19.0, `whsec_…`) signs; a secret token is sent as it is."""
    if is_signing_token(secret):
        if not request.has("webhook-signature"):
            raise BadSignature(
                "missing-header",
                "the header webhook-signature is missing: the configured secret is a signing token, "
                "so GitLab has to have it as one",
            )
        standard(request, secret, options)
    elif not same_text(octets(request.header("X-Gitlab-Token")), secret):
        raise BadSignature("wrong-secret", "the token in X-Gitlab-Token is not the configured one")


def hmac_header(request: SignedRequest, secret: str, options: Options) -> None:
    """Any HMAC in a header, as the options describe it."""
    name, algorithm = options["header"], options["algorithm"]
    value = after_prefix(name, request.header(name), options["prefix"])
    size = ALGORITHMS[algorithm]
    sent = (
        read_base64(name, value, size)
        if options["encoding"] == "base64"
        else read_hex(name, value, size, upper=True)
    )
    content = request.body
    if timestamp_header := options["timestampHeader"]:
        text = request.header(timestamp_header)
        sent_at = request.timestamp(timestamp_header, text, milliseconds=True)
        # The body last: what stands in it must not be taken for a placeholder.
        before, _, after = options["template"].encode().partition(b"{body}")
        before, after = (part.replace(b"{timestamp}", sent_at) for part in (before, after))
        content = before + request.body + after
    require_equal(name, [sent], digest(any_key(secret, options), content, algorithm))


def basic(request: SignedRequest, secret: str, options: Options) -> None:
    """HTTP Basic: user and password."""
    kind, _, sent = request.header("Authorization").partition(" ")
    if kind.lower() != "basic":
        raise BadSignature("malformed-header", "the header Authorization is not of the kind Basic")
    try:
        user, colon, password = base64.b64decode(sent.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError) as exc:
        raise BadSignature("malformed-header", "the header Authorization is not in base64") from exc
    right_user, right_password = same_text(user, options["user"]), same_text(password, secret)
    if not (colon and right_user and right_password):
        raise BadSignature("wrong-secret", "user or password is not the configured one")


def bearer(request: SignedRequest, secret: str, options: Options) -> None:
    """An API key as a bearer token (RFC 6750, 2.1)."""
    kind, _, sent = request.header("Authorization").partition(" ")
    if kind.lower() != "bearer" or sent.lower().startswith("bearer "):
        raise BadSignature("malformed-header", "the header Authorization is not of the kind Bearer")
    if not same_text(octets(sent.strip()), secret):
        raise BadSignature("wrong-secret", "the key in Authorization is not the configured one")


def is_signing_token(secret: str) -> bool:
    """Tell one of GitLab's signing tokens from a secret token that somebody chose."""
    return secret.startswith("whsec_")


def any_key(secret: str, options: Options) -> bytes:
    """
    Return the key that a secret stands for, which is its text unless the options say otherwise.

    :raise BadSignature: when it is none.
    """
    return key_bytes(secret, options.get("secretEncoding", "text"))


def standard_key(secret: str, options: Options) -> bytes:
    """
    Return the key in a `whsec_…` secret; Supabase writes `v1,` before it.

    :raise BadSignature: when there is none.
    """
    return key_bytes(secret.removeprefix("v1,").removeprefix("whsec_"), "base64")


def gitlab_key(secret: str, options: Options) -> bytes:
    """
    Return the key of a signing token, or a secret token as it is.

    :raise BadSignature: when it is neither.
    """
    return (standard_key if is_signing_token(secret) else any_key)(secret, options)


def key_bytes(secret: str, encoding: str) -> bytes:
    """
    Return the key that a secret stands for: its text, or what it is the hex or base64 of.

    :raise BadSignature: when it is not in that encoding, or empty.
    """
    try:
        if encoding == "hex":
            key = bytes.fromhex(secret)
        elif encoding == "base64":
            # Some vendors leave the padding out.
            key = base64.b64decode(secret + "=" * (-len(secret) % 4), validate=True)
        else:
            key = secret.encode()
    except ValueError as exc:
        raise BadSignature("no-secret", f"the configured secret is not in {encoding}") from exc
    if not key:
        raise BadSignature("no-secret", "the configured secret is empty")
    return key


def _prefixed_hex(
    request: SignedRequest, name: str, prefix: str, secret: str, content: bytes
) -> None:
    value = after_prefix(name, request.header(name), prefix)
    sent = read_hex(name, value, _SHA256)
    require_equal(name, [sent], digest(secret.encode(), content))
