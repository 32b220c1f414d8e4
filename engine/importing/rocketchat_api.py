"""Rocket.Chat's REST API, as far as it gives away integrations and the names of rooms (wire.md 1)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

from engine.errors import Invalid, OutboundError, SourceError
from engine.json_reader import parse_bytes
from engine.outbound.call import Call, Reply
from engine.outbound.client import Outbound
from engine.outbound.policy import Policy

_PAGE = 100
_MAX_PAGES = 200
_TIMEOUT_S = 30.0
_MAX_BYTES = 64 << 20
#: Its own limit is ten calls a minute: what is told to wait does, so often and so long.
_MAX_WAITS = 5
_MAX_WAIT_S = 65.0


class RocketChat:
    """A server, and somebody who may see its integrations."""

    def __init__(
        self,
        outbound: Outbound,
        url: str,
        user_id: str,
        token: str,
        *,
        timeout_s: float = _TIMEOUT_S,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._outbound = outbound
        self._base = url.strip().rstrip("/").removesuffix("/api/v1")
        self._headers = (("X-User-Id", user_id), ("X-Auth-Token", token))
        self._timeout_s = timeout_s
        self._sleep = sleep
        self._now = now

    @property
    def host(self) -> str:
        """The server, as errors name it."""
        return urlsplit(self._base).netloc.rpartition("@")[2] or self._base

    def documents(self) -> Iterator[Any]:
        """
        Yield integrations, and the rooms whose names and kinds this user may know.

        :raise SourceError: when the integrations cannot be had.
        """
        for listed in self._pages("integrations.list", "integrations"):
            yield self._whole(listed)
        for name, member in (("channels.list", "channels"), ("groups.listAll", "groups")):
            try:
                yield from self._pages(name, member)
            except SourceError:
                # Not everybody may list all rooms; without them rooms are taken as they are named.
                continue

    def _whole(self, listed: Any) -> Any:
        """Return an integration with its script and token, which not every version lists."""
        if not isinstance(listed, dict) or not isinstance(listed.get("_id"), str):
            return listed
        if listed.get("token") and (listed.get("script") or not listed.get("scriptEnabled")):
            return listed
        try:
            answer = self._get("integrations.get", integrationId=listed["_id"])
        except SourceError:
            return listed
        whole = answer.get("integration")
        return {**listed, **whole} if isinstance(whole, dict) else listed

    def _pages(self, name: str, member: str) -> Iterator[Any]:
        offset = 0
        seen: set[Any] = set()
        for _ in range(_MAX_PAGES):
            answer = self._get(name, count=_PAGE, offset=offset)
            page = answer.get(member)
            if not isinstance(page, list):
                raise SourceError(f"{self.host} answered {name} without {member}")
            # A server that does not count pages would send the first one for ever.
            ids = {one.get("_id") for one in page if isinstance(one, dict)}
            yield from (
                one for one in page if not isinstance(one, dict) or one.get("_id") not in seen
            )
            total = answer.get("total")
            offset += len(page)
            if not ids - seen or (isinstance(total, int) and offset >= total):
                return
            seen |= ids

    def _get(self, name: str, **query: Any) -> dict[str, Any]:
        url = f"{self._base}/api/v1/{name}?{urlencode(query)}"
        for _ in range(_MAX_WAITS):
            reply = self._send(url)
            if reply.status != 429:
                return self._read(reply, name)
            self._sleep(self._wait_s(reply))
        raise SourceError(f"{self.host} allows no more calls for now (429); try again later")

    def _send(self, url: str) -> Reply:
        call = Call(
            "GET",
            url,
            self._headers,
            timeout_s=self._timeout_s,
            max_bytes=_MAX_BYTES,
            # The token is for this server, not for whoever it might name.
            max_redirects=0,
        )
        try:
            return self._outbound.send(call, Policy.anywhere())
        except OutboundError as exc:
            raise SourceError(f"{self.host} cannot be reached: {exc}") from exc

    def _read(self, reply: Reply, name: str) -> dict[str, Any]:
        if reply.status == 401:
            raise SourceError(f"{self.host} knows no such user id and token (401)")
        if reply.status == 403:
            raise SourceError(
                f"{self.host} does not let this user see that (403 to {name}): it takes "
                "manage-incoming-integrations and manage-outgoing-integrations"
            )
        if 300 <= reply.status < 400:
            where = dict((key.lower(), value) for key, value in reply.headers).get("location", "")
            raise SourceError(
                f"{self.host} redirects to {urlsplit(where).netloc or 'elsewhere'}: give that "
                "address to --url"
            )
        try:
            answer = parse_bytes(reply.body)
        except Invalid:
            answer = None
        if not isinstance(answer, dict):
            raise SourceError(
                f"{self.host} answered {name} with {reply.status} and no JSON: is that the address "
                "of a Rocket.Chat server?"
            )
        if reply.status != 200 or answer.get("success") is False:
            said = answer.get("error") or answer.get("message") or "no reason given"
            raise SourceError(f"{self.host} refused {name} with {reply.status}: {said!s:.200}")
        return answer

    def _wait_s(self, reply: Reply) -> float:
        headers = {key.lower(): value for key, value in reply.headers}
        try:
            # In milliseconds of the epoch (wire.md 1.1, "Limits").
            wait_s = float(headers["x-ratelimit-reset"]) / 1000 - self._now()
        except (KeyError, ValueError):
            wait_s = 60.0
        return min(max(wait_s, 1.0), _MAX_WAIT_S)
