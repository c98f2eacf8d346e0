"""What is seen of a run: a bar on a terminal, a line now and then elsewhere, nothing if it is to be quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from communique.batch.journal import Done

#: Seconds between two lines where there is no terminal.
INTERVAL = 30.0


class Progress(Protocol):
    """Is told how far a run is. `share` is the part of the input that was gone through, in [0, 1]."""

    def show(self, done: Done, share: float) -> None: ...


class Quiet:
    """Shows nothing."""

    def show(self, done: Done, share: float) -> None:
        pass


class Lines:
    """A line on standard error every half minute."""

    def __init__(self, before: Done) -> None:
        self._pace = _Pace(before)
        self._next = time.monotonic() + INTERVAL

    def show(self, done: Done, share: float) -> None:
        if (now := time.monotonic()) >= self._next:
            self._next = now + INTERVAL
            print(f"communique: {share:.0%}, {self._pace.words(done)}", file=sys.stderr, flush=True)


class _Pace:
    """Counts what this process did, not what a run before it had done."""

    def __init__(self, before: Done) -> None:
        self._before = before
        self._begun = time.monotonic()

    def words(self, done: Done) -> str:
        seconds = max(time.monotonic() - self._begun, 1e-3)
        pace = (done.paragraphs - self._before.paragraphs) / seconds
        failed = f", {done.failures:,} failed" if done.failures else ""
        return f"{done.articles:,} articles, {pace:,.0f} paragraphs a second{failed}"


@contextmanager
def progress(*, quiet: bool, before: Done) -> Iterator[Progress]:
    """What suits standard error; `before` is how far the run was when it began."""
    if quiet:
        yield Quiet()
    elif not sys.stderr.isatty():
        yield Lines(before)
    else:
        with _bar(before) as bar:
            yield bar


@contextmanager
def _bar(before: Done) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    pace = _Pace(before)
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)

        class Shown:
            def show(self, done: Done, share: float) -> None:
                bar.update(task, completed=share, description=pace.words(done))

        yield Shown()
