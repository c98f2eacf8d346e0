"""Arrays from a model folder: what each has to be, before anything is made of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: What an array has to be: its dtype, and its shape, where None is any length.
Kind = tuple[str, tuple[int | None, ...]]


def checked(
    arrays: Mapping[str, NDArray[Any]], kinds: Mapping[str, Kind], *, infinite: Collection[str] = ()
) -> dict[str, NDArray[Any]]:
    """The arrays of `kinds`. Raises `ValueError` where one is missing, of another dtype or shape, or not finite.

    infinite: names of those that may hold infinities, but no NaN.
    """
    found = {}
    for name, (dtype, shape) in kinds.items():
        if name not in arrays:
            raise ValueError(f"no array {name!r}")
        array = found[name] = arrays[name]
        if array.dtype != np.dtype(dtype):
            raise ValueError(f"expected {name!r} as {np.dtype(dtype)}, got {array.dtype}")
        if len(array.shape) != len(shape) or any(n not in (None, m) for n, m in zip(shape, array.shape, strict=True)):
            expected = ", ".join("any" if n is None else str(n) for n in shape)
            raise ValueError(f"expected {name!r} of shape ({expected}), got {array.shape}")
        bad = np.isnan(array) if name in infinite else ~np.isfinite(array)
        if bad.any():
            raise ValueError(f"{name!r} holds {int(bad.sum())} values that are no finite numbers")
    return found


def within(array: NDArray[Any], name: str, low: float, high: float) -> NDArray[Any]:
    """`array`, unless a value is below `low` or above `high`: `ValueError`."""
    if array.size and (array.min() < low or array.max() > high):
        raise ValueError(f"expected {name!r} from {low:g} to {high:g}, got {array.min():g} to {array.max():g}")
    return array
