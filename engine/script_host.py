"""What a script may ask of the outside while it runs: the network through a guard, and its Store."""

from __future__ import annotations

import base64
import binascii
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import orjson

from engine.errors import EngineError, OutboundError
from engine.outbound.call import Call, Reply
from engine.outbound.client import Outbound
from engine.outbound.policy import Policy
from engine.redaction import redact_url
from engine.settings import Settings
from engine.stores import OpenStore, Stores

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_URL_CHARS = 2048


class Refused(Exception):
    """A call that is not made; the message is for the script's author."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What the calls of all scripts go through."""

    settings: Settings
    outbound: Outbound
    policy: Policy
    stores: Stores


@dataclass(slots=True)
class ScriptHost:
    """
    Answers the calls of one run, in whatever thread they come, and remembers them.

    Call it with a call's number and its JSON text; the answer is JSON, {error} where it was refused
    or failed. `close` it when what the run left in Store is durable, or is not to be.
    """

    outside: Outside
    integration_id: str
    wait_s: float
    #: {kind, method, url, status, durationMs, bytes, error} of each call over the network.
    calls: list[dict[str, Any]] = field(default_factory=list)
    #: Number of the call -> what it was answered.
    answers: dict[int, str] = field(default_factory=dict)
    _store: OpenStore | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _count: int = 0
    _closed: bool = False

    def __call__(self, number: int, request: str) -> str:
        try:
            answer = self._answer(orjson.loads(request))
        except (Refused, EngineError) as exc:
            answer = {"error": str(exc)}
        except (ValueError, TypeError, LookupError, AttributeError) as exc:
            answer = {"error": f"not a call that can be made: {exc}"}
        text = orjson.dumps(answer).decode()
        self.answers[number] = text
        return text

    def store_before(self) -> str | None:
        """Return what Store held when the run first looked; None when it never did."""
        return self._store.content if self._store is not None else None

    def close(self) -> None:
        """Let the next run have the Store."""
        with self._lock:
            self._closed = True
            store = self._store
        if store is not None:
            store.close()

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        match asked["kind"]:
            case "store":
                return {"store": self._open_store()}
            case "http":
                return self._send(asked)
            case kind:
                raise Refused(f"there is no {kind!r} to ask for")

    def _open_store(self) -> str:
        with self._lock:
            if self._store is not None:
                return self._store.content
        opened = self.outside.stores.open(self.integration_id, self.wait_s)
        with self._lock:
            if self._closed or self._store is not None:
                opened.close()
                raise Refused("the run is over")
            self._store = opened
        return opened.content

    def _send(self, asked: dict[str, Any]) -> dict[str, Any]:
        settings = self.outside.settings
        with self._lock:
            if self._closed:
                raise Refused("the run is over")  # it died before its call's turn came
            self._count += 1
            if self._count > settings.script_fetch_calls:
                raise Refused(
                    f"a run may call {settings.script_fetch_calls} times "
                    "(HOOKSMITH_SCRIPT_FETCH_CALLS)"
                )
        noted: dict[str, Any] = {
            "kind": "http",
            "method": asked["method"],
            "url": redact_url(str(asked["url"]), _URL_CHARS),
            "status": None,
            "durationMs": 0.0,
            "bytes": 0,
            "error": None,
        }
        with self._lock:
            self.calls.append(noted)
        started = time.perf_counter()
        try:
            reply = self.outside.outbound.send(_call(asked, settings), self.outside.policy)
        except (Refused, OutboundError) as exc:
            noted["error"] = str(exc)
            raise
        finally:
            noted["durationMs"] = round((time.perf_counter() - started) * 1000, 1)
        noted["status"], noted["bytes"] = reply.status, len(reply.body)
        if asked.get("redirects") == "error" and 300 <= reply.status < 400:
            raise Refused(f"{reply.url} redirects, and redirect is 'error'")
        return _answered(reply, str(asked["url"]))


def _call(asked: dict[str, Any], settings: Settings) -> Call:
    method = asked["method"]
    if method not in _METHODS:
        raise Refused(f"{method} is no method that scripts may use")
    timeout_s = settings.script_fetch_s
    if asked.get("timeoutMs"):
        timeout_s = min(timeout_s, max(asked["timeoutMs"] / 1000, 0.001))
    return Call(
        method=method,
        url=asked["url"],
        headers=[(name, value) for name, value in asked["headers"]],
        body=_body(asked),
        timeout_s=timeout_s,
        max_bytes=settings.script_fetch_bytes,
        max_redirects=0 if asked.get("redirects") else 5,
    )


def _body(asked: dict[str, Any]) -> bytes:
    if "base64" in asked:
        try:
            return base64.b64decode(asked["base64"], validate=True)
        except binascii.Error as exc:
            raise Refused("the body is not what it was said to be") from exc
    return str(asked.get("body", "")).encode(errors="replace")


def _answered(reply: Reply, asked_url: str) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "status": reply.status,
        "statusText": reply.reason,
        "headers": [[name, value] for name, value in reply.headers],
        "url": reply.url,
        "redirected": reply.url != asked_url,
        "text": reply.body.decode(errors="replace"),
    }
    if answer["text"].encode() != reply.body:
        answer["base64"] = base64.b64encode(reply.body).decode()
    return answer
