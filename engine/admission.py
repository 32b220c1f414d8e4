"""Who may call a hook: the checks before anything is read or run (wire.md 1.1, "Checks in order")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

import sqlalchemy as sa

from engine import answers, dialects
from engine.db import Database
from engine.executions import HookRequest, Record
from engine.ids import token_digest, token_matches
from engine.models import (
    Integration,
    IntegrationPause,
    IntegrationType,
    Outcome,
    ScriptVersion,
    User,
)
from engine.rate import HookRate
from engine.refusal import Refusal

_TOKEN_LIKE = 24
_NO_DIGEST = "0" * 64


@dataclass(frozen=True, slots=True)
class HookCall:
    """
    A call of a hook's URL; `rest` is what follows the integration's id, percent-decoded once.

    Without an id, `rest` is the token, and the hook is found by it. `dialect` is the one in which
    the URL itself speaks, and in which strangers are answered. `read_body` is called only when the caller has proved to know the token. It raises
    `BodyTooLarge`, `UnknownEncoding` or `Invalid`.
    """

    integration_id: str
    rest: str
    request: HookRequest
    read_body: Callable[[], bytes]
    dialect: str = dialects.ROCKETCHAT


@dataclass(frozen=True, slots=True)
class Hook:
    """An integration, the script version it runs, who its messages are from, and its failures."""

    integration: Integration
    version: ScriptVersion | None
    user: User | None
    pause: IntegrationPause | None

    def require_user(self) -> User:
        """
        Return who its messages are from.

        :raise Refusal: when the user is gone or inactive.
        """
        if self.user is None or not self.user.active:
            raise Refusal(
                Outcome.REFUSED,
                answers.failure(401, answers.NO_USER),
                f"the user @{self.integration.username}, as whom it posts, is gone or inactive",
            )
        return self.user


def find_hook(
    database: Database, integration_id: str, kind: IntegrationType = IntegrationType.INCOMING
) -> Hook | None:
    """Return the integration of that id and type with what it needs, in one query."""
    if "\x00" in integration_id:  # PostgreSQL would not even look for it
        return None
    return _find(database, Integration.id == integration_id, Integration.type == kind)


def find_hook_by_token(database: Database, digest: str, dialect: str) -> Hook | None:
    """Return the integration with that token, if it answers at addresses of this dialect without its id."""
    return _find(
        database,
        Integration.token_digest == digest,
        Integration.type == IntegrationType.INCOMING,
        Integration.dialect.in_(dialects.FOUND_BY_TOKEN.get(dialect, ())),
    )


def digest_of(call: HookCall) -> str:
    """Return under which digest a call's token is stored."""
    return token_digest(call.rest)


def _find(database: Database, *conditions: sa.ColumnElement[bool]) -> Hook | None:
    with database.read() as session:
        row = session.execute(
            sa.select(Integration, ScriptVersion, User, IntegrationPause)
            .outerjoin(ScriptVersion, ScriptVersion.id == Integration.version_id)
            .outerjoin(User, User.id == Integration.user_id)
            .outerjoin(IntegrationPause, IntegrationPause.integration_id == Integration.id)
            .where(*conditions)
            .order_by(Integration.id)
            .limit(1)
        ).first()
    return None if row is None else Hook(*row)


def admit(
    find: Callable[[HookCall], Hook | None],
    rate: HookRate,
    per_minute: int,
    call: HookCall,
    record: Record,
) -> tuple[Hook, dict[str, str]]:
    """
    Return the hook that a call may use, and the parameters of its URL.

    :raise Refusal: for an unknown id or token, a missing user, too many calls.
    """
    if call.request.method not in ("GET", "POST"):
        record.token = call.rest
        answer = answers.failure(405, answers.NOT_ALLOWED, Allow="GET, POST")
        raise Refusal(Outcome.BAD_REQUEST, answer, f"a hook takes no {call.request.method[:16]}")
    hook = find(call)
    url_params = match_token(call.rest, hook.integration.token_digest if hook else _NO_DIGEST)
    if hook is not None:
        record.name(hook.integration)
    if hook is None or url_params is None:
        # The token that was tried may be the right one somewhere else: it is not shown. Nor is an
        # id that may be one, in an address with both swapped.
        is_swapped = len(call.integration_id) >= _TOKEN_LIKE
        record.token = call.integration_id if is_swapped else call.rest
        reason = "no such integration" if hook is None else "wrong token"
        raise Refusal(Outcome.REFUSED, answers.failure(404, answers.UNKNOWN_HOOK), reason)
    record.token = url_params["token"]
    record.dialect = hook.integration.dialect
    hook.require_user()
    _count(rate, hook.integration, per_minute)
    return hook, url_params


def require_enabled(integration: Integration) -> None:
    """
    Refuse what came for a disabled integration; by then its body is read, so it can be replayed.

    :raise Refusal: when it is disabled.
    """
    if not integration.enabled:
        answer = answers.failure(503, answers.DISABLED)
        raise Refusal(Outcome.DISABLED, answer, "the integration is disabled")


def match_token(rest: str, digest: str) -> dict[str, str] | None:
    """
    Return the URL's parameters when its token is the right one.

    An encoded slash in a token arrives as a slash, so the token is either all that follows the id
    or what follows the legacy form's user id; and it may be percent-encoded once more.
    """
    user_id, slash, tail = rest.partition("/")
    forms = [{"token": token} for token in _spellings(rest)]
    if slash:
        forms += [{"userId": user_id, "token": token} for token in _spellings(tail)]
    matching = [form for form in forms if token_matches(form["token"], digest)]
    return matching[0] if matching else None


def _spellings(token: str) -> list[str]:
    return [token, unquote(token)] if "%" in token else [token]


def _count(rate: HookRate, integration: Integration, per_minute: int) -> None:
    own: int = integration.limits.get("ratePerMinute", per_minute)
    verdict = rate.count(integration.id, own)
    if verdict is not None and not verdict.allowed:
        raise Refusal(
            Outcome.RATE_LIMITED,
            answers.too_many(verdict.wait_s, verdict.limit, verdict.reset_at_s),
            f"more than {own} requests in a minute",
        )
