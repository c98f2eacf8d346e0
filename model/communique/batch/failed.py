"""The failures that a run left, once more: lines of tables, the rest of a file that was damaged, whole files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from communique.errors import InputError
from communique.reading.files import STANDARD_INPUT, File
from communique.reading.sources import Found


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a file is wanted: some of its lines, and all from `rest` on."""

    lines: frozenset[int | None]
    rest: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The inputs that a file of failures lists; `path` and `digest` are the list's own."""

    path: Path
    digest: str
    wanted: Mapping[File, Wanted]

    @classmethod
    def read(cls, path: Path) -> Failed:
        """Raises `InputError` where `path` is no such file, or lists what cannot be read again."""
        wanted: dict[File, Wanted] = {}
        try:
            data = path.read_bytes()
            for line in data.decode("utf-8").split("\n"):
                if not line:
                    continue
                row = json.loads(line)
                file = File(Path(row["path"]), row["name"] or Path(row["path"]).name)
                known = wanted.get(file, Wanted(frozenset(), float("inf")))
                rest = 0 if row["line"] is None else row["line"] if row["rest"] else known.rest
                wanted[file] = Wanted(known.lines | {row["line"]}, min(known.rest, rest))
        except OSError as error:
            raise InputError(error.strerror or "cannot be read", path=path) from error
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"expected the failures that a run left, got {error!r}", path=path) from error
        if any(file.path == STANDARD_INPUT for file in wanted):
            raise InputError(
                "lists failures of standard input (-), which cannot be read again; take their lines out, and label what "
                "stood there from a file",
                path=path,
            )
        return cls(path, hashlib.sha256(data).hexdigest(), wanted)

    def files(self) -> Iterator[File]:
        return iter(self.wanted)

    def chosen(self, items: Iterator[Found]) -> Iterator[Found]:
        """Of the items of these files, those that are wanted."""
        by_path = {str(file.path): wanted for file, wanted in self.wanted.items()}
        for item in items:
            wanted = by_path[str(item.path)]
            if item.line is None or item.line in wanted.lines or item.line >= wanted.rest:
                yield item
