"""HTTP/1.1 over one connection, made to an address that was checked."""

from __future__ import annotations

import email.errors
import http.client
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.errors import OutboundError, OutboundKind
from engine.outbound.addresses import Address
from engine.outbound.call import Call
from engine.outbound.failures import FOREIGN, Stage, translate
from engine.outbound.request import REDIRECTS, Request
from engine.outbound.sockets import Allowance, BoundedSocket
from engine.outbound.unpacking import unpack

_PIECE_BYTES = 16 << 10
_NOTHING = Allowance(deadline=float("-inf"), max_bytes=0)
_REDIRECT_BYTES = 64 << 10
_FOLD = re.compile(r"[ \t]*[\r\n]+[ \t]*")
#: How a far side that is gone shows itself.
_GONE = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
#: Behind such a line the parser reads no more headers, lengths included, or not the right ones.
_NO_HEADERS = (
    email.errors.FirstHeaderLineIsContinuationDefect,
    email.errors.InvalidHeaderDefect,
    email.errors.MisplacedEnvelopeHeaderDefect,
    email.errors.MissingHeaderBodySeparatorDefect,
)


class Dropped(Exception):
    """The connection ended before a byte of the answer came; `unsent`: nor had all gone out."""

    def __init__(self, error: OutboundError, *, unsent: bool) -> None:
        super().__init__(str(error))
        self.error = error
        self.unsent = unsent


@dataclass(slots=True)
class Answer:
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes = b""
    truncated: bool = False
    broken: str = ""

    @property
    def location(self) -> str | None:
        """Where a redirect leads; None when this is none."""
        if self.status not in REDIRECTS:
            return None
        found = next((value for name, value in self.headers if name.lower() == "location"), None)
        # Headers are read as Latin-1, and many send UTF-8 nevertheless.
        return found and found.encode("latin-1").decode("utf-8", "replace")


class Connection:
    """A connection to an address; when it ends it is not made again."""

    def __init__(self, connected: BoundedSocket, address: Address) -> None:
        self._socket = connected
        self._http = http.client.HTTPConnection("", 0)
        self._http.response_class = _Head
        self._http.sock = connected
        self._http.auto_open = 0  # it would look up a name
        self.address = address
        self.idle_since = 0.0

    @property
    def is_open(self) -> bool:
        return self._http.sock is not None

    @property
    def is_reusable(self) -> bool:
        """Whether it is open, and nothing came that nobody asked for: its end, for one."""
        return self.is_open and self._socket.is_quiet()

    def close(self) -> None:
        self._http.close()

    def exchange(self, request: Request, call: Call, allowance: Allowance) -> Answer:
        """
        Send a request and read its answer; the connection is closed unless it can be used again.

        :raise Dropped: when the far side ended the connection instead of answering.
        :raise OutboundError: when anything else went wrong.
        """
        self._socket.allowance = allowance
        stage, sent, raw, reusable = Stage.SEND, False, None, False
        try:
            sent = self._send(request)
            stage = Stage.ANSWER
            raw = self._http.getresponse()
            assert isinstance(raw, _Head)  # noqa: S101 - the class it was given
            _check_head(raw)
            stage = Stage.BODY
            answer = _read(raw, request, call)
            reusable = raw.isclosed() and not raw.has_more and not answer.broken
            return answer
        except FOREIGN as exc:
            error = translate(exc, request.target, stage, call.timeout_s)
            if isinstance(exc, _GONE) and not allowance.received_bytes:
                raise Dropped(error, unsent=not sent) from exc
            raise error from exc
        finally:
            if not reusable:
                if raw is not None:
                    raw.close()
                self.close()

    def _send(self, request: Request) -> bool:
        """Tell whether all of it went out."""
        self._http.putrequest(
            request.method, request.target.path, skip_host=True, skip_accept_encoding=True
        )
        self._http.putheader("Host", request.target.authority)
        for name, value in request.headers:
            self._http.putheader(name, value)
        if request.body or request.method in ("POST", "PUT", "PATCH"):
            self._http.putheader("Content-Length", str(len(request.body)))
        try:
            self._http.endheaders(request.body or None)
        except _GONE:
            return False  # it may have answered before it closed: 413, for one
        return True


class _Head(http.client.HTTPResponse):
    """
    Reads on behind interim answers such as 103, which http.client takes for final ones.

    Once it has ended, `has_more` tells whether more had come along than belongs to it.
    """

    def __init__(self, sock: BoundedSocket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self._bounded = sock
        self.has_more = False

    def begin(self) -> None:
        super().begin()
        while 100 <= self.status < 200 and self.status != 101:
            self.headers = None  # type: ignore[assignment]  # it begins anew
            super().begin()

    def _close_conn(self) -> None:
        self.has_more = self._holds_more()
        super()._close_conn()  # type: ignore[misc]

    def _holds_more(self) -> bool:
        allowance, self._bounded.allowance = self._bounded.allowance, _NOTHING
        try:
            # Only what is in the buffer: it may not ask the socket.
            return bool(self.fp.peek(1))
        except (OSError, ValueError):  # it is empty, or closed
            return False
        finally:
            self._bounded.allowance = allowance


def _check_head(raw: http.client.HTTPResponse) -> None:
    """Refuse what leaves open where the answer ends."""
    codings = [coding.strip().lower() for coding in raw.headers.get_all("Transfer-Encoding", [])]
    lengths = set() if codings else set(raw.headers.get_all("Content-Length", []))
    if (
        raw.status == 101
        or codings not in ([], ["chunked"])
        or len(lengths) > 1
        or not all(length.isascii() and length.isdigit() for length in lengths)
        or any(isinstance(defect, _NO_HEADERS) for defect in raw.headers.defects)
    ):
        raise http.client.HTTPException


def _read(raw: http.client.HTTPResponse, request: Request, call: Call) -> Answer:
    headers = [(name, _FOLD.sub(" ", value)) for name, value in raw.headers.items()]
    answer = Answer(raw.status, raw.reason, headers)
    max_bytes, truncate = call.max_bytes, call.truncate
    if call.max_redirects and answer.location:
        max_bytes, truncate = _REDIRECT_BYTES, True  # nobody will look at it
    coding = raw.headers.get("Content-Encoding", "").strip().lower()
    body = bytearray()
    try:
        # One byte more than allowed tells the one that is too large.
        unpack(_pieces(raw), coding, max_bytes + 1, body)
    except FOREIGN as exc:
        if not call.takes_broken:
            raise
        answer.broken = str(translate(exc, request.target, Stage.BODY, call.timeout_s))
    answer.body = bytes(body)
    if len(answer.body) > max_bytes:
        if not truncate:
            message = f"{request.target.origin} sent an answer larger than {max_bytes} bytes"
            raise OutboundError(OutboundKind.TOO_LARGE, message)
        answer.body, answer.truncated = answer.body[:max_bytes], True
    return answer


def _pieces(raw: http.client.HTTPResponse) -> Iterator[bytes]:
    """Give the body as it comes, so that nothing of it is lost when it breaks off."""
    if raw.chunked:
        while piece := raw.read1(_PIECE_BYTES):
            yield piece
        return
    while raw.length != 0 and not raw.isclosed():
        wanted = _PIECE_BYTES if raw.length is None else min(_PIECE_BYTES, raw.length)
        piece = raw.fp.read1(wanted)
        if raw.length is not None:
            if not piece:  # it was announced and did not come
                raise http.client.IncompleteRead(b"", raw.length)
            raw.length -= len(piece)
        elif not piece:
            break
        yield piece
    raw.read(1)  # there is nothing: it closes what was read to its end
