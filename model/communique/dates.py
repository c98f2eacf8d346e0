"""Dates as articles carry them: ISO 8601 at the precision known, or whatever else stood in the input."""

from __future__ import annotations

import re

#: A year, a month, or a day with whatever stands behind it (a time).
_ISO = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-[0-9]{2}.*)?)?", re.DOTALL)


def month_of(date: str | None) -> str:
    """The month of a date ("2021-12"), its year where no more is known ("2021"), or "" where it is none in ISO 8601."""
    return date[:7] if date and _ISO.fullmatch(date) else ""


def year_of(date: str | None) -> str:
    """The year of a date, or "" where it is none in ISO 8601."""
    return month_of(date)[:4]
