"""The same input gives the same bytes, whatever the seed of hashes, the threads, the processes and the hour."""

import os
import subprocess
import sys

import pytest

WAYS = {
    "as it comes": ({"PYTHONHASHSEED": "random"}, 1),
    "another seed, several threads": ({"PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}, 1),
    "several processes": ({"PYTHONHASHSEED": "2", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}, 2),
}


def run(code, environment, *arguments):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    result = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


PREDICT = """
import sys
from pathlib import Path
from communique.batch import parts
parts.ITEMS = 2  # several parts of few articles
import communique
from communique.batch.run import BatchOptions, label_files
model, source, output, jobs = sys.argv[1:]
if __name__ == "__main__":
    label_files(communique.load(model), [source], Path(output), options=BatchOptions(jobs=int(jobs)))
"""


@pytest.mark.parametrize("model", ["fast", "accurate"])
def test_labels_are_the_same_bytes(root, tmp_path, model):
    script = tmp_path / "predict.py"  # where processes are started anew, they look for the script
    script.write_text(PREDICT)
    outputs = []
    for k, (environment, jobs) in enumerate(WAYS.values()):
        output = tmp_path / f"{k}.jsonl"
        command = [sys.executable, script, model, root / "seeds" / "coded.jsonl", output, str(jobs)]
        subprocess.run(command, env={**os.environ, **environment}, check=True)
        outputs.append(output.read_bytes())
    assert len(outputs[0].splitlines()) > 20
    assert outputs[1:] == outputs[:-1]


TRAIN = """
import sys
from pathlib import Path
from communique.training.fit import TrainingOptions, train
print(train(Path(sys.argv[1]), Path(sys.argv[2]), options=TrainingOptions(bits=6, rounds=2))["hash"])
"""


def test_training_gives_the_same_hash(root, tmp_path):
    lines = []
    for path in sorted((root / "data" / "articles" / "train").glob("*.jsonl")):
        lines += path.read_text("utf-8").splitlines()[:2]
    (tmp_path / "some.jsonl").write_text("\n".join(lines[:14]) + "\n", encoding="utf-8")
    ways = [{"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"} for seed in ("random", "1")]
    hashes = [run(TRAIN, way, tmp_path / "some.jsonl", tmp_path / f"m{k}") for k, way in enumerate(ways)]
    assert hashes[0] == hashes[1]
    assert (tmp_path / "m0" / "golden.json").read_bytes() == (tmp_path / "m1" / "golden.json").read_bytes()
