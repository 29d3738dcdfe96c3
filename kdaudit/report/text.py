"""Numbers made fit for a reader; opens no file."""

from __future__ import annotations

import math


def number(value: float | None, *, percent: bool, digits: int | None = None) -> str:
    """A value for a table: rates in percent, about three digits, a true 0 as `0`; `–` for none."""
    if value is None or math.isnan(value):
        return "–"
    shown = 100 * value if percent else value
    if shown == 0:
        return "0"
    return f"{shown:.{_digits(shown) if digits is None else digits}f}"


def _digits(shown: float) -> int:
    """Decimal places that leave about three significant digits."""
    size = abs(shown)
    return 1 if size >= 9.995 else 2 if size >= 0.0995 else 3


def interval(
    low: float | None, high: float | None, *, percent: bool, digits: int | None = None
) -> str:
    """`low to high`; an end that is unbounded is `∞`; empty where there is no interval."""
    if low is None and high is None:
        return ""
    ends = [
        open_end if end is None else signed_free(number(end, percent=percent, digits=digits))
        for end, open_end in ((low, "−∞"), (high, "∞"))
    ]
    return f"{ends[0]} to {ends[1]}"


def signed_free(text: str) -> str:
    """The text with the typographic minus."""
    return text.replace("-", "−")


def signed(value: float | None, *, percent: bool, digits: int | None = None) -> str:
    """A difference, with its sign: `+0.21`, `−1.30`, `0.00`."""
    text = number(value, percent=percent, digits=digits)
    if value is None or text == "–":
        return text
    return signed_free(text if value <= 0 else f"+{text}")


def duration(seconds: float) -> str:
    """`42 s`, `3 min 05 s`, `2 h 07 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def memory(megabytes: float | None) -> str:
    """`726 MB`; `–` where it was not measured."""
    return "–" if megabytes is None else f"{megabytes:,.0f} MB"
