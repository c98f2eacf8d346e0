"""Files are whole or as they were: on a full disk, without rights, after a kill, and with two writers."""

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from communique.bundle import load_bundle, save_bundle
from communique.errors import CommuniqueError, InputError, ModelError
from communique.folder import MANIFEST
from communique.golden import add_golden
from communique.writing import check_apart, check_writable, sole_writer, write_files


def content(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


def test_files_are_written_with_their_folders(tmp_path):
    write_files({tmp_path / "a" / "one": b"1", tmp_path / "two": b"2"})
    assert (content(tmp_path / "a"), content(tmp_path)) == ({"one": b"1"}, {"two": b"2"})


def test_a_file_that_is_too_large_for_the_disk_leaves_all_as_they_were(tmp_path, small_files):
    write_files({tmp_path / "one": b"old", tmp_path / "two": b"old"})
    with small_files(100), pytest.raises(OSError, match="File too large") as failed:
        write_files({tmp_path / "one": b"new", tmp_path / "two": b"x" * 1000})
    assert failed.value.filename == str(tmp_path / "two")
    assert content(tmp_path) == {"one": b"old", "two": b"old"}


def test_a_full_disk_leaves_all_as_they_were(full_disk):
    write_files({full_disk / "one": b"old"})
    with pytest.raises(OSError, match="No space left") as failed:
        write_files({full_disk / "one": b"new", full_disk / "two": b"x" * 100_000})
    assert (failed.value.errno, failed.value.filename) == (errno.ENOSPC, str(full_disk / "two"))
    assert content(full_disk) == {"one": b"old"}


def test_a_folder_without_the_right_to_write(locked, as_nobody):
    with as_nobody():
        with pytest.raises(PermissionError, match=re.escape(str(locked / "old.json"))):
            write_files({locked / "old.json": b"new"})
        with pytest.raises(InputError, match=f"cannot be written .no right to write in {locked}"):
            check_writable(locked / "new.json")
        with pytest.raises(InputError, match=r"cannot be written .Permission denied"), sole_writer(locked / "model"):
            pass
    assert content(locked) == {"old.json": b"old"}


def test_what_cannot_be_written_is_known_before(tmp_path):
    (tmp_path / "file").write_text("x")
    for target, message in (
        (tmp_path, "cannot be written: it is a folder; name a file"),
        (tmp_path / "file" / "x", f"{tmp_path / 'file'} is no folder"),
    ):
        with pytest.raises(InputError, match=message):
            check_writable(target)
    check_writable(tmp_path / "new" / "deep" / "x")
    assert content(tmp_path) == {"file": b"x"}


@pytest.mark.parametrize(
    ("target", "refused", "reason"),
    [
        ("in.jsonl", True, "as it is"),
        ("../x/in.jsonl", True, "by another way"),
        ("link", True, "a link to it"),
        ("hard", True, "another name of it"),
        ("other.jsonl", False, "another file of the same content"),
        ("new.jsonl", False, "not there yet"),
        ("dead", False, "a link to nothing"),
    ],
)
def test_an_output_is_no_input_however_it_is_written(tmp_path, monkeypatch, target, refused, reason):
    (tmp_path / "x").mkdir()
    monkeypatch.chdir(tmp_path / "x")
    for name in ("in.jsonl", "other.jsonl"):
        Path(name).write_text("{}")
    Path("link").symlink_to("in.jsonl")
    Path("dead").symlink_to("nothing")
    Path("hard").hardlink_to("in.jsonl")
    try:
        check_apart(Path(target), [Path("gone.jsonl"), tmp_path / "x", tmp_path / "x" / "in.jsonl"])
    except InputError as error:
        assert (refused, str(error)) == (True, f"{target}: is an input; write to another file"), reason
    else:
        assert not refused, reason


def test_a_link_stays_one(tmp_path):
    (tmp_path / "link").symlink_to("file")
    write_files({tmp_path / "link": b"x"})
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"x"


def test_a_device_is_written_to_and_stays_one(tmp_path):
    write_files({Path(os.devnull): b"x"})
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize("kind", [KeyboardInterrupt, OSError])
def test_an_interrupt_leaves_nothing_behind(tmp_path, monkeypatch, kind):
    write_files({tmp_path / "one": b"old"})
    with monkeypatch.context() as patch, pytest.raises(kind):
        patch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(kind()))
        write_files({tmp_path / "one": b"new", tmp_path / "two": b"new"})
    assert content(tmp_path) == {"one": b"old"}


KILLED = """
import os, signal, sys
from pathlib import Path
from communique.writing import write_files
os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
write_files({Path(sys.argv[1]) / "one": b"new"})
"""


def test_a_kill_leaves_what_was_there(tmp_path):
    write_files({tmp_path / "one": b"old"})
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / "one").read_bytes() == b"old"
    assert all(name == "one" or name.startswith(".one.") for name in content(tmp_path))


def test_of_two_writers_at_once_one_is_there_whole(tmp_path):
    texts = [bytes([65 + k]) * 50_000 for k in range(4)]
    threads = [
        threading.Thread(target=lambda t=t: [write_files({tmp_path / "one": t}) for _ in range(10)]) for t in texts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "one").read_bytes() in texts
    assert set(content(tmp_path)) == {"one"}


def test_an_output_has_one_writer_and_no_lock_is_left(tmp_path):
    with (
        sole_writer(tmp_path / "m"),
        pytest.raises(CommuniqueError, match="another process is writing this output"),
        sole_writer(tmp_path / "m"),
    ):
        pass
    with sole_writer(tmp_path / "m"):
        pass
    assert content(tmp_path) == {}


@pytest.fixture
def model(root, tmp_path):
    return shutil.copytree(root / "tests" / "models" / "format-2", tmp_path / "m")


def save(folder, **facts):
    bundle = load_bundle("fast")
    save_bundle(folder, domains=bundle.domains, partners=bundle.partners, review_below=0.5, facts=facts)


def test_a_full_disk_leaves_the_model_that_was_there(model, small_files):
    before = content(model)
    with small_files(200_000), pytest.raises(OSError, match="File too large"):
        save(model)
    assert content(model) == before


def test_a_model_that_is_put_in_its_place_by_halves_is_refused(model, monkeypatch):
    """Between the first and the last name there is a moment; who reads the folder then, is told so."""
    replace, done = Path.replace, []

    def stops(self, target):
        if done:
            raise OSError(errno.EIO, "Input/output error")
        done.append(target)
        return replace(self, target)

    with monkeypatch.context() as patch, pytest.raises(OSError, match="Input/output error"):
        patch.setattr(Path, "replace", stops)
        save(model)
    with pytest.raises(ModelError, match="not the file that the manifest was written for"):
        load_bundle(model)
    save(model)
    assert load_bundle(model).labels


def test_a_model_in_place_of_another_takes_its_files_with_it(model):
    for name in ("encoder.onnx", "tokenizer.json"):
        (model / name).write_bytes(b"of an accurate model")
    save(model)
    assert set(content(model)) == {"domains.safetensors", "partners.safetensors", MANIFEST, "README.md"}
    add_golden(model)
    assert load_bundle(model).manifest["files"].keys() == {"domains.safetensors", "partners.safetensors", "golden.json"}
