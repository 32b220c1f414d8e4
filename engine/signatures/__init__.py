"""Whether a request comes from who holds the secret: the schemes of known senders, over the body as it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.errors import BadSignature
from engine.signatures.codes import same_text
from engine.signatures.config import MAX_SECRETS, is_header_name, validate_config
from engine.signatures.presets import PRESETS, Option, Preset
from engine.signatures.request import TOLERANCE_S, SignedRequest

#: The preset of those who ask for a challenge before they send anything.
UCHAT = "meta"

__all__ = [
    "MAX_SECRETS",
    "PRESETS",
    "TOLERANCE_S",
    "UCHAT",
    "Option",
    "Preset",
    "is_header_name",
    "is_one_of",
    "validate_config",
    "verify",
]


def verify(
    config: Mapping[str, str],
    secrets: Sequence[str],
    headers: Sequence[tuple[str, str]],
    body: bytes,
    now_s: float,
) -> None:
    """
    Return when the request is signed with one of the secrets, the way `config` says.

    `config` is what `validate_config` returned, `headers` are pairs as they came (a header that came
    twice is there twice), `body` is what was sent, not parsed, `now_s` a Unix time. Anything that is
    missing, doubled, unreadable or unknown is refused.

    :raise BadSignature: with the reason, that of the first secret.
    """
    preset = PRESETS.get(config.get("preset", ""))
    if preset is None or any(option.name not in config for option in preset.options):
        raise BadSignature("bad-configuration", "how its requests are signed is not configured")
    if not secrets or not all(secrets):
        raise BadSignature("no-secret", "no secret is configured")
    request = SignedRequest(headers, body, now_s)
    failures = []
    for secret in secrets:
        try:
            preset.scheme(request, secret, config)
        except BadSignature as exc:
            failures.append(exc)
        else:
            return
    raise failures[0]


def is_one_of(sent: str, secrets: Sequence[str]) -> bool:
    """Tell whether a text is one of the secrets; every one is looked at, in constant time."""
    octets = sent.encode("utf-8", "replace")
    return any([same_text(octets, secret) for secret in secrets if secret])
