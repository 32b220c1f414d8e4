"""Bodies as they were before they were packed for the way, and no more of them than wanted."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

_GZIP = ("gzip", "x-gzip")
#: What answers may be packed in; other codings are left as they came.
ACCEPTED = "gzip, deflate"


def unpack(pieces: Iterable[bytes], coding: str, max_bytes: int, body: bytearray) -> None:
    """
    Add the first bytes of a body to `body`, and ask for no more pieces than they take.

    :raise zlib.error: when it is not packed as `coding` says, or breaks off.
    """
    unpacker = _Unpacker(coding) if coding in (*_GZIP, "deflate") else None
    for piece in pieces:
        body += unpacker.unpack(piece, max_bytes - len(body)) if unpacker else piece
        if len(body) >= max_bytes:
            del body[max_bytes:]
            return
    if unpacker:
        unpacker.finish()


class _Unpacker:
    def __init__(self, coding: str) -> None:
        self._gzip = coding in _GZIP
        self._stream: Any = None  # zlib does not tell its type
        self._ended = False

    def unpack(self, data: bytes, max_bytes: int) -> bytes:
        """Return what these bytes unpack to; what is beyond the limit is lost."""
        unpacked = bytearray()
        while data and not self._ended and len(unpacked) < max_bytes:
            if self._stream is None:
                self._stream = zlib.decompressobj(self._window_bits(data))
            unpacked += self._stream.decompress(data, max_bytes - len(unpacked))
            data = self._stream.unconsumed_tail
            if self._stream.eof:
                data = self._stream.unused_data
                self._stream = None
                # A gzip body may have several parts; behind the last some servers pad.
                self._ended = not self._gzip or data[:1] not in (b"", b"\x1f")
        return bytes(unpacked)

    def finish(self) -> None:
        if self._stream is not None:
            raise zlib.error("it breaks off")

    def _window_bits(self, data: bytes) -> int:
        if self._gzip:
            return zlib.MAX_WBITS | 16
        # "deflate" is the zlib format, and bare deflate where servers misunderstood.
        is_zlib = data[0] & 15 == 8 and int.from_bytes(data[:2]) % 31 == 0
        return zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS
