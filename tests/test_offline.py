"""No network, but for a Hub id. In a process of its own, since a guard cannot be taken off again."""

import subprocess
import sys

GUARD = """
import os
import sys

def guard(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.bind"}:
        print("the network was reached for:", event, arguments, file=sys.stderr, flush=True)
        os._exit(7)  # an error could be caught, and tried again

sys.addaudithook(guard)
"""

WORK = """
from pathlib import Path

import communique
from communique.batch.run import label_files
from communique.evaluation import evaluate
from communique.reading.coded import read_coded

root, out = map(Path, sys.argv[1:])
for model in ("fast", "accurate", root / "tests" / "models" / "format-2"):
    labeler = communique.load(model)
    assert labeler.label("Le ministre de la Défense a reçu lundi à Hanoï son homologue russe.").body
assert label_files(labeler, [root / "seeds"], out / "labels.jsonl").articles
assert communique.summary(out / "labels.jsonl").total.paragraphs
assert evaluate(labeler, read_coded([root / "seeds" / "coded.jsonl"]), samples=2).n
print("done")
"""


def run(code, *arguments):
    command = [sys.executable, "-c", GUARD + code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_loading_predicting_and_evaluating_need_no_network(root, tmp_path):
    result = run(WORK, root, tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "done\n", "")


def test_a_hub_id_does_so_that_the_guard_is_known_to_work(tmp_path):
    result = run("import communique; communique.load('org/none')")
    assert (result.returncode, "the network was reached for: socket." in result.stderr) == (7, True)
