"""Whom a call may reach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.errors import OutboundError, OutboundKind
from engine.outbound.addresses import Address, is_own, is_public
from engine.outbound.entries import Entry, parse_entries
from engine.outbound.target import Target


@dataclass(frozen=True, slots=True)
class Policy:
    """
    A rule about names and addresses.

    Connections are kept apart by policy: equal policies share them, others never do.
    """

    public_only: bool
    allowed: tuple[Entry, ...] = ()
    #: Where an administrator can allow more; errors name it.
    setting: str = ""

    @classmethod
    def anywhere(cls) -> Policy:
        """Reach everything, this machine and its network too: for what administrators configured."""
        return cls(public_only=False)

    @classmethod
    def public(cls, allowed: Iterable[str] = (), setting: str = "") -> Policy:
        """
        Reach public addresses, and the hosts that were allowed: for what scripts ask for.

        An allowed name may resolve to whatever it does; an allowed address or network may be
        reached by any name.

        :raise ConfigError: when an entry is none, with one line for each.
        """
        return cls(public_only=True, allowed=parse_entries(allowed), setting=setting)

    def choose(self, target: Target, addresses: Sequence[Address]) -> list[Address]:
        """
        Return the addresses of a target that may be connected to.

        One that may not does not spoil the others: only what is returned here is ever connected
        to, and honest names have a private address beside the public one often enough.

        :raise OutboundError: `refused`, when there is none.
        """
        if not self.public_only or self._is_allowed_by_name(target):
            return list(addresses)
        chosen = [address for address in addresses if self._admits(address, target.port)]
        if not chosen:
            raise OutboundError(OutboundKind.REFUSED, self._refusal(target, addresses[0]))
        return chosen

    def _is_allowed_by_name(self, target: Target) -> bool:
        host = target.host
        return isinstance(host, str) and any(
            entry.covers_name(host, target.port) for entry in self.allowed
        )

    def _admits(self, address: Address, port: int) -> bool:
        if any(entry.covers_address(address, port) for entry in self.allowed):
            return True
        return is_public(address) and not is_own(address)

    def _refusal(self, target: Target, address: Address) -> str:
        what = f"{target.host}, which is"
        if isinstance(target.host, str):
            what = f"{target.host}: its address {address} is"
        kind = "this server's own" if is_public(address) else "not public"
        hint = f"; {self.setting} can allow {target.host}" if self.setting else ""
        return f"scripts may not call {what} {kind}{hint}"
