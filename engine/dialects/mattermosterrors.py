"""Mattermost's errors: their ids, statuses and words (wire.md 2.1, "Errors")."""

from __future__ import annotations

from collections.abc import Mapping

from engine.answers import Answer
from engine.dialects.base import CHANNEL_LOCKED, INVALID_TYPE, MALFORMED, NO_TEXT, Failed
from engine.messages import INVALID_CHANNEL, NO_SUCH_THREAD, READ_ONLY

_HOOK = "web.incoming_webhook.{}.app_error"
_CREATING = "api.post.create_webhook_post.creating.app_error"
_TOO_LARGE = "api.context.request_body_too_large.app_error"
_ROOT = "api.post.create_post.root_id.app_error"
_PARAMETER = "api.context.invalid_param.app_error"

_Said = tuple[int, str, str]

_BY_CODE: Mapping[str, _Said] = {
    NO_TEXT: (400, _HOOK.format("text"), "No text specified."),
    INVALID_CHANNEL: (404, _HOOK.format("channel"), "Couldn't find the channel."),
    READ_ONLY: (403, _HOOK.format("permissions"), "Inappropriate channel permissions."),
    CHANNEL_LOCKED: (
        403,
        _HOOK.format("channel_locked"),
        "This webhook is not permitted to post to the requested channel.",
    ),
    NO_SUCH_THREAD: (400, _ROOT, "Invalid RootId parameter."),
    INVALID_TYPE: (400, _PARAMETER, "Invalid or missing type in the request body."),
}
_NO_SUCH_USER: _Said = (400, _HOOK.format("user"), "Couldn't find the user.")


def error_of(failed: Failed) -> Answer:
    """Return what Mattermost would answer."""
    status, error_id, message = _said(failed)
    detail = "" if failed.code == message else failed.code
    body = {
        "id": error_id,
        "message": message,
        "detailed_error": detail,
        "request_id": failed.execution_id,
        "status_code": status,
    }
    return Answer(status, body, failed.answer.headers)


def _said(failed: Failed) -> _Said:
    status = failed.answer.status
    outcome = failed.outcome
    if outcome == "refused":
        if status == 401:
            return 403, _HOOK.format("user"), "The user of this webhook is gone or inactive."
        return 400, _HOOK.format("invalid"), "Invalid webhook."
    if outcome == "disabled":
        words = "Incoming webhooks have been disabled by the system admin."
        return 501, _HOOK.format("disabled"), words
    if outcome == "too-large":
        return 413, _TOO_LARGE, "The request body is too large."
    if outcome == "bad-request" or failed.code == MALFORMED:
        media_type = failed.media_type or "application/json"
        words = f"Failed to decode the payload of media type {media_type} for the incoming webhook."
        return status, _HOOK.format("decode"), words
    if outcome == "invalid-message":
        if failed.code == INVALID_CHANNEL and failed.target.startswith("@"):
            return _NO_SUCH_USER
        return _BY_CODE.get(failed.code, (status, _CREATING, "Failed to create the post."))
    return status, _HOOK.format("general"), failed.code
