"""What of a run is done, on disk: a log of output that grows part by part, and a journal that says how far it is good.

    labels.jsonl.part             the output so far
    labels.jsonl.failures.part    the failures so far
    labels.jsonl.journal          JSON lines: which run it is, then one for each part that is done, then that all are
    labels.jsonl.lock             held by the process that writes

A part is done when its line stands in the journal, which is written after its bytes are safe. Whatever stands behind the
last part that is done is cut off when the run goes on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from communique.batch.formats import Format
from communique.errors import CommuniqueError
from communique.writing import claim, release, sync_folder

if TYPE_CHECKING:
    from filelock import FileLock


@dataclass(frozen=True, slots=True)
class Done:
    """How far a run is: items gone through, articles and paragraphs labelled, failures; bytes of both logs.

    bodiless: articles of which no paragraph is body, so that they have no row but of boilerplate. complete: whether these are
    all.
    """

    items: int = 0
    articles: int = 0
    paragraphs: int = 0
    failures: int = 0
    bodiless: int = 0
    output_bytes: int = 0
    failure_bytes: int = 0
    complete: bool = False


def failures_of(target: Path) -> Path:
    """Where the failures of a finished output stand."""
    return target.with_name(target.name + ".failures.jsonl")


class Journal:
    """The journal of one output. `target` is the finished file's path; `run` says what the run labels, and how."""

    def __init__(self, target: Path, run: Mapping[str, Any]) -> None:
        self.output = target.with_name(target.name + ".part")
        self.failures = target.with_name(target.name + ".failures.part")
        self.path = target.with_name(target.name + ".journal")
        self.done = Done()
        self._lock: FileLock | None = None
        self._target = target
        self._run = dict(run)
        self._files: list[IO[bytes]] = []

    def lock(self) -> None:
        """Be the one process that writes this output. Raises `CommuniqueError` where another is, or nobody may."""
        self._lock = claim(self._target)

    def begun(self) -> bool:
        """Whether a run of this output was begun and not finished."""
        return self.path.exists()

    def begin(self, head: bytes) -> None:
        """Open the logs: go on behind the last part that is done, or start with `head`.

        Raises `CommuniqueError` where the run that was begun is another one.
        """
        known, good = self._read()
        if known is None:
            self._files = [path.open("wb") for path in (self.output, self.failures, self.path)]
            self._files[0].write(head)
            _save(self._files[0])
            self._write(self._run)
            self._write(asdict(Done(output_bytes=len(head))))
            self.done = Done(output_bytes=len(head))
            sync_folder(self._target.parent)
            return
        self.done = known
        if known.complete:
            return
        sizes = {self.output: known.output_bytes, self.failures: known.failure_bytes, self.path: good}
        for path, size in sizes.items():
            if not path.exists() or path.stat().st_size < size:
                raise CommuniqueError(
                    f"{path}: missing, or shorter than its journal says; remove {self.path.name} to start afresh"
                )
            file = path.open("r+b")
            self._files.append(file)
            file.truncate(size)
            file.seek(size)

    def add(self, output: bytes, failures: bytes, done: Done) -> None:
        """Add a part's bytes to both logs and note it as done; `done` without the two sizes."""
        for file, data in zip(self._files, (output, failures), strict=False):
            if data:
                file.write(data)
                _save(file)
        output_bytes, failure_bytes = (file.tell() for file in self._files[:2])
        self.done = replace(done, output_bytes=output_bytes, failure_bytes=failure_bytes)
        self._write(asdict(self.done))

    def finish(self, format: Format) -> None:
        """Put the finished files in their places and forget the run; done again, it goes on where it was interrupted."""
        if not self.done.complete:
            self.done = replace(self.done, complete=True)
            self._write(asdict(self.done))
        self._close_files()
        if self.output.exists():
            format.finish(self.output, self._target)
        if not self.done.failures:
            failures_of(self._target).unlink(missing_ok=True)
        elif self.failures.exists():
            self.failures.replace(failures_of(self._target))
        sync_folder(self._target.parent)
        for path in (self.output, self.failures, self.path):
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Leave the logs as they are, to be gone on with."""
        self._close_files()
        if self._lock is not None:
            release(self._lock, keep=self.begun())

    def _close_files(self) -> None:
        for file in self._files:
            file.close()

    def _write(self, line: Mapping[str, Any]) -> None:
        self._files[2].write(json.dumps(line).encode() + b"\n")
        _save(self._files[2])

    def _read(self) -> tuple[Done | None, int]:
        """How far the run is, and how many bytes of the journal say so; behind them stands half a line, or nothing."""
        if not self.begun():
            return None, 0
        begun, last, good = None, None, 0
        with self.path.open("rb") as lines:
            for line in lines:
                try:
                    last = json.loads(line) if line.endswith(b"\n") else None
                except ValueError:  # a block that was never written through
                    break
                if last is None:
                    break
                begun = begun or last
                known, good = last, good + len(line)
        if begun is None or begun is known:
            return None, 0
        if begun != self._run:
            other = [name for name in self._run if begun.get(name) != self._run[name]]
            raise CommuniqueError(
                f"{self.path}: the run that was begun has another {', '.join(other) or 'form'}; go on with what it had, or "
                f"remove {self.path.name} to start afresh"
            )
        return Done(**known), good


def _save(file: IO[bytes]) -> None:
    """To the disk itself: a journal must not know more than the disk after a power cut."""
    file.flush()
    os.fsync(file.fileno())
