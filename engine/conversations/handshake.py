"""Whether a webhook is its owner's: it gets a challenge, and has to answer with just that (wire.md 4.2)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import urlencode

from engine.errors import OutboundError
from engine.outbound.call import Call
from engine.outbound.client import Outbound
from engine.outbound.policy import Policy

_CHALLENGE_BYTES = 16
#: An answer that is longer is not the challenge.
_ANSWER_BYTES = 4 << 10


@dataclass(frozen=True, slots=True)
class Verifier:
    """Asks webhooks; serves any number of threads."""

    outbound: Outbound
    timeout_s: float

    def verify(self, url: str, verification_key: str) -> str:
        """Return why a webhook is not verified, nothing when it is."""
        challenge = secrets.token_hex(_CHALLENGE_BYTES)
        asked = {
            "hub_mode": "subscribe",
            "hub_verify_token": verification_key,
            "hub_challenge": challenge,
        }
        call = Call(
            method="POST",
            url=url,
            headers=[
                ("Content-Type", "application/x-www-form-urlencoded"),
                ("User-Agent", "Hooksmith"),
            ],
            body=urlencode(asked).encode(),
            timeout_s=self.timeout_s,
            max_bytes=_ANSWER_BYTES,
            max_redirects=0,
            truncate=True,
        )
        try:
            reply = self.outbound.send(call, Policy.anywhere())
        except OutboundError as exc:
            return str(exc)
        if reply.status != 200:
            return f"it answered {reply.status}, not 200 and the challenge"
        if reply.truncated or reply.body != challenge.encode():
            return "it answered 200, but not with the challenge and nothing else"
        return ""
