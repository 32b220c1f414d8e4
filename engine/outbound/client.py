"""HTTP calls: whoever asks for one says under which policy."""

from __future__ import annotations

import threading
import time

from engine.errors import OutboundError, OutboundKind
from engine.outbound.call import Call, Reply
from engine.outbound.lane import Dial, Lane, Network
from engine.outbound.policy import Policy
from engine.outbound.request import first_request
from engine.outbound.resolver import LookUp, system_look_up
from engine.outbound.sockets import dial, tls_context
from engine.outbound.target import parse_url


class Outbound:
    """
    Calls other systems; threads share one.

    `ca_file` holds certificates to trust beside the system's; `keep_s` is how long connections
    wait for another call. Proxies that the environment names are not used: they would connect to
    addresses that nobody checked.
    """

    def __init__(
        self,
        *,
        user_agent: str = "Hooksmith",
        ca_file: str | None = None,
        keep_s: float = 4.0,
        look_up: LookUp = system_look_up,
        dial: Dial = dial,
    ) -> None:
        self._user_agent = user_agent
        self._network = Network(tls_context(ca_file), look_up, dial, keep_s)
        self._lock = threading.Lock()
        self._lanes: dict[Policy, Lane] = {}

    def send(self, call: Call, policy: Policy) -> Reply:
        """
        Make a call and return its reply, whatever the status.

        :raise OutboundError: when there is none.
        """
        started = time.monotonic()
        lane = self._lane(policy)
        first = request = first_request(call, parse_url(call.url), self._user_agent)
        try:
            for _ in range(call.max_redirects + 1):
                answer, address = lane.answer(request, call, started + call.timeout_s)
                if not call.max_redirects or answer.location is None:
                    return Reply(
                        answer.status,
                        answer.reason,
                        answer.headers,
                        answer.body,
                        request.target.url,
                        answer.truncated,
                        round((time.monotonic() - started) * 1000, 1),
                        str(address),
                        answer.broken,
                    )
                target = request.target.follow(answer.location)
                request = request.redirected(answer.status, target)
        except OutboundError as exc:
            if request is first:
                raise
            message = f"redirected by {first.target.origin}: {exc}"
            raise OutboundError(exc.kind, message) from exc
        raise OutboundError(
            OutboundKind.TOO_MANY_REDIRECTS,
            f"{first.target.origin} redirects more than {call.max_redirects} times",
        )

    def close(self) -> None:
        """Close the connections that no call uses, and the others when their calls end."""
        with self._lock:
            for lane in self._lanes.values():
                lane.close()

    def _lane(self, policy: Policy) -> Lane:
        with self._lock:
            return self._lanes.get(policy) or self._lanes.setdefault(
                policy, Lane(policy, self._network)
            )
