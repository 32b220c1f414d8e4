"""What goes wrong below HTTP calls, told as one OutboundError."""

from __future__ import annotations

import http.client
import ssl
import zlib
from enum import StrEnum

from engine.errors import OutboundError, OutboundKind
from engine.outbound.sockets import TooMuch
from engine.outbound.target import Target

#: What sockets, TLS, http.client and zlib raise.
FOREIGN = (OSError, http.client.HTTPException, ValueError, zlib.error, TooMuch)


class Stage(StrEnum):
    """How far a request has come, as what the far side did not do."""

    LOOK_UP = "was not found by its name"
    CONNECT = "did not accept a connection"
    HANDSHAKE = "did not finish the TLS handshake"
    SEND = "did not take the request"
    ANSWER = "did not answer"
    BODY = "did not finish its answer"


def translate(exc: Exception, target: Target, stage: Stage, timeout_s: float) -> OutboundError:
    """Return the error to raise for one of `FOREIGN`; it quotes nothing that may hold a secret."""
    kind, what = _tell(exc, stage, timeout_s)
    return OutboundError(kind, f"{target.origin} {what}")


def _tell(exc: Exception, stage: Stage, timeout_s: float) -> tuple[OutboundKind, str]:
    if isinstance(exc, TooMuch):
        return OutboundKind.TOO_LARGE, "sent far more than an answer of the allowed size takes"
    if isinstance(exc, TimeoutError):
        return OutboundKind.TIMEOUT, f"{stage} within {timeout_s:g} s"
    if isinstance(exc, ssl.SSLCertVerificationError):
        return OutboundKind.TLS, f"has a certificate that is not valid: {exc.verify_message}"
    if isinstance(exc, ssl.SSLError):
        reason = (exc.reason or "it closed the connection").replace("_", " ").lower()
        return OutboundKind.TLS, f"{stage}: {reason}"
    if isinstance(exc, OSError):
        return OutboundKind.CONNECT, f"{stage}: {exc.strerror or 'it closed the connection'}"
    if isinstance(exc, zlib.error):
        return OutboundKind.PROTOCOL, "sent an answer that cannot be unpacked"
    if stage is Stage.SEND:
        return OutboundKind.PROTOCOL, "cannot be sent this request"
    if stage is Stage.BODY:
        return OutboundKind.PROTOCOL, "sent an answer that breaks off, or is not HTTP"
    return OutboundKind.PROTOCOL, "sent an answer that is not HTTP"
