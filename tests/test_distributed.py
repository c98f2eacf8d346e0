"""On a Ray cluster of this machine."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from communique import distributed
from communique.batch import parts
from communique.batch.run import label_files
from communique.distributed import RayEngine
from communique.reading.tables import ReadOptions
from communique.tables import COLUMNS

ray = pytest.importorskip("ray", reason="needs the ray extra")

BODY = "Le ministre de la Défense a reçu lundi à Hanoï son homologue {}, avec lequel il a parlé de sécurité, le {}."
COUNTRIES = ("russe", "français", "laotien", "japonais", "slovaque")
ROWS = [{"id": f"a{i}", "text": BODY.format(COUNTRIES[i % 5], i)} for i in range(600)]


@pytest.fixture(scope="module", autouse=True)
def cluster():
    ray.init(num_cpus=4, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


def kill_one(name, after):
    """Kill a worker of the cluster a moment after it has begun to work."""

    def run():
        for _ in range(600):
            found = subprocess.run(["pgrep", "-f", name], capture_output=True, text=True, check=False).stdout.split()
            if found:
                time.sleep(after)
                os.kill(int(found[0]), signal.SIGKILL)
                killed.append(found[0])
                return
            time.sleep(0.05)

    killed = []
    thread = threading.Thread(target=run)
    thread.start()
    return thread, killed


def test_files_to_a_file_as_without_ray_though_a_worker_is_killed(labeler, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "ITEMS", 16)
    source = tmp_path / "in.jsonl"
    source.write_text("\n".join(json.dumps(row) for row in ROWS) + "\n{broken\n", encoding="utf-8")
    alone = label_files(labeler, [source], tmp_path / "alone.jsonl")
    thread, killed = kill_one("ray::_Actor", 0.3)
    done = label_files(
        labeler, [source], tmp_path / "ray.jsonl", engine=lambda one, job: RayEngine(one, job, 9)
    )  # more than there are cores
    thread.join()
    assert killed
    assert done == alone
    assert (tmp_path / "ray.jsonl").read_bytes() == (tmp_path / "alone.jsonl").read_bytes()


def test_a_dataset_to_a_dataset_though_a_worker_is_killed(labeler):
    import ray.data

    ray.data.DataContext.get_current().enable_progress_bars = False
    rows = [*ROWS, {"id": "blank", "text": " "}]
    thread, killed = kill_one("ray::MapWorker", 0.3)
    found = distributed.label(ray.data.from_items(rows).repartition(20), model="fast", concurrency=2).take_all()
    thread.join()
    assert killed
    labelled = {row["article"]: row for row in found if row["error"] is None}
    assert len(found) == len(rows) and labelled.keys() == {row["id"] for row in ROWS}
    assert set(found[0]) == {*COLUMNS, "error"}
    (failed,) = [row for row in found if row["error"]]
    assert (failed["article"], failed["domains"]) == ("blank", None)
    expected = labeler.label(ROWS[0]["text"]).body[0]
    assert (labelled["a0"]["domains"], labelled["a0"]["partners"]) == (list(expected.domains), list(expected.partners))
    assert labelled["a0"]["model"] == labeler.bundle.name


def test_an_article_that_the_model_fails_on_is_one_row(labeler):
    class Failing:
        labeler = staticmethod(lambda: Broken(labeler))

    batches = distributed._Batches(Failing, ReadOptions(), False)
    rows = batches(pa.Table.from_pylist([{"id": "a", "text": BODY}, {"id": "bad", "text": BODY}])).to_pylist()
    assert [(row["article"], "internal error" in (row["error"] or "")) for row in rows] == [("a", False), ("bad", True)]


class Broken:
    def __init__(self, labeler):
        self.whole = labeler

    def label_all(self, articles):
        if any(a.id == "bad" for a in articles):
            raise ZeroDivisionError
        return self.whole.label_all(articles)


def test_an_article_that_kills_its_workers_costs_no_other(labeler, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "ITEMS", 4)
    source = tmp_path / "in.jsonl"
    source.write_text("\n".join(json.dumps(row) for row in ROWS[:4]) + "\n", encoding="utf-8")
    monkeypatch.setattr(distributed, "_Actor", Dying)
    failures = []
    done = label_files(
        labeler, [source], tmp_path / "o.jsonl", on_failure=failures.append,
        engine=RayEngine,  # actors hold all cores
    )  # fmt: skip
    assert (done.articles, done.failures) == (4, 0)


class Dying:
    def __init__(self, model, job):
        pass

    def label(self, part):
        os.kill(os.getpid(), signal.SIGKILL)


def test_the_command(tmp_path):
    (tmp_path / "in.jsonl").write_text(json.dumps(ROWS[0]) + "\n")
    code = "from communique.cli import main; main()"
    arguments = ["predict", tmp_path / "in.jsonl", "-o", tmp_path / "o.parquet", "--engine", "ray", "--model", "fast"]
    result = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert pq.read_table(tmp_path / "o.parquet").column("article").to_pylist() == ["a0"]


def test_the_extra_is_named_where_it_is_missing(monkeypatch):
    from communique.errors import MissingExtraError

    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"communique\[ray\]"):
        distributed.label(None)
