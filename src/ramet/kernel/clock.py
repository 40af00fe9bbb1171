"""Time: wall clock in integer microseconds (UTC), and hybrid logical clocks that order operations across replicas.

A hybrid logical clock (Kulkarni, Demirbas et al., OPODIS 2014) is one 63-bit integer here: 52 bits of Unix
microseconds (until 2112), then 11 bits of counter. It never runs backwards and stays within the skew of real clocks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache

from ramet.kernel.errors import ValidationError

FOREVER_US = 2**62
"""Stands for "no end" wherever an interval's end is an integer."""

EARLIEST_US = -62_135_596_800_000_000
LATEST_US = 253_402_300_799_999_999
"""The first and the last moment (UTC) of the years 1 to 9999, which is what can be shown."""

_COUNTER_BITS = 11

Clock = Callable[[], int]
"""Returns the time now in microseconds since the Unix epoch."""


def now_us() -> int:
    """Return the wall clock in microseconds since the Unix epoch."""
    return time.time_ns() // 1_000


def tick(last: int, wall_us: int) -> int:
    """Return the hybrid logical time that follows ``last`` at wall time ``wall_us``."""
    return max(last + 1, wall_us << _COUNTER_BITS)


def wall_us_of(hlc: int) -> int:
    """Return the wall time, in microseconds, that a hybrid logical time was made at."""
    return hlc >> _COUNTER_BITS


@lru_cache(4096)
def to_iso(time_us: int | None) -> str | None:
    """Format microseconds as ISO 8601 in UTC; ``None`` and the open end stay ``None``."""
    if time_us is None or time_us >= FOREVER_US:
        return None
    whole_s, rest_us = divmod(time_us, 1_000_000)
    return datetime.fromtimestamp(whole_s, UTC).replace(microsecond=rest_us).isoformat()


def parse_time(value: object, name: str) -> int:
    """Read a point in time given as ISO 8601 text, ``datetime``, ``date`` or Unix seconds; naive times are UTC.

    Returns microseconds since the Unix epoch.

    Raises:
        ValidationError: ``value`` is none of these, or outside the years 1 to 9999.
    """
    try:
        moment = _to_datetime(value)
    except (ValueError, OverflowError, OSError) as error:
        raise _bad_time(value, name) from error
    if moment is None:
        raise _bad_time(value, name)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    delta = aware - datetime(1970, 1, 1, tzinfo=UTC)
    time_us = (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
    if not EARLIEST_US <= time_us <= LATEST_US:  # a time of day west of Greenwich ends the year 9999 later
        raise _bad_time(value, name)
    return time_us


def _to_datetime(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, str):
        return datetime.fromisoformat(value.strip())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    return None


def _bad_time(value: object, name: str) -> ValidationError:
    return ValidationError(
        f"{name} is not a point in time: {value!r:.80}.",
        code="VALIDATION_004",
        remedy="Give ISO 8601 text such as '2026-05-08T13:56:00Z', a datetime, a date, or Unix seconds.",
    )
