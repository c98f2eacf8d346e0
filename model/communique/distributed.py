"""Label on a Ray cluster (extra "ray"): a dataset into a dataset, or files into a file.

The model travels to the machines by itself; communique has to be installed there. Articles in folders of texts or pages
are opened where they are labelled, so that such folders must be on a disk that all machines share.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from communique.batch.parts import Job, Labelled, Part, joined, label_each, label_part, lost
from communique.bundle import Bundle, load_bundle
from communique.errors import CommuniqueError, InputError, MissingExtraError
from communique.folder import MANIFEST
from communique.labeler import Labeler
from communique.reading.sources import Item, article_of_row
from communique.reading.tables import ReadOptions
from communique.records import Article
from communique.tables import COLUMNS, arrow_rows

if TYPE_CHECKING:
    import pyarrow
    import ray.data


def label(
    dataset: ray.data.Dataset,
    *,
    model: str | Path | None = None,
    home: str = "VNM",
    read: ReadOptions | None = None,
    keep_boilerplate: bool = False,
    concurrency: int | None = None,
) -> ray.data.Dataset:
    """Label a dataset of articles (a row each: text, and id, title, date, home where there are any).

    Gives a row a paragraph, in the columns and types of a Parquet output of `communique predict`, and a column "error": an
    article that cannot be labelled has one row, with its id and the reason. Lazy, as everything in Ray Data.

    concurrency: workers, each with the model and one processor core; None: as many as there is room for beside what reads
    the dataset.
    """
    library = _library()
    from ray.data import ActorPoolStrategy as pool

    labeler = Labeler(load_bundle(model), home=home)

    cores = int(library.cluster_resources().get("CPU", 1))
    return dataset.map_batches(
        _Batches,
        batch_size=labeler.batch,
        batch_format="pyarrow",
        num_cpus=1,
        compute=pool(size=concurrency) if concurrency else pool(min_size=1, max_size=cores),
        fn_constructor_args=(
            _Model.of(labeler),
            read or ReadOptions(),
            keep_boilerplate,
        ),
    )


class _Batches:
    """Labels batches of articles, in a worker of Ray Data."""

    def __init__(self, model: _Model, read: ReadOptions, keep_boilerplate: bool) -> None:
        self._labeler = model.labeler()
        self._read = read
        self._keep = keep_boilerplate

    def __call__(self, batch: pyarrow.Table) -> pyarrow.Table:
        import pyarrow as pa

        found = [_article(row, self._read) for row in batch.to_pylist()]
        results = label_each(self._labeler, [article for article in found if isinstance(article, Article)])
        tables = []
        for one in found:
            result = next(results) if isinstance(one, Article) else one
            if isinstance(result, InputError):
                id = one.id if isinstance(one, Article) else one.name
                tables.append(_table([{**dict.fromkeys(COLUMNS), "article": id}], result.reason))
            else:
                tables.append(_table(list(result.rows(keep_boilerplate=self._keep)), None))
        return pa.concat_tables(tables or [_table([], None)])


def _article(row: Mapping[str, Any], options: ReadOptions) -> Article | InputError:
    """The article of a row; one without an id is called by its text."""
    text = str(row.get(options.text_column))
    id = f"text-{blake2b(text.encode(errors='replace'), digest_size=8).hexdigest()}"
    try:
        return article_of_row(row, id, options)
    except CommuniqueError as error:
        reason = error.reason if isinstance(error, InputError) else str(error)
        return InputError(reason, name=str(row.get(options.id_column) or id))


def _table(rows: list[dict[str, Any]], error: str | None) -> pyarrow.Table:
    import pyarrow as pa

    table = pa.Table.from_batches([arrow_rows(rows)])
    return table.append_column("error", pa.array([error] * len(rows), pa.string()))


@dataclass(frozen=True, slots=True)
class RayEngine:
    """Labels parts by actors on a cluster, each with the model and one processor core.

    count: actors, None for as many as the cluster has cores. address: of the cluster, None to start one here. An actor that
    dies is replaced and its parts are done again; a part on which actors die three times is done article by article.
    """

    labeler: Labeler
    job: Job
    count: int | None = None
    address: str | None = None

    def label(self, parts: Iterable[Part]) -> Iterator[tuple[Part, Labelled]]:
        ray = _library()
        if not ray.is_initialized():
            ray.init(address=self.address, log_to_driver=False, include_dashboard=False)
        model = ray.put(_Model.of(self.labeler))
        cores = max(int(ray.cluster_resources().get("CPU", 1)), 1)
        count = min(self.count or cores, cores)
        actor = ray.remote(_Actor).options(num_cpus=1, max_restarts=-1, max_task_retries=2)
        actors = [actor.remote(model, self.job) for _ in range(count)]
        try:
            yield from self._in_turn(parts, actors, model)
        finally:
            for one in actors:
                ray.kill(one)

    def _in_turn(self, parts: Iterable[Part], actors: Sequence[Any], model: Any) -> Iterator[tuple[Part, Labelled]]:
        ray = _library()
        died = (ray.exceptions.RayActorError, ray.exceptions.WorkerCrashedError, ray.exceptions.OutOfMemoryError)
        # Actors hold the cores: what is done beside them has to do without one of its own
        alone = ray.remote(_alone).options(num_cpus=0, max_retries=0)
        turn, source = cycle(actors), iter(parts)
        waiting: deque[tuple[Part, Any]] = deque()
        while True:
            while len(waiting) < 2 * len(actors) and (part := next(source, None)) is not None:
                waiting.append((part, next(turn).label.remote(_from_anywhere(part))))
            if not waiting:
                return
            part, result = waiting.popleft()
            try:
                labelled = ray.get(result)
            except died:
                pieces = []
                for item in part.items:
                    piece = Part((item,))
                    try:
                        pieces.append(ray.get(alone.remote(model, self.job, _from_anywhere(piece))))
                    except died:
                        pieces.append(lost(piece))
                labelled = joined(pieces)
            yield part, labelled


def _from_anywhere(part: Part) -> Part:
    """The part with paths that hold in whatever folder a worker runs."""
    return Part(tuple(replace(i, path=i.path.absolute()) if isinstance(i, Item) else i for i in part.items))


class _Actor:
    """Holds the model on one core of the cluster."""

    def __init__(self, model: _Model, job: Job) -> None:
        self._labeler = model.labeler()
        self._job = job

    def label(self, part: Part) -> Labelled:
        return label_part(self._labeler, part, self._job)


def _alone(model: _Model, job: Job, part: Part) -> Labelled:
    return label_part(model.labeler(), part, job)


@dataclass(frozen=True, slots=True)
class _Model:
    """A model folder as it travels: the content of its files."""

    files: Mapping[str, bytes]
    name: str
    home: str

    @classmethod
    def of(cls, labeler: Labeler) -> _Model:
        bundle: Bundle = labeler.bundle
        if bundle.folder is None:
            raise CommuniqueError("a model that was not read from a folder cannot travel; save and load it first")
        names = [MANIFEST, *bundle.manifest["files"]]
        return cls({name: (bundle.folder / name).read_bytes() for name in names}, bundle.name, labeler.home)

    def labeler(self) -> Labeler:
        with TemporaryDirectory() as folder:
            for name, data in self.files.items():
                (Path(folder) / name).write_bytes(data)
            return Labeler(load_bundle(folder, name=self.name, threads=1), home=self.home)


def _library() -> Any:
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("labelling on a Ray cluster", "ray") from error
    return ray
