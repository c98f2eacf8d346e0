"""Who labels the parts: this process, or several."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from communique.batch.parts import Job, Labelled, Part, joined, label_part, lost
from communique.bundle import load_bundle
from communique.errors import CommuniqueError
from communique.labeler import Labeler


class Engine(Protocol):
    """Labels parts; they come back in their order, each with what came of it."""

    def label(self, parts: Iterable[Part]) -> Iterator[tuple[Part, Labelled]]: ...


@dataclass(frozen=True, slots=True)
class InProcess:
    """One part after the other, here."""

    labeler: Labeler
    job: Job

    def label(self, parts: Iterable[Part]) -> Iterator[tuple[Part, Labelled]]:
        return ((part, label_part(self.labeler, part, self.job)) for part in parts)


@dataclass(frozen=True, slots=True)
class Processes:
    """`count` processes, each with the model; where the system can, they share its memory with this one.

    A worker that dies (out of memory, a crash in native code) is replaced, and its part is done again; a part on which
    workers die twice is done article by article, and the article at fault becomes a failure.
    """

    labeler: Labeler
    job: Job
    count: int

    def label(self, parts: Iterable[Part]) -> Iterator[tuple[Part, Labelled]]:
        pool = self._pool(self.count)
        waiting: deque[tuple[Part, Future[Labelled]]] = deque()
        source = iter(parts)
        try:
            # Some parts ahead of the workers, so that none waits for its next one; no more, so that memory is bounded
            while True:
                while len(waiting) < 2 * self.count and (part := next(source, None)) is not None:
                    waiting.append((part, _submitted(pool, part)))
                if not waiting:
                    # Waited for: a pool that is still closing as Python ends makes it print a traceback now and then
                    pool.shutdown()
                    return
                part, future = waiting.popleft()
                try:
                    yield part, future.result()
                except BrokenProcessPool:
                    yield part, self._again(part)
                    pool.shutdown(wait=False)
                    pool = self._pool(self.count)
                    waiting = deque((other, _submitted(pool, other)) for other, _ in waiting)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _again(self, part: Part) -> Labelled:
        """The part by a worker of its own, and if that dies too, article by article."""
        if (result := self._alone(part)) is not None:
            return result
        self._check()
        pieces = [Part((item,)) for item in part.items]
        return joined([self._alone(piece) or lost(piece) for piece in pieces])

    def _alone(self, part: Part) -> Labelled | None:
        with self._pool(1) as pool:
            try:
                return pool.submit(_label, part).result()
            except BrokenProcessPool:
                return None

    def _check(self) -> None:
        with self._pool(1) as pool:
            try:
                pool.submit(os.getpid).result()
            except BrokenProcessPool as error:
                raise CommuniqueError(
                    "worker processes die as they start (too little memory? a script without `if __name__ == "
                    '"__main__":`?); label with one process'
                ) from error

    def _pool(self, count: int) -> ProcessPoolExecutor:
        # A forked process has the model already; threads of a transformer's runtime do not survive a fork
        forked = sys.platform == "linux" and self.labeler.bundle.encoder is None
        return ProcessPoolExecutor(
            count if sys.platform != "win32" else min(count, 61),  # as many as Windows waits for
            mp_context=multiprocessing.get_context("fork" if forked else "spawn"),
            initializer=_begin,
            initargs=(self.labeler if forked else self._address(), self.job),
        )

    def _address(self) -> _Address:
        bundle = self.labeler.bundle
        if bundle.folder is None:
            raise CommuniqueError("a model that was not read from a folder labels with one process only")
        return bundle.folder, bundle.name, self.labeler.home


#: Where a worker finds its model: folder, the bundle's name, and the home country.
_Address: TypeAlias = "tuple[Path, str, str]"


def _submitted(pool: ProcessPoolExecutor, part: Part) -> Future[Labelled]:
    try:
        return pool.submit(_label, part)
    except BrokenProcessPool as error:  # it broke on another part, whose turn comes first
        failed: Future[Labelled] = Future()
        failed.set_exception(error)
        return failed


class _Worker:
    """What a worker process has for all its parts."""

    labeler: Labeler
    job: Job


def _begin(model: Labeler | _Address, job: Job) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Control-C is for the process that writes
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    if isinstance(model, Labeler):
        _Worker.labeler = model
    else:
        folder, name, home = model
        _Worker.labeler = Labeler(load_bundle(folder, name=name, threads=1), home=home)
    _Worker.job = job
    gc.freeze()  # what is there stays there: no collection needs to look at it, or to copy its pages


def _leave_with_parent() -> None:
    """End this worker when the process that gives it work was killed."""
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)


def _label(part: Part) -> Labelled:
    return label_part(_Worker.labeler, part, _Worker.job)
