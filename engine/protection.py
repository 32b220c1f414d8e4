"""What an integration asks of its callers: signed requests, and each delivery only once."""

from __future__ import annotations

import base64
import functools
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from engine import answers, fields, script_secrets, signatures
from engine.answers import Answer
from engine.deduplication import (
    RETRY_AFTER_S,
    Deduplicator,
    Repeated,
    StillRunning,
    delivery_id,
)
from engine.dialects.uchatsubscription import Subscription
from engine.errors import BadSignature, Invalid
from engine.models import Integration, Outcome
from engine.payload import parse_query
from engine.record import Record
from engine.redaction import HIDDEN
from engine.refusal import Refusal
from engine.vault import Vault

DEFAULT_WINDOW_S = 24 * 3600
#: Senders repeat after seconds to days.
LEAST_WINDOW_S, GREATEST_WINDOW_S = 60, 30 * 24 * 3600
#: Names the first execution of a delivery that came again.
DUPLICATE_OF = "X-Duplicate-Of"
_SECRETS_KEPT = 1000

#: The answer, and the messages that are to be stored with it.
Done = tuple[Answer, list[dict[str, Any]]]


class Protection:
    """Checks requests for integrations that want it; for the others it does nothing."""

    def __init__(
        self,
        vault: Vault,
        deduplicator: Deduplicator,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._deduplicator = deduplicator
        self._clock = clock
        self._secrets = functools.lru_cache(_SECRETS_KEPT)(functools.partial(_secrets, vault))

    def verify(self, integration: Integration, record: Record) -> None:
        """
        Let a request pass when it is signed as the integration wants it.

        :raise Refusal: when it is not.
        """
        config = integration.verification
        if config is None:
            return
        secrets = self._secrets(integration.verification_secret)
        preset = signatures.PRESETS.get(config.get("preset", ""))
        request = record.request
        record.secrets += _travelling(config, secrets)
        try:
            signatures.verify(config, secrets, request.headers, request.body, self._clock())
        except BadSignature as exc:
            challenge = (
                {"WWW_Authenticate": preset.challenge} if preset and preset.challenge else {}
            )
            answer = answers.failure(401, f"Verification failed: {exc.reason}", **challenge)
            raise Refusal(Outcome.BAD_SIGNATURE, answer, str(exc)) from exc

    def subscribe(self, integration: Integration, record: Record, question: Subscription) -> Answer:
        """
        Answer who asks whether this is the webhook it was told of (wire.md 4.1 A).

        Only an integration that verifies what it is then sent has a key to be asked for.

        :raise Refusal: when the key is not the configured one, or there is none.
        """
        if record.request.body:
            record.request.body = question.shown()
        if not question.is_acceptable:
            reason = "hub_mode is subscribe, and hub_challenge up to 256 letters and digits"
            raise Refusal(Outcome.BAD_REQUEST, answers.failure(400, reason), reason)
        config = integration.verification or {}
        signs = config.get("preset") == signatures.UCHAT
        secrets = self._secrets(integration.verification_secret) if signs else ()
        if not signatures.is_one_of(question.verify_token, secrets):
            reason = "the verification key is not the configured one"
            if not secrets:
                reason = "no verification key is configured (preset meta)"
            answer = answers.failure(403, "Verification failed")
            raise Refusal(Outcome.BAD_SIGNATURE, answer, reason)
        record.outcome = Outcome.NOTHING
        record.summary = "answered the challenge of a webhook's verification"
        return question.answer()

    def once(self, integration: Integration, record: Record, work: Callable[[], Done]) -> Done:
        """
        Do the work, unless the same delivery was or is being handled: then return its answer.

        What the work returns is remembered when the record is stored (`Record.claim`).

        :raise Refusal: when the other one does not end in time.
        """
        wanted = integration.deduplication
        request = record.request
        request_id = _request_id(record)
        if wanted is None and not request_id:
            return work()
        wanted = wanted or {}
        preset = (integration.verification or {}).get("preset", "")
        found = request_id or delivery_id(
            preset, wanted.get("header", ""), request.headers, request.body
        )
        if found is None:
            return work()
        window_s = wanted.get("windowS", DEFAULT_WINDOW_S)
        try:
            claimed = self._deduplicator.claim(integration.id, found, record.id, window_s)
        except StillRunning as exc:
            # Not a 409: senders take most 4xx as final, and this one should be sent again.
            answer = answers.failure(
                503, "The same delivery is still being handled", Retry_After=str(RETRY_AFTER_S)
            )
            raise Refusal(Outcome.IN_PROGRESS, answer, str(exc)) from exc
        if isinstance(claimed, Repeated):
            record.outcome = Outcome.DUPLICATE
            record.summary = f"the same delivery as {claimed.execution_id}; answered like it"
            first = claimed.answer
            headers = {**first.headers, DUPLICATE_OF: claimed.execution_id}
            return Answer(first.status, first.body, headers), []
        record.claim = claimed
        done = work()
        claimed.answer = done[0]
        return done


def _request_id(record: Record) -> str:
    """Return the `requestId` by which Google Chat's callers say that it is the same message again."""
    query = record.request.query_string
    if record.dialect != "googlechat" or "request" not in query:
        return ""
    named = parse_query(query)
    found = named.get("requestId") or named.get("request_id")
    return f"requestId {found}" if found else ""


def to_hide(integration: Integration, vault: Vault) -> tuple[str, ...]:
    """Return what a script finds among the headers and nobody may find in the log."""
    config, encrypted = integration.verification, integration.verification_secret
    return _travelling(config, _secrets(vault, encrypted)) if config else ()


def apply(integration: Integration, given: Mapping[str, Any], vault: Vault) -> None:
    """
    Set `verification` and `deduplication` of an API body; null switches either off.

    A secret that is left out, or sent as the dots it is shown as, stays what it was.

    :raise Invalid: when a member is wrong; `field` is like "verification.header".
    """
    if "verification" in given:
        _set_verification(integration, given["verification"], vault)
    if "deduplication" in given:
        _set_deduplication(integration, given["deduplication"])


def as_dict(integration: Integration) -> dict[str, Any]:
    """Return both as they are shown; the secret as dots."""
    verification = integration.verification
    return {
        "verification": verification and {**verification, "secret": HIDDEN},
        "deduplication": integration.deduplication,
    }


def _set_verification(integration: Integration, given: Any, vault: Vault) -> None:
    if given is None:
        integration.verification = integration.verification_secret = None
        return
    if not isinstance(given, Mapping):
        raise Invalid("verification is an object, or null", field="verification")
    config = {name: value for name, value in given.items() if name != "secret"}
    secret = given.get("secret")
    before = integration.verification or {}
    kept = secret is None or secret in ("", HIDDEN)
    # Another sender's secret is another secret.
    same_sender = before.get("preset") == config.get("preset")
    if kept and same_sender:
        secrets = list(_secrets(vault, integration.verification_secret))
    else:
        secrets = [] if kept else _given_secrets(secret)
    try:
        integration.verification = dict(signatures.validate_config(config, secrets))
    except Invalid as exc:
        raise Invalid(f"verification: {exc}", field=f"verification.{exc.field}") from exc
    integration.verification_secret = vault.encrypt(orjson.dumps(secrets).decode())


def _given_secrets(secret: Any) -> list[str]:
    several = secret if isinstance(secret, list) else [secret]
    if not all(isinstance(one, str) and one != HIDDEN for one in several):
        raise Invalid(
            "verification: secret is a text, or a list of texts while it is being replaced",
            field="verification.secret",
        )
    # Pasted ones often end with a line end.
    return [one.strip() for one in several]


def _set_deduplication(integration: Integration, given: Any) -> None:
    if given is None:
        integration.deduplication = None
        return
    if not isinstance(given, Mapping):
        raise Invalid("deduplication is an object, or null", field="deduplication")
    for member in given:
        if member not in ("windowS", "header"):
            raise Invalid(f"deduplication has no {member}", field=f"deduplication.{member}")
    window_s = given.get("windowS", DEFAULT_WINDOW_S)
    if (
        not isinstance(window_s, int)
        or isinstance(window_s, bool)
        or not LEAST_WINDOW_S <= window_s <= GREATEST_WINDOW_S
    ):
        raise Invalid(
            f"deduplication: windowS is {LEAST_WINDOW_S} to {GREATEST_WINDOW_S} seconds",
            field="deduplication.windowS",
        )
    header = fields.text(given.get("header"), "deduplication.header", 100)
    if header and not signatures.is_header_name(header):
        raise Invalid("deduplication: header is the name of a header", field="deduplication.header")
    integration.deduplication = {"windowS": window_s, "header": header}


def _travelling(config: Mapping[str, str], secrets: Sequence[str]) -> tuple[str, ...]:
    preset = signatures.PRESETS.get(config.get("preset", ""))
    if preset is None or not preset.travels:
        return ()
    pairs = [f"{config['user']}:{secret}" for secret in secrets if "user" in config]
    sent = (*secrets, *(base64.b64encode(pair.encode()).decode() for pair in pairs))
    return script_secrets.to_hide({one: one for one in sent})


def _secrets(vault: Vault, encrypted: str | None) -> tuple[str, ...]:
    return tuple(orjson.loads(vault.decrypt(encrypted))) if encrypted else ()
