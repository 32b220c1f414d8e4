"""What every transport has: a description of itself, checks, and either requests or a send of its own."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import time
from typing import Any, ClassVar

from engine.transports.addresses import check_url
from engine.transports.answers import FarAnswer, Headers, read_status
from engine.transports.leftout import left_out
from engine.transports.message import CanonicalMessage, Target, Verdict, WireRequest
from engine.transports.options import Field, check_all


@dataclass(frozen=True, slots=True)
class Limits:
    """What the far side takes; text lengths are kept by the transport, the pace by its caller."""

    #: So many requests ...
    requests: int = 0  #: 0: no limit is known
    #: ... in so many seconds, for all targets with one `pace_key`.
    per_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Network:
    """What a transport that sends by itself may reach: everything, or what is public or allowed."""

    public_only: bool = False
    #: As `engine.outbound.entries` reads them: names, addresses, networks.
    allowed: tuple[str, ...] = ()


class Transport(ABC):
    """A kind of far side; one object serves any number of targets, messages and threads."""

    #: The `type` of a destination.
    type: ClassVar[str]
    #: How people call it.
    label: ClassVar[str]
    #: The address, described as the fields are; it is a secret where it holds a token.
    url: ClassVar[Field]
    fields: ClassVar[tuple[Field, ...]] = ()
    limits: ClassVar[Limits] = Limits()

    def validate(self, url: str, options: Mapping[str, Any], secrets: Mapping[str, Any]) -> Target:
        """
        Return a target with every default in its place.

        :raise Invalid: when something is wrong; its `field` is `url` or the name of a field.
        """
        checked = check_all(self.fields, options, secrets)
        return self.check(Target(self.check_url(url), *checked))

    def check_url(self, url: str) -> str:
        """
        Return the address.

        :raise Invalid: when a message cannot be sent there.
        """
        return check_url(url)

    def check(self, target: Target) -> Target:
        """
        Return the target when its parts fit together.

        :raise Invalid: when they do not.
        """
        return target

    def option(self, target: Target, name: str) -> Any:
        """Return an option or a secret; the default for one that came after the target was kept."""
        field = next(field for field in self.fields if field.name == name)
        given = target.secrets if field.secret else target.options
        return given[name] if name in given else replace(field, required=False).check(None)

    def takes_data_url(self, url: str, is_picture: bool) -> bool:
        """Tell whether a `data:` address can be sent; one that cannot is left out of the message."""
        return False

    def left_out(self, message: CanonicalMessage) -> str:
        """Return a line about what of a message is not sent, empty when all of it is."""
        return left_out(message, self.takes_data_url)

    def place(self, message: CanonicalMessage, target: Target) -> str:
        """Return what tells the rooms that one target leads to apart; no secret."""
        return ""

    def pace_key(self, target: Target) -> str:
        """Return what the targets that share this transport's limits have in common; no secret."""
        return hashed(target.url.partition("?")[0])


class HttpTransport(Transport):
    """A far side that is told by HTTP requests, which somebody else sends."""

    def __init__(self, clock: Callable[[], float] = time) -> None:
        #: Seconds since 1970, for signatures and for answers that name a point in time.
        self.clock = clock

    @abstractmethod
    def requests(self, message: CanonicalMessage, target: Target) -> list[WireRequest]:
        """
        Return what to send, in this order; empty when the far side could show nothing of it.

        The same message and target give the same requests every time (but for signatures), so a
        delivery that failed at the third can go on there.
        """

    def read(self, status: int, headers: Headers, body: bytes, unread: str = "") -> Verdict:
        """Tell what an answer to one of the requests means; `unread` as in `FarAnswer`."""
        return self.judge(FarAnswer(status, headers, body, self.clock(), unread))

    def judge(self, answer: FarAnswer) -> Verdict:
        """Tell what an answer means."""
        return read_status(answer)


class SendingTransport(Transport):
    """A far side that is reached by a library of its own."""

    def __init__(self, network: Network | None = None) -> None:
        self.network = network or Network()

    @abstractmethod
    def send(
        self, message: CanonicalMessage, target: Target, timeout_s: float, parts_done: int = 0
    ) -> Verdict:
        """
        Send what is still to be sent of the message; each part of it takes about `timeout_s` at most.

        `parts_done` of them had arrived before, and the verdict tells how many have arrived now.
        """


def hashed(text: str) -> str:
    """Return a digest to tell texts apart by, without keeping them."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
