"""Identities of records: UUIDv7 for what is made here, UUIDv5 for what follows from its parent.

A UUIDv7 sorts by the time it was made, so new rows go to the end of an index; nothing else may be read from it,
because the clock of a PC may be wrong.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock
from uuid import UUID, uuid5

from desktop.base.clock import Clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANDOM_BITS = 74
# Half of the random space is left above a fresh start, so that counting up within one millisecond does not run out.
_FRESH_BITS = _RANDOM_BITS - 1


class IdSequence:
    """Gives identities that only ever rise, also when the clock stands still or is put back.

    A practice room makes its own with a seeded `random_bits`, so that the same seed gives the same identities.

    Source:  RFC 9562, 5.7 and 6.2 method 2.
    """

    def __init__(self, random_bits: Callable[[int], int] = secrets.randbits) -> None:
        self._random_bits = random_bits
        self._lock = Lock()
        self._millisecond = -1
        self._random = 0

    def next_id(self, clock: Clock) -> str:
        """The next identity, as lower-case text with hyphens."""
        now = (clock.now() - _EPOCH) // timedelta(milliseconds=1)
        with self._lock:
            if now > self._millisecond:
                self._millisecond, self._random = now, self._random_bits(_FRESH_BITS)
            else:
                self._random += 1 + self._random_bits(8)
                if self._random >> _RANDOM_BITS:
                    self._millisecond, self._random = self._millisecond + 1, self._random_bits(_FRESH_BITS)
            return str(_version_7(self._millisecond, self._random))


def _version_7(millisecond: int, random: int) -> UUID:
    high, low = random >> 62, random & ((1 << 62) - 1)
    return UUID(int=(millisecond << 80) | (7 << 76) | (high << 64) | (0b10 << 62) | low)


PROCESS_IDS = IdSequence()
"""One for the process: two sequences side by side would not rise together."""


def new_id(clock: Clock) -> str:
    """A new identity that is greater than every one given before in this process."""
    return PROCESS_IDS.next_id(clock)


def child_id(parent: str, element: str) -> str:
    """The identity of a part that every PC derives alike from its parent and its name within it.

    Errors:  ValueError when `parent` is not a UUID.
    Source:  RFC 9562, 5.5.
    """
    return str(uuid5(UUID(parent), element))
