"""What calls under one policy share: name lookups and open connections."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.outbound.addresses import Address
from engine.outbound.call import Call
from engine.outbound.connection import Answer, Connection, Dropped
from engine.outbound.failures import FOREIGN, Stage, translate
from engine.outbound.idle import IdleConnections
from engine.outbound.policy import Policy
from engine.outbound.request import Request
from engine.outbound.resolver import LookUp, Resolver, system_look_up
from engine.outbound.sockets import Allowance, BoundedSocket, dial, start_tls
from engine.outbound.target import Target

#: Address, port, seconds -> a connection; raises OSError.
Dial = Callable[[Address, int, float], BoundedSocket]

_MAX_ADDRESSES = 8
#: Heads of answers, and what chunks or packing add to a body.
_HEAD_BYTES = 256 << 10
_FRAMING_FACTOR = 2


@dataclass(frozen=True, slots=True)
class Network:
    """The way out: how names are looked up, connections made and TLS spoken."""

    tls: ssl.SSLContext
    look_up: LookUp = system_look_up
    dial: Dial = dial
    keep_s: float = 4.0


class Lane:
    """
    One policy's way out.

    Nothing is shared between lanes, so that no call gets what only another was allowed to reach.
    """

    def __init__(self, policy: Policy, network: Network) -> None:
        self._policy = policy
        self._network = network
        self._resolver = Resolver(network.look_up)
        self._idle = IdleConnections(network.keep_s)

    def answer(self, request: Request, call: Call, deadline: float) -> tuple[Answer, Address]:
        """
        Send one request and return the answer, and the address it came from.

        :raise OutboundError: when there is none.
        """
        return self._answer(request, call, deadline, self._idle.take(_origin(request.target)))

    def close(self) -> None:
        """Close what no call uses."""
        self._idle.close()

    def _answer(
        self, request: Request, call: Call, deadline: float, kept: Connection | None
    ) -> tuple[Answer, Address]:
        allowance = Allowance(deadline, call.max_bytes * _FRAMING_FACTOR + _HEAD_BYTES)
        connection = kept or self._connect(request.target, call.timeout_s, allowance)
        try:
            answer = connection.exchange(request, call, allowance)
        except Dropped as exc:
            # The far side may have closed a kept connection before the request reached it. Once
            # more then, unless it may have been acted on.
            if kept is not None and (exc.unsent or request.is_repeatable):
                return self._answer(request, call, deadline, None)
            raise exc.error from exc
        if connection.is_open:
            self._idle.give(_origin(request.target), connection)
        return answer, connection.address

    def _connect(self, target: Target, timeout_s: float, allowance: Allowance) -> Connection:
        stage = Stage.LOOK_UP
        try:
            addresses: Sequence[Address]
            if isinstance(target.host, str):
                addresses = self._resolver.resolve(target.host, allowance.left_s())
            else:
                addresses = (target.host,)
            chosen = self._policy.choose(target, addresses)[:_MAX_ADDRESSES]
            stage = Stage.CONNECT
            connected, address = self._dial_any(chosen, target.port, allowance)
            if target.scheme == "https":
                stage = Stage.HANDSHAKE
                connected = start_tls(
                    connected, self._network.tls, str(target.host), allowance.left_s()
                )
            return Connection(connected, address)
        except FOREIGN as exc:
            raise translate(exc, target, stage, timeout_s) from exc

    def _dial_any(
        self, addresses: Sequence[Address], port: int, allowance: Allowance
    ) -> tuple[BoundedSocket, Address]:
        """Connect to the first address that answers; each gets its share of the time left."""
        for more, address in zip(range(len(addresses) - 1, -1, -1), addresses, strict=True):
            share_s = allowance.left_s() / (more + 1)
            try:
                return self._network.dial(address, port, share_s), address
            except OSError:
                if not more:
                    raise
        raise OSError("no address")


def _origin(target: Target) -> tuple[str, str | Address, int]:
    return target.scheme, target.host, target.port
