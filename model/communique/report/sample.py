"""A bounded sample of a stream of unknown length."""

from __future__ import annotations

from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Reservoir(Generic[T]):
    """Keeps every item while there are at most `size`, then `size` of them drawn at random, each equally likely.

    The same stream with the same `seed` leaves the same sample.
    """

    def __init__(self, size: int, *, seed: int = 0) -> None:
        self.seen = 0
        self._size = size
        self._random = Random(seed)
        self._kept: list[tuple[int, T]] = []

    def add(self, item: T) -> None:
        place = self.seen if self.seen < self._size else self._random.randrange(self.seen + 1)
        if place < len(self._kept):
            self._kept[place] = (self.seen, item)
        elif place < self._size:
            self._kept.append((self.seen, item))
        self.seen += 1

    def items(self) -> tuple[T, ...]:
        """The sample in the order of the stream."""
        return tuple(item for _, item in sorted(self._kept, key=lambda kept: kept[0]))
