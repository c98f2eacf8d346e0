"""Commands that write files, when they cannot: what was there stays, and the message says what is wrong."""

import shutil
import signal
import subprocess
import sys
import time

import pytest

from communique.bundle import load_bundle
from communique.cli import app
from communique.training import fit
from communique.writing import claim, release, write_files

TEXT = "Visite\n\nLe ministre de la Défense a reçu lundi à Hanoï son homologue russe, Ivan Petrov.\n"


@pytest.fixture(scope="module")
def labels(labeler, tmp_path_factory):
    from communique.batch.run import label_files

    folder = tmp_path_factory.mktemp("labels")
    (folder / "a.txt").write_text(TEXT)
    label_files(labeler, [folder / "a.txt"], folder / "labels.jsonl")
    return folder / "labels.jsonl"


@pytest.fixture
def run(monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["communique", *map(str, arguments)])
        try:
            app.main()
        except SystemExit as stopped:
            return stopped.code or 0, capsys.readouterr().err
        return 0, capsys.readouterr().err

    return run


@pytest.fixture
def quick(monkeypatch):
    """Training that takes no time, and writes as much as it does."""

    def written(data, folder, options):
        write_files({folder / name: b"new" * 100_000 for name in ("domains.safetensors", "manifest.json")})
        return {"hash": "0" * 64, "data": {"articles": 10}, "held_out": {"domains_macro_f1": 0.0, "partners_f1": 0.0}}

    monkeypatch.setattr(fit, "_train", written)


#: Each command that writes, the files it is to write into a folder, and those that are named where it cannot.
WRITERS = {
    "report": (["report", "LABELS", "-o", "IN/x.html"], ["x.html"]),
    "report --csv": (["report", "LABELS", "-o", "IN/x.html", "--csv", "IN"], ["x.html", "domains.csv", "review.csv"]),
    "evaluate": (["evaluate", "GOLD", "--model", "fast", "--samples", "1", "--json", "IN/x.json"], ["x.json"]),
    "train": (["train", "GOLD", "-o", "IN"], ["domains.safetensors", "manifest.json"]),
}


def filled(arguments, root, labels, folder):
    places = {"LABELS": str(labels), "GOLD": str(root / "seeds" / "coded.jsonl")}
    return [
        places.get(a, a).replace("IN", str(folder), 1) if a.startswith("IN") else places.get(a, a) for a in arguments
    ]


def content(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


@pytest.mark.parametrize("command", WRITERS)
def test_a_full_disk_leaves_what_was_there(run, root, labels, tmp_path, quick, small_files, command):
    arguments, names = WRITERS[command]
    folder = tmp_path / "out"
    folder.mkdir()
    for name in names:
        (folder / name).write_text("old")
    before = content(folder)
    with small_files(2000):
        code, message = run(*filled(arguments, root, labels, folder))
    assert (code, message.splitlines()[-1]) == (1, f"communique: {folder / names[0]}: File too large")
    assert content(folder) == before
    assert "Traceback" not in message


@pytest.mark.parametrize("command", WRITERS)
def test_a_folder_without_the_right_to_write_is_known_before_the_work(
    run, root, labels, locked, as_nobody, monkeypatch, command
):
    def work(*arguments, **options):
        raise AssertionError("the work has begun")

    for place in ("communique.summary", "communique.evaluation.evaluate", "communique.training.fit._train"):
        monkeypatch.setattr(place, work)
    arguments, _ = WRITERS[command]
    folder = locked / "m" if command == "train" else locked
    filled_in = filled(arguments, root, labels, folder)
    with as_nobody():
        code, message = run(*filled_in)
    assert code == 2
    assert message.startswith(f"communique: {locked}/")
    assert "cannot be written" in message
    assert content(locked) == {"old.json": b"old"}


@pytest.mark.parametrize("command", WRITERS)
def test_what_is_written_is_whole(run, root, labels, tmp_path, quick, command):
    """The same commands on a sound disk: the tests above would pass too if they never wrote."""
    arguments, names = WRITERS[command]
    (tmp_path / "out").mkdir()
    code, message = run(*filled(arguments, root, labels, tmp_path / "out"))
    assert code == 0, message
    assert set(names) <= set(content(tmp_path / "out"))
    assert not [name for name in content(tmp_path / "out") if name.startswith(".")]


@pytest.mark.parametrize(
    ("make", "message", "reason"),
    [
        (lambda f: f.write_text("x"), "expected a folder for the model, got a file", "a file of that name"),
        (lambda f: (f.mkdir(), (f / "a.jsonl").write_text("x")), "holds what is no part of a model: 'a.jsonl'", "data"),
    ],
)
def test_train_writes_into_no_folder_of_other_things(run, root, tmp_path, make, message, reason):
    make(tmp_path / "m")
    code, said = run("train", root / "seeds" / "coded.jsonl", "-o", tmp_path / "m")
    assert (code, message in said) == (2, True), (reason, said)


def test_train_beside_another_that_writes_the_same_model(run, root, tmp_path):
    lock = claim(tmp_path / "m")
    code, message = run("train", root / "seeds" / "coded.jsonl", "-o", tmp_path / "m")
    release(lock)
    assert code == 2
    assert "another process is writing this output; wait for it" in message
    assert content(tmp_path) == {}


# A shell has what it runs in the background ignore Control-C, and so does all that this starts
HEED_CONTROL_C = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "


@pytest.mark.parametrize(("sign", "returncode"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_training_that_is_stopped_leaves_the_model_that_was_there(root, tmp_path, sign, returncode):
    model = shutil.copytree(root / "tests" / "models" / "format-2", tmp_path / "m")
    before = content(model)
    code = HEED_CONTROL_C + "from communique.cli import main; main()"
    command = [sys.executable, "-c", code, "train", root / "data", "-o", model]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "m.lock").exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(0.2)
    process.send_signal(sign)
    _, message = process.communicate()
    assert process.returncode == returncode
    assert message == ("communique: interrupted\n" if sign == signal.SIGINT else "")
    assert content(model) == before
    assert load_bundle(model).labels
    release(claim(model))  # a lock does not outlive its process
    assert list(tmp_path.iterdir()) == [model]
