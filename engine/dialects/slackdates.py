"""Dates as Slack writes them: a moment and a format with tokens (docs.slack.dev, "Formatting dates")."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

_TOKEN = re.compile(r"\{([a-z_]{3,24})\}")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_ENDINGS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}


def written(seconds: Any, form: str) -> str:
    """
    Return a moment in a format, in UTC: readers' time zones are not known here.

    `seconds` since 1970; the format itself, without a moment, when they are no number.
    """
    try:
        moment = dt.datetime.fromtimestamp(int(seconds), dt.UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return _TOKEN.sub("", form).strip()
    values = _values(moment)
    text = _TOKEN.sub(lambda found: values.get(found[1], found[0]), form)
    return f"{text} UTC" if "{time" in form else text


def _values(moment: dt.datetime) -> dict[str, str]:
    month, day = _MONTHS[moment.month - 1], f"{moment.day}{_ENDINGS.get(moment.day, 'th')}"
    hour, half = (moment.hour % 12) or 12, "AM" if moment.hour < 12 else "PM"
    short = f"{month[:3]} {moment.day}, {moment.year}"
    middle = f"{month} {day}, {moment.year}"
    long = f"{_DAYS[moment.weekday()]}, {middle}"
    return {
        "date_num": f"{moment:%Y-%m-%d}",
        "date_slash": f"{moment:%d/%m/%Y}",
        "date": middle,
        "date_pretty": middle,
        "date_short": short,
        "date_short_pretty": short,
        "date_long": long,
        "date_long_pretty": long,
        "day_divider_pretty": long,
        "date_long_full": f"{month} {moment.day}, {moment.year}",
        "time": f"{hour}:{moment:%M} {half}",
        "time_secs": f"{hour}:{moment:%M:%S} {half}",
        "ago": f"{moment:%Y-%m-%d %H:%M} UTC",
    }
