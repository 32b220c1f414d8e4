"""Why something ran, and what became of it."""

from __future__ import annotations

import enum


class ExecutionKind(enum.StrEnum):
    HOOK = "hook"  #: somebody called the URL
    REPLAY = "replay"  #: a stored request was run again
    TEST = "test"  #: a run from the editor or the API that posts nothing
    OUTGOING = "outgoing"  #: something happened in the chat, and an integration called a URL for it


class Outcome(enum.StrEnum):
    """What became of a request, in one word; the logs filter by it."""

    POSTED = "posted"  #: at least one message was posted
    NOTHING = "nothing"  #: answered well, nothing to post
    SCRIPT_REFUSED = "script-refused"  #: the script returned an `error`
    SCRIPT_ERROR = "script-error"  #: the script threw, or returned what cannot be used
    CPU_LIMIT = "cpu-limit"  #: the script computed for too long
    WALL_LIMIT = "wall-limit"  #: the script waited for too long
    MEMORY_LIMIT = "memory-limit"  #: the script wanted too much memory
    STORE_LIMIT = "store-limit"  #: it left more in `Store` than fits, or what cannot be kept
    RESULT_LIMIT = "result-limit"  #: the script returned too much
    CRASHED = "crashed"  #: the sandbox process died
    INVALID_MESSAGE = "invalid-message"  #: the message or its destination was not acceptable
    BAD_REQUEST = "bad-request"  #: the request could not be read
    TOO_LARGE = "too-large"  #: the request was larger than allowed
    REFUSED = "refused"  #: unknown id, wrong token or missing user
    BAD_SIGNATURE = "bad-signature"  #: not signed, or not with the integration's secret
    DUPLICATE = "duplicate"  #: delivered before, and answered as it was then
    IN_PROGRESS = "in-progress"  #: delivered before, and that is still running
    DISABLED = "disabled"  #: the integration is switched off
    PAUSED = "paused"  #: the integration's script keeps timing out or crashing
    RATE_LIMITED = "rate-limited"  #: more requests than allowed
    OVERLOADED = "overloaded"  #: no sandbox came free in time
    CALL_FAILED = "call-failed"  #: the URL could not be reached, or its answer was no success
    HOP_LIMIT = "hop-limit"  #: integrations had called each other too often before it
    FAILED = "failed"  #: an error of Hooksmith itself
