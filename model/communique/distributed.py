"""Label on a Ray cluster (extra "ray"): a dataset into a dataset, or files into a file.

The model travels to the machines by itself; communique has to be installed there. Articles in folders of texts or pages
are opened where they are labelled, so that such folders must be on a disk that all machines share.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zlib import crc32

from communique.batch.parts import Job, Labelled, Part, joined, label_part, lost
from communique.bundle import MANIFEST, Bundle, load_bundle
from communique.errors import CommuniqueError, InputError, MissingExtraError
from communique.labeler import BATCH, Labeler
from communique.reading.sources import ReadOptions, article_of_row
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

    cores = int(library.cluster_resources().get("CPU", 1))
    return dataset.map_batches(
        _Batches,
        batch_size=BATCH,
        batch_format="pyarrow",
        num_cpus=1,
        compute=pool(size=concurrency) if concurrency else pool(min_size=1, max_size=cores),
        fn_constructor_args=(
            _Model.of(Labeler(load_bundle(model), home=home)),
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

        tables = []
        articles: list[Article] = []
        for row in batch.to_pylist():
            id = f"text-{crc32(str(row.get(self._read.text_column)).encode(errors='replace')):08x}"
            try:
                articles.append(article_of_row(row, id, self._read))
            except CommuniqueError as error:
                reason = error.reason if isinstance(error, InputError) else str(error)
                nothing = {**dict.fromkeys(COLUMNS), "article": str(row.get(self._read.id_column) or id)}
                tables.append(_table([nothing], reason))
        labelled = self._labeler.label_all(articles)
        rows = [row for article in labelled for row in article.rows(keep_boilerplate=self._keep)]
        return pa.concat_tables([_table(rows, None), *tables])


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

    def label(self, parts: Iterable[Part]) -> Iterator[Labelled]:
        ray = _library()
        if not ray.is_initialized():
            ray.init(address=self.address, log_to_driver=False, include_dashboard=False)
        model = ray.put(_Model.of(self.labeler))
        count = self.count or int(ray.cluster_resources().get("CPU", 1))
        actor = ray.remote(_Actor).options(num_cpus=1, max_restarts=-1, max_task_retries=2)
        actors = [actor.remote(model, self.job) for _ in range(count)]
        turn, source = cycle(actors), iter(parts)
        waiting: deque[tuple[Part, Any]] = deque()
        while True:
            while len(waiting) < 2 * count and (part := next(source, None)) is not None:
                waiting.append((part, next(turn).label.remote(part)))
            if not waiting:
                break
            part, result = waiting.popleft()
            try:
                yield ray.get(result)
            except ray.exceptions.RayActorError:
                yield joined([self._one(Part((item,)), model) for item in part.items])
        for one in actors:
            ray.kill(one)

    def _one(self, part: Part, model: Any) -> Labelled:
        ray = _library()
        try:
            return ray.get(ray.remote(_alone).options(max_retries=0).remote(model, self.job, part))  # type: ignore[no-any-return]
        except (ray.exceptions.RayActorError, ray.exceptions.WorkerCrashedError, ray.exceptions.OutOfMemoryError):
            return lost(part)


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
