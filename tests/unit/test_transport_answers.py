"""The time a far side asks for, in every way of saying it, and its words on one line."""

from __future__ import annotations

from typing import Any

import pytest

from engine.transports.answers import FarAnswer, quoted, read_status
from engine.transports.message import MAX_WAIT_S, Result, Verdict

NOW = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT


def answer(status: int, body: bytes = b"", **headers: str) -> FarAnswer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return FarAnswer(status, named, body, NOW)


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({}, b"", None),
        ({"Retry_After": "30"}, b"", 30),
        ({"retry_after": "1.5"}, b"", 1.5),
        ({"Retry_After": "Fri, 15 Jan 2027 08:02:00 GMT"}, b"", 120),
        ({"Retry_After": "Fri, 15 Jan 2027 07:00:00 GMT"}, b"", 0),
        (
            {
                "Retry_After": "Fri, 15 Jan 2027 09:02:00 GMT",
                "Date": "Fri, 15 Jan 2027 09:00:00 GMT",
            },
            b"",
            120,
        ),
        ({"Retry_After": "soon"}, b"", None),
        ({"Retry_After": "-5"}, b"", None),
        ({"Retry_After": "nan"}, b"", None),
        ({"Retry_After": "inf"}, b"", None),
        ({"X_RateLimit_Reset": "1800000060000"}, b"", 60),
        ({"X_RateLimit_Reset": "1800000060"}, b"", 60),
        ({"X_RateLimit_Reset": "60"}, b"", 60),
        ({"X_RateLimit_Reset_After": "0.3", "X_RateLimit_Reset": "1800000060"}, b"", 0.3),
        ({}, b'{"retry_after": 0.65}', 0.65),
        ({"Retry_After": "1"}, b'{"retry_after": 0.65}', 0.65),
        ({}, b'{"retry_after": true}', None),
        ({}, b'{"error":{"details":[{"retryDelay":"3s"}]}}', 3),
        ({}, b'{"error":{"details":[7, {"retryDelay":"soon"}]}}', None),
        ({}, b'{"error":"You must wait 17 seconds before trying this endpoint again."}', 17),
    ],
)
def test_times_to_wait(headers: dict[str, str], body: bytes, expected: float | None) -> None:
    """Seconds, dates by the far side's own clock, and JSON, whichever is the most exact."""
    assert answer(429, body, **headers).wait_s == expected


def test_no_far_side_makes_us_wait_for_ever() -> None:
    """A time that is too long is cut."""
    verdict = read_status(answer(429, Retry_After="999999999"))
    assert verdict.after_s == MAX_WAIT_S


@pytest.mark.parametrize(
    ("status", "result"),
    [
        *((status, Result.DELIVERED) for status in (200, 201, 202, 204)),
        *((status, Result.RETRY) for status in (408, 425, 429, 500, 502, 503, 504, 520, 599)),
        *(
            (status, Result.PERMANENT)
            for status in (301, 307, 400, 401, 403, 404, 410, 413, 501, 101)
        ),
    ],
)
def test_statuses(status: int, result: Result) -> None:
    """What HTTP says by itself."""
    verdict = read_status(answer(status))
    assert verdict.result is result
    assert verdict.gone is (status == 410)


def test_the_last_request_of_a_window_tells_when_the_next_opens() -> None:
    """A delivery that used up the far side's limit says how long to pause."""
    spent = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "1800000007000"}
    assert read_status(answer(200, b"", **spent)).after_s == 7
    spent["X_RateLimit_Remaining"] = "3"
    assert read_status(answer(200, b"", **spent)).after_s is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", ""),
        (b"plain words", "plain words"),
        (b"  a\r\nb\tc\x00d ", "a b c d"),
        (b"<!DOCTYPE html><html><body>Oops</body></html>", ""),
        (b'{"error":"e"}', "e"),
        (b'{"error":{"message":"m","code":7}}', "m"),
        (b'{"message":"m","error":"e"}', "m"),
        (b'{"message":7,"error":["x"]}', ""),
        (b"[1,2]", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b'{"error":"incoming webhook o4x9zq8b1tyk7rfm3cdw5e6sna."}', "incoming webhook …."),
        (b"error-user-lacks-message-impersonate-permission",) * 2,
    ],
)
def test_words(body: bytes, said: Any) -> None:
    """One line, without control characters and without what may be a token."""
    expected = said.decode() if isinstance(said, bytes) else said
    assert answer(400, body).said == expected


def test_long_words_are_shortened() -> None:
    """A reason is a line in a list."""
    assert len(quoted("word " * 1000)) == 160
    assert len(answer(400, b"x y " * 100_000).text) <= 64 << 10
    assert len(answer(400, b"x y " * 1_000_000).body) == 2 << 20


def test_redirects_name_the_host_alone() -> None:
    """Where a far side has moved to may hold a token."""
    moved = answer(301, Location="https://new.example.org/hooks/t0ken")
    assert "new.example.org" in read_status(moved).reason
    assert "t0ken" not in read_status(moved).reason
    assert read_status(answer(302, Location="https://[bad")).result is Result.PERMANENT


def test_a_verdict_has_no_negative_time() -> None:
    """Nor more than the longest."""
    assert Verdict.retry("x", after_s=-3).after_s == 0
    assert Verdict.delivered(after_s=1e9).after_s == MAX_WAIT_S
