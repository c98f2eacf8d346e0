"""Label files into a file: in order, with every article accounted for, and never from the start again."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from communique.batch import parts
from communique.batch.engine import Engine, InProcess, Processes
from communique.batch.failed import Failed
from communique.batch.formats import FORMATS, Format, Table
from communique.batch.journal import Done, Journal, failures_of
from communique.batch.parts import Job, Labelled, parts_of
from communique.batch.progress import Progress, Quiet, progress
from communique.errors import CommuniqueError, InputError
from communique.labeler import Labeler
from communique.reading.files import STANDARD_INPUT, File, find_files
from communique.reading.sources import Found, Item, find_items, holds_labels
from communique.reading.tables import ReadOptions
from communique.version import __version__
from communique.writing import check_apart


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
OnRepeated = Callable[[str], None]
MakeEngine = Callable[[Labeler, Job], Engine]


def label_files(
    labeler: Labeler,
    paths: Sequence[Path | str],
    output: Path | None,
    *,
    options: BatchOptions | None = None,
    on_failure: OnFailure = lambda error: None,
    on_repeated: OnRepeated = lambda id: None,
    engine: MakeEngine | None = None,
) -> Done:
    """Label all articles of `paths` into `output`, or to standard output; return how much was done.

    A failed input goes to `on_failure`, and the run goes on; failures also stand in `output`.failures.jsonl. An id that
    more than one article has goes to `on_repeated` once; their rows stand one behind the other, as the articles did. (Ids
    from before an interruption are not known any more.)

    `output` appears under its name when it is complete. An interrupted run leaves what it did beside it, and goes on from
    there with `resume`; where `output` is there and no such run is, nothing is done (and what is returned is not
    `complete`). Raises `CommuniqueError` where that run was another one (other inputs, model or options), where one was left
    and `resume` is not set, and where another process writes the same output.
    """
    options = options or BatchOptions()
    if options.format not in FORMATS:
        raise CommuniqueError(f"expected one of {', '.join(FORMATS)} as format, got {options.format!r}")
    job = Job(options.read, _format(options.format, output), options.keep_boilerplate)
    make = engine or (lambda one, job: Processes(one, job, options.jobs) if options.jobs > 1 else InProcess(one, job))
    failed = Failed.read(options.failed) if options.failed else None
    most = min(parts.ITEMS, labeler.batch)
    run = _Run(paths, output, failed, options, make(labeler, job), most, on_failure, on_repeated)
    if output is None:
        if options.format == "parquet":
            raise InputError("Parquet is no format for standard output; name a file with -o")
        return run.to_stream(job.format)
    return run.to_file(output, job.format, labeler)


def _format(name: str, output: Path | None) -> Format:
    return Table(None) if name == "table" and output is None and sys.stdout.isatty() else FORMATS[name]


@dataclass(frozen=True, slots=True)
class _Run:
    paths: Sequence[Path | str]
    output: Path | None
    failed: Failed | None
    options: BatchOptions
    engine: Engine
    most: int  # items of a part
    on_failure: OnFailure
    on_repeated: OnRepeated

    def to_stream(self, format: Format) -> Done:
        out = sys.stdout.buffer
        out.write(format.head())
        so_far = Done()
        for labelled, done in self._labelled(so_far, Quiet()):
            out.write(labelled.rows)
            out.flush()
            so_far = done
        return so_far

    def to_file(self, output: Path, format: Format, labeler: Labeler) -> Done:
        self._check(output)
        journal = Journal(output, self._fingerprint(labeler))
        journal.lock()
        try:
            if self.options.resume and output.exists() and not journal.begun():
                return Done()
            if journal.begun() and not self.options.resume:
                if not self._reads_standard_input():
                    raise CommuniqueError(
                        f"{output}: a run of this output was interrupted; go on with --resume, or remove "
                        f"{journal.path.name} to start afresh"
                    )
                journal.path.unlink()
            journal.begin(format.head())
            if not journal.done.complete:
                self._fill(journal)
            journal.finish(format)
        finally:
            journal.close()
        return journal.done

    def _fill(self, journal: Journal) -> None:
        with progress(quiet=self.options.quiet, before=journal.done) as shown:
            for labelled, done in self._labelled(journal.done, shown):
                journal.add(labelled.rows, _lines(labelled.failures), done)

    def _labelled(self, done: Done, shown: Progress) -> Iterator[tuple[Labelled, Done]]:
        """What comes of each part that is not done, and how far the run is with it."""
        gone = _Gone(sum(_size(file) for file in self._files()))
        ids: set[int] = set()
        told: set[int] = set()
        items = self._items()
        for item in islice(items, done.items):
            gone.past(item)
        for part, labelled in self.engine.label(parts_of(items, self.most)):
            for item in part.items:
                gone.past(item)
            for failure in labelled.failures:
                self.on_failure(failure)
            for id in labelled.ids:
                number = hash(id)
                if number in ids and number not in told:
                    told.add(number)
                    self.on_repeated(id)
                ids.add(number)
            done = replace(
                done,
                items=done.items + len(part.items),
                articles=done.articles + len(labelled.ids),
                paragraphs=done.paragraphs + labelled.paragraphs,
                failures=done.failures + len(labelled.failures),
                bodiless=done.bodiless + labelled.bodiless,
            )
            shown.show(done, gone.share)
            yield labelled, done

    def _files(self) -> Iterator[File]:
        if self.failed:
            return self.failed.files()
        return find_files(self.paths, without=(self.output, failures_of(self.output)) if self.output else ())

    def _items(self) -> Iterator[Found]:
        items = find_items(self._files(), options=self.options.read)
        return self.failed.chosen(items) if self.failed else items

    def _reads_standard_input(self) -> bool:
        return any(Path(path) == STANDARD_INPUT for path in self.paths)

    def _check(self, output: Path) -> None:
        if output.exists() and not output.is_file():
            raise InputError("expected the name of a file to write, got a folder or device", path=output)
        if self.failed:
            inputs = [self.failed.path, *(file.path for file in self.failed.files())]
        else:
            inputs = [Path(path) for path in self.paths]
        for file in (output, failures_of(output)):
            check_apart(file, inputs)
        # In a folder of inputs, only what an earlier run left gives way to this one
        if output.exists() and not self.failed and not holds_labels(output):
            check_apart(output, (file.path for file in find_files(self.paths)))
        if self.options.resume and self._reads_standard_input():
            raise CommuniqueError("standard input cannot be read again; give a file to go on with --resume")

    def _fingerprint(self, labeler: Labeler) -> dict[str, Any]:
        """What must be the same for a run to go on. Inputs are known by path, size and time of change."""
        inputs = hashlib.sha256()
        for file in self._files():
            state = file.path.stat() if file.path.is_file() else None
            known = (str(file.path), file.name, state and state.st_size, state and state.st_mtime_ns)
            inputs.update(repr(known).encode("utf-8", errors="backslashreplace"))
        return {
            "input": inputs.hexdigest(),
            "list of failures": self.failed.digest if self.failed else None,
            "model": labeler.bundle.name,
            "home": labeler.home,
            "format": self.options.format,
            "boilerplate": self.options.keep_boilerplate,
            "way of reading": asdict(self.options.read),
            "version of communique": __version__,
            "size of parts": [self.most, parts.BYTES],
        }


class _Gone:
    """Which share of the input was gone through, by bytes on the disk."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._before = self._at = 0
        self._path: Path | None = None

    def past(self, item: Found) -> None:
        if isinstance(item, Item):
            if item.path != self._path:
                self._before += self._at
                self._path = item.path
            self._at = item.at

    @property
    def share(self) -> float:
        return min((self._before + self._at) / self._total, 1.0) if self._total else 0.0


def _size(file: File) -> int:
    return file.path.stat().st_size if file.path.is_file() else 0


def _lines(failures: Sequence[InputError]) -> bytes:
    rows: Iterator[Mapping[str, Any]] = (
        {"path": f.path, "name": f.name, "line": f.line, "rest": f.rest, "error": f.reason} for f in failures
    )
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode(
        "utf-8", errors="backslashreplace"
    )
