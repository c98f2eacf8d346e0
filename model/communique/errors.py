"""Everything communique raises on purpose. Each message says what was expected, what came, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from communique.terminal import visible


class CommuniqueError(Exception):
    """Base of all errors raised on purpose."""


class CodebookError(CommuniqueError):
    """A label or code that the codebook does not know."""


class InputError(CommuniqueError):
    """An input that cannot be read: `where` names the file (and line), `reason` says why and what to do.

    `rest` is true where the file cannot be read from there on. `name` is the file's inside the folder that was given.
    As a string it is one line that can be shown on a terminal, whatever the file is called.
    """

    def __init__(
        self,
        reason: str,
        *,
        path: Path | str | None = None,
        line: int | None = None,
        rest: bool = False,
        name: str | None = None,
    ) -> None:
        self.reason = visible(reason)
        self.path = None if path is None else str(path)
        self.line = line
        self.rest = rest
        self.name = name
        super().__init__(f"{visible(self.where)}: {self.reason}" if self.where else self.reason)

    def __reduce__(self) -> tuple[Any, ...]:  # it travels between processes
        return partial(InputError, path=self.path, line=self.line, rest=self.rest, name=self.name), (self.reason,)

    @property
    def where(self) -> str:
        if self.path is None:
            return ""
        return self.path if self.line is None else f"{self.path}:{self.line}"


class FaultsError(CommuniqueError):
    """Inputs that were refused whole: `faults` has what is wrong with them, place by place."""

    SHOWN = 40

    def __init__(self, faults: Sequence[InputError]) -> None:
        self.faults = tuple(faults)
        lines = [str(fault) for fault in self.faults[: self.SHOWN]]
        if len(self.faults) > 1:
            lines.insert(0, f"{len(self.faults)} faults; mend them all and try again")
        if len(self.faults) > self.SHOWN:
            lines.append(f"… and {len(self.faults) - self.SHOWN} more")
        super().__init__("\n".join(lines))


class ModelError(CommuniqueError):
    """A model folder that is missing, damaged, or of a format this version does not read."""


class MissingExtraError(CommuniqueError):
    """A feature whose optional packages are not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs optional packages: pip install 'communique[{extra}]'")


def require(package: str, feature: str, extra: str) -> None:
    """Before the import of an optional package: raises `MissingExtraError` where it is not installed."""
    if find_spec(package) is None:
        raise MissingExtraError(feature, extra)
