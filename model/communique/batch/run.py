"""Label files into a file: in order, with every article accounted for, and never from the start again."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from communique.batch.engine import Engine, InProcess, Processes
from communique.batch.formats import Format, Table, format_of
from communique.batch.journal import Done, Journal
from communique.batch.parts import BYTES, ITEMS, Job, Labelled, Part, parts_of
from communique.batch.progress import Progress, Quiet, progress
from communique.errors import CommuniqueError, InputError
from communique.labeler import Labeler
from communique.reading.sources import Found, Item, ReadOptions, find_files, find_items


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How to label files.

    format: jsonl, csv, parquet, or table. jobs: processes. resume: go on with a run that was interrupted. quiet: show no
    progress. failed: a file of failures that an earlier run left; only these inputs are labelled.
    """

    format: str = "jsonl"
    read: ReadOptions = field(default_factory=ReadOptions)
    keep_boilerplate: bool = False
    jobs: int = 1
    resume: bool = False
    quiet: bool = True
    failed: Path | None = None


OnFailure = Callable[[InputError], None]
MakeEngine = Callable[[Labeler, Job], Engine]


def label_files(
    labeler: Labeler,
    paths: Sequence[Path | str],
    output: Path | None,
    *,
    options: BatchOptions | None = None,
    on_failure: OnFailure = lambda error: None,
    on_repeated: Callable[[str], None] = lambda id: None,
    engine: MakeEngine | None = None,
) -> Done:
    """Label all articles of `paths` into `output`, or to standard output; return how much was done.

    A failed input goes to `on_failure`, and the run goes on; failures also stand in `output`.failures.jsonl. An id that
    more than one article has goes to `on_repeated` once; their rows stand one behind the other, as the articles did.

    `output` appears under its name when it is complete. An interrupted run leaves what it did beside it, and goes on from
    there with `resume`, which does nothing where `output` is finished already. Raises `CommuniqueError` where that run was another one (other inputs, model or options), or where
    one was left and `resume` is not set.
    """
    options = options or BatchOptions()
    if output is None and options.format == "parquet":
        raise InputError("Parquet is no format for standard output; name a file with -o")
    job = Job(options.read, _format(options.format, output), options.keep_boilerplate)
    make = engine or (lambda one, job: Processes(one, job, options.jobs) if options.jobs > 1 else InProcess(one, job))
    run = _Run(paths, options, make(labeler, job), on_failure, on_repeated)
    if output is None:
        return run.to_stream(job.format)
    return run.to_file(output, job.format, _fingerprint(labeler, paths, options))


def _format(name: str, output: Path | None) -> Format:
    return Table(None) if name == "table" and output is None and sys.stdout.isatty() else format_of(name)


def _fingerprint(labeler: Labeler, paths: Sequence[Path | str], options: BatchOptions) -> dict[str, Any]:
    """What must be the same for a run to go on. Inputs are known by path, size and time of change."""
    inputs = hashlib.sha256()
    for path, _ in find_files(paths):
        if path.is_file():
            state = path.stat()
            inputs.update(f"{path}\0{state.st_size}\0{state.st_mtime_ns}\0".encode("utf-8", errors="surrogateescape"))
        else:
            inputs.update(f"{path}\0".encode("utf-8", errors="surrogateescape"))
    return {
        "input": inputs.hexdigest(),
        "model": labeler.bundle.manifest.get("hash"),
        "home": labeler.home,
        "format": options.format,
        "boilerplate": options.keep_boilerplate,
        "way of reading": asdict(options.read),
        "list of failures": options.failed.read_text("utf-8") if options.failed else None,
        "size of parts": [ITEMS, BYTES],
    }


