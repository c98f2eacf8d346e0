"""Who labels the parts: this process, or several."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from communique.batch.parts import Job, Labelled, Part, joined, label_part, lost
from communique.bundle import load_bundle
from communique.errors import CommuniqueError
from communique.labeler import Labeler


class Engine(Protocol):
    """Labels parts; what comes of them comes in their order."""

    def label(self, parts: Iterable[Part]) -> Iterator[Labelled]: ...


@dataclass(frozen=True, slots=True)
class InProcess:
    """One part after the other, here."""

    labeler: Labeler
    job: Job

    def label(self, parts: Iterable[Part]) -> Iterator[Labelled]:
        return (label_part(self.labeler, part, self.job) for part in parts)


@dataclass(frozen=True, slots=True)
class Processes:
    """`count` processes, each with the model; where the system can, they share its memory with this one.

    A worker that dies (out of memory, a crash in native code) is replaced, and its part is done again; a part on which
    workers die twice is done article by article, and the article at fault becomes a failure.
    """

    labeler: Labeler
    job: Job
    count: int

    def label(self, parts: Iterable[Part]) -> Iterator[Labelled]:
        pool = self._pool()
        waiting: deque[tuple[Part, Future[Labelled]]] = deque()
        source = iter(parts)
        try:
            # Some parts ahead of the workers, so that none waits for its next one; no more, so that memory is bounded
            while True:
                while len(waiting) < 2 * self.count and (part := next(source, None)) is not None:
                    waiting.append((part, _submitted(pool, part)))
                if not waiting:
                    return
                part, future = waiting.popleft()
                try:
                    yield future.result()
                except BrokenProcessPool:
                    yield self._again(part)
                    pool.shutdown(wait=False)
                    pool = self._pool()
                    waiting = deque((other, _submitted(pool, other)) for other, _ in waiting)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _again(self, part: Part) -> Labelled:
        """The part by a worker of its own, and if that dies too, article by article."""
        with self._pool(1) as pool:
            try:
                return pool.submit(_label, part).result()
            except BrokenProcessPool:
                self._check()
                return joined([self._one(Part((item,))) for item in part.items])

    def _check(self) -> None:
        with self._pool(1) as pool:
            try:
                pool.submit(os.getpid).result()
            except BrokenProcessPool as error:
                raise CommuniqueError(
                    "worker processes die as they start (too little memory? a script without `if __name__ == "
                    '"__main__":`?); label with one process'
                ) from error

    def _one(self, part: Part) -> Labelled:
        with self._pool(1) as pool:
            try:
                return pool.submit(_label, part).result()
            except BrokenProcessPool:
                return lost(part)

    def _pool(self, count: int | None = None) -> ProcessPoolExecutor:
        # A forked process has the model already; threads of a transformer's runtime do not survive a fork
        forked = sys.platform == "linux" and self.labeler.bundle.encoder is None
        if forked:
            _state.labeler = self.labeler
        folder = self.labeler.bundle.folder
        if folder is None and not forked:
            raise CommuniqueError("a model that was not read from a folder labels with one process only")
        model = None if forked or folder is None else (folder, self.labeler.bundle.name, self.labeler.home)
        return ProcessPoolExecutor(
            count or self.count,
            mp_context=multiprocessing.get_context("fork" if forked else "spawn"),
            initializer=_begin,
            initargs=(model, self.job, os.getpid()),
        )


def _submitted(pool: ProcessPoolExecutor, part: Part) -> Future[Labelled]:
    try:
        return pool.submit(_label, part)
    except BrokenProcessPool as error:  # it broke on another part, whose turn comes first
        failed: Future[Labelled] = Future()
        failed.set_exception(error)
        return failed


class _State:
    """What a worker has for all its parts."""

    labeler: Labeler
    job: Job


_state = _State()


def _begin(model: tuple[Path, str, str] | None, job: Job, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Control-C is for the process that writes
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    if model is not None:
        folder, name, home = model
        _state.labeler = Labeler(load_bundle(folder, name=name, threads=1), home=home)
    _state.job = job
    gc.freeze()  # what is there stays there: no collection needs to look at it, or to copy its pages


def _leave_with(parent: int) -> None:
    """End this worker when the process that gives it work was killed."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _label(part: Part) -> Labelled:
    return label_part(_state.labeler, part, _state.job)
