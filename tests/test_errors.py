import pytest

import communique
from communique.batch.run import BatchOptions, label_files
from communique.errors import CommuniqueError
from communique.training.fit import train


@pytest.fixture
def without(monkeypatch):
    """No optional package is installed."""
    monkeypatch.setattr("communique.errors.find_spec", lambda name: None)


def predict(folder, name, output):
    (folder / name).write_bytes(b"PAR1")
    options = BatchOptions(format=output.rpartition(".")[2])
    failures = []
    label_files(communique.load("fast"), [folder / name], folder / output, options=options, on_failure=failures.append)
    for failure in failures:  # the other inputs of a run are labelled all the same
        raise failure


def summary(folder, name):
    (folder / name).write_bytes(b"PAR1")
    communique.summary(folder / name)


@pytest.mark.parametrize(
    ("call", "expected", "reason"),
    [
        (lambda folder: predict(folder, "a.parquet", "o.jsonl"), r"reading Parquet needs .*communique\[parquet\]", "a table to label"),
        (lambda folder: predict(folder, "a.jsonl.zst", "o.jsonl"), r"reading Zstandard needs .*communique\[parquet\]", "a compressed one"),
        (lambda folder: predict(folder, "a.txt", "o.parquet"), r"a Parquet output needs .*communique\[parquet\]", "an output"),
        (lambda folder: summary(folder, "a.parquet"), r"reading Parquet needs .*communique\[parquet\]", "labels to count"),
        (lambda folder: summary(folder, "a.jsonl.zst"), r"reading Zstandard needs .*communique\[parquet\]", "compressed ones"),
        (lambda folder: train(folder, folder), r"training needs .*communique\[train\]", "a model of one's own"),
    ],
)  # fmt: skip
def test_what_needs_an_extra_says_which(tmp_path, without, call, expected, reason):
    with pytest.raises(CommuniqueError, match=expected):
        call(tmp_path)