@dataclass(frozen=True, slots=True)
class _Run:
    paths: Sequence[Path | str]
    options: BatchOptions
    engine: Engine
    on_failure: OnFailure
    on_repeated: Callable[[str], None]

    def to_stream(self, format: Format) -> Done:
        out = sys.stdout.buffer
        out.write(format.head())
        done = Done()
        for part, labelled in self._labelled(self._items(), Quiet(), done):
            done = self._told(done, part, labelled)
            out.write(labelled.rows)
            out.flush()
        return done

    def to_file(self, output: Path, format: Format, fingerprint: Mapping[str, Any]) -> Done:
        journal = Journal(output, fingerprint)
        if self.options.resume and output.exists() and not journal.exists():
            return Done()
        if journal.exists() and not self.options.resume:
            raise CommuniqueError(
                f"{output}: a run of this output was interrupted; go on with --resume, or remove {journal.path.name} to "
                "start afresh"
            )
        if any(str(path) == "-" for path in self.paths) and self.options.resume:
            raise CommuniqueError("standard input cannot be read again; give a file to go on with --resume")
        try:
            unfinished = journal.begin(format.head())
        except OSError as error:
            raise InputError(f"cannot be written ({error.strerror})", path=output) from error
        try:
            if unfinished:
                self._fill(journal)
            journal.finish(format)
        finally:
            journal.close()
        return journal.done

    def _fill(self, journal: Journal) -> None:
        items = islice(self._items(), journal.done.items, None)
        with progress(quiet=self.options.quiet, before=journal.done) as shown:
            for part, labelled in self._labelled(items, shown, journal.done):
                done = self._told(journal.done, part, labelled)
                journal.add(labelled.rows, _lines(labelled.failures), done)

    def _items(self) -> Iterator[Found]:
        if self.options.failed is None:
            return find_items(self.paths, options=self.options.read)
        return _failed_items(self.options.failed, self.options.read)

    def _labelled(self, items: Iterable[Found], shown: Progress, before: Done) -> Iterator[tuple[Part, Labelled]]:
        """Each part with what came of it."""
        taken: list[Part] = []

        def parts() -> Iterator[Part]:
            for part in parts_of(items):
                taken.append(part)
                yield part

        done, seen = before, _Seen(self.paths)
        ids: set[int] = set()
        for labelled in self.engine.label(parts()):
            part = taken.pop(0)
            for id in labelled.ids:
                if (number := hash(id)) in ids:
                    self.on_repeated(id)
                ids.add(number)
            done = _added(done, part, labelled)
            shown.show(done, seen.share(part))
            yield part, labelled

    def _told(self, done: Done, part: Part, labelled: Labelled) -> Done:
        for failure in labelled.failures:
            self.on_failure(failure)
        return _added(done, part, labelled)


def _added(done: Done, part: Part, labelled: Labelled) -> Done:
    return Done(
        done.items + len(part.items),
        done.articles + len(labelled.ids),
        done.paragraphs + labelled.paragraphs,
        done.failures + len(labelled.failures),
        done.output_bytes,
        done.failure_bytes,
    )


class _Seen:
    """Which share of the input was gone through, by bytes on the disk."""

    def __init__(self, paths: Sequence[Path | str]) -> None:
        self._total = sum(path.stat().st_size for path, _ in find_files(paths) if path.is_file())
        self._before = 0
        self._path: Path | None = None
        self._at = 0

    def share(self, part: Part) -> float:
        for item in part.items:
            if not isinstance(item, Item):
                continue
            if item.path != self._path:
                self._before += self._at
                self._path = item.path
            self._at = item.at
        return min((self._before + self._at) / self._total, 1.0) if self._total else 0.0


def _lines(failures: Sequence[InputError]) -> bytes:
    rows = ({"path": f.path, "line": f.line, "rest": f.rest, "error": f.reason} for f in failures)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode(
        "utf-8", errors="backslashreplace"
    )


def _failed_items(failed: Path, options: ReadOptions) -> Iterator[Found]:
    """The items that a file of failures lists: lines of tables, the rest of a file that was damaged, whole files."""
    wanted: dict[str, tuple[set[int], float]] = {}
    try:
        rows = [json.loads(line) for line in failed.read_text("utf-8").splitlines()]
        for row in rows:
            lines, rest = wanted.get(row["path"], (set(), float("inf")))
            if row["line"] is None:
                rest = 0
            elif row["rest"]:
                rest = min(rest, row["line"])
            wanted[row["path"]] = (lines | {row["line"]}, rest)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommuniqueError(f"{failed}: expected the failures that a run left, got {error!r}") from error
    for path, (lines, rest) in wanted.items():
        for item in find_items([path], options=options):
            if item.line is None or item.line in lines or item.line >= rest:
                yield item
