"""A clock for tests: it moves when it is read, by the same step each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NEW_YEAR_2026_US: Final = 1_767_225_600_000_000


@dataclass(slots=True)
class StepClock:
    """Returns ``time_us`` and then moves it by ``step_us``. Setting ``time_us`` travels.

    Implements `ramet.kernel.clock.Clock`.
    """

    time_us: int = NEW_YEAR_2026_US
    step_us: int = 1_000_000

    def __call__(self) -> int:
        """Return the time now in microseconds since the Unix epoch."""
        self.time_us += self.step_us
        return self.time_us - self.step_us
