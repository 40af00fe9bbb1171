"""Time-ordered ids: UUID version 7 (RFC 9562, section 5.7), monotonic within a process."""

from __future__ import annotations

import os
import threading
import time

_COUNTER_BITS = 32
_lock = threading.Lock()
_last_ms = 0
_counter = 0


def new_id() -> str:
    """Return a fresh UUIDv7 in its canonical 36-character form.

    48 bits of Unix milliseconds, then a 32-bit counter that starts at a random point each millisecond (RFC 9562,
    section 6.2, method 2, over ``rand_a`` and the top of ``rand_b``), then random bits. Ids of one process sort in
    the order in which they were made, also when the clock is set back.
    """
    global _last_ms, _counter  # noqa: PLW0603 - the counter is the process's, as the RFC asks
    with _lock:
        now_ms = time.time_ns() // 1_000_000
        if now_ms > _last_ms:
            _last_ms = now_ms
            _counter = int.from_bytes(os.urandom(4)) >> 1
        else:
            _counter += 1
            if _counter >> _COUNTER_BITS:
                _last_ms += 1
                _counter = 0
        ms, counter = _last_ms, _counter
    tail = int.from_bytes(os.urandom(6)) & ((1 << 42) - 1)
    value = ms << 80 | 0x7 << 76 | (counter >> 20) << 64 | 0b10 << 62 | (counter & 0xFFFFF) << 42 | tail
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
