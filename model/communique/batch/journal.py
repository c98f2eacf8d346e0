"""What of a run is done, on disk: a log of output that grows part by part, and a journal that says how far it is good.

    labels.jsonl.part             the output so far
    labels.jsonl.failures.part    the failures so far
    labels.jsonl.journal          one JSON line that says which run it is, then one a part that is done
    labels.jsonl.lock             held by the process that writes

A part is done when its line stands in the journal, which is written after its bytes are safe. Whatever stands behind the
last part that is done is cut off when the run goes on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from communique.batch.formats import Format
from communique.errors import CommuniqueError


@dataclass(frozen=True, slots=True)
class Done:
    """How far a run is: items gone through, articles and paragraphs labelled, failures; bytes of both logs."""

    items: int = 0
    articles: int = 0
    paragraphs: int = 0
    failures: int = 0
    output_bytes: int = 0
    failure_bytes: int = 0


class Journal:
    """The journal of one output. `target` is the finished file's path; `run` says what the run labels, and how."""

    def __init__(self, target: Path, run: Mapping[str, Any]) -> None:
        self.output = target.with_name(target.name + ".part")
        self.failures = target.with_name(target.name + ".failures.part")
        self.path = target.with_name(target.name + ".journal")
        self._lock = FileLock(target.with_name(target.name + ".lock"))
        self.done = Done()
        self._target = target
        self._run = dict(run)
        self._files: list[IO[bytes]] = []

    def exists(self) -> bool:
        """Whether a run of this output was begun and not finished."""
        return self.path.exists()

    def begin(self, head: bytes) -> bool:
        """Open the logs: go on behind the last part that is done, or start with `head`.

        False where all parts were done and only the closing was interrupted. Raises `CommuniqueError` where the run that
        was begun is another one, or is still going on.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)  # the system lets go of it when the process dies, however it dies
        except Timeout as error:
            raise CommuniqueError(f"{self._target}: another process is writing this output; wait for it") from error
        known = self._read() if self.exists() else None
        if known is not None and not self.output.exists() and self._target.exists():
            self.done = known
            return False
        if known is None:
            self._files = [path.open("wb") for path in (self.output, self.failures, self.path)]
            self._files[0].write(head)
            _save(self._files[0])
            self.done = Done(output_bytes=len(head))
            self._write(self._run)
            self._write(asdict(self.done))
            return True
        self.done = known
        self._files = [path.open("r+b") for path in (self.output, self.failures)]
        for file, size in zip(self._files, (known.output_bytes, known.failure_bytes), strict=True):
            if file.seek(0, os.SEEK_END) < size:
                raise CommuniqueError(f"{file.name}: shorter than its journal says; remove {self.path} to start afresh")
            file.truncate(size)
            file.seek(size)
        self._files.append(self.path.open("ab"))
        return True

    def add(self, output: bytes, failures: bytes, done: Done) -> None:
        """Add a part's bytes to both logs and note it as done; `done` without the two sizes."""
        for file, data in zip(self._files, (output, failures), strict=False):
            if data:
                file.write(data)
                _save(file)
        sizes = [file.tell() for file in self._files[:2]]
        self.done = Done(done.items, done.articles, done.paragraphs, done.failures, *sizes)
        self._write(asdict(self.done))

    def close(self) -> None:
        """Leave the logs as they are, to be gone on with."""
        for file in self._files:
            file.close()
        self._lock.release()

    def finish(self, format: Format) -> None:
        """Put the finished files in their places and forget the run; done again, it goes on where it was interrupted."""
        for file in self._files:
            file.close()
        if self.output.exists():
            format.finish(self.output, self._target)
        failures = self._target.with_name(self._target.name + ".failures.jsonl")
        if self.done.failures and self.failures.exists():
            self.failures.replace(failures)
        elif not self.done.failures:
            failures.unlink(missing_ok=True)
        _save_folder(self._target.parent)
        for path in (self.path, self.failures, Path(self._lock.lock_file)):
            path.unlink(missing_ok=True)
        self._lock.release()

    def _write(self, line: Mapping[str, Any]) -> None:
        self._files[2].write(json.dumps(line).encode() + b"\n")
        _save(self._files[2])

    def _read(self) -> Done | None:
        lines = []
        for line in self.path.read_bytes().split(b"\n")[
            :-1
        ]:  # behind the last line break stands half a line, or nothing
            try:
                lines.append(json.loads(line))
            except ValueError:  # a block that was never written through
                break
        if len(lines) < 2:
            return None
        begun, *_, last = lines
        if begun != self._run:
            other = [name for name in self._run if begun.get(name) != self._run[name]]
            raise CommuniqueError(
                f"{self.path}: the run that was begun has another {', '.join(other) or 'form'}; go on with what it had, or "
                f"remove {self.path.name} to start afresh"
            )
        return Done(**last)


def _save_folder(folder: Path) -> None:
    """A file's new name is safe when its folder is."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _save(file: IO[bytes]) -> None:
    """To the disk itself: a journal must not know more than the disk after a power cut."""
    file.flush()
    os.fsync(file.fileno())
