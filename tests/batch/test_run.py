"""Archives: interrupted and gone on with, by one process and by several."""

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from communique.batch import parts
from communique.batch.run import BatchOptions, label_files
from communique.errors import CommuniqueError
from communique.labeler import Labeler

BODY = "Le ministre de la Défense a reçu lundi à Hanoï son homologue {}, avec lequel il a parlé de sécurité, le {}."
COUNTRIES = ("russe", "français", "laotien", "japonais", "slovaque")


def archive(path, articles):
    rows = [
        {"id": f"a{i}", "text": f"Visite\n\n{BODY.format(COUNTRIES[i % 5], i)}\n\nIls ont signé un accord de défense."}
        for i in range(articles)
    ]
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    lines[articles // 2] = "{broken"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(parts, "ITEMS", 8)


@pytest.fixture
def source(tmp_path):
    return archive(tmp_path / "in.jsonl", 60)


def label(labeler, source, output, **options):
    return label_files(labeler, [source], output, options=BatchOptions(output.suffix[1:], **options))


class Stopped(Exception):
    pass


def stop_after(monkeypatch, count):
    """Let the run die in the part after `count` others, as if the process had been killed there."""
    from communique.batch import journal

    added = journal.Journal.add
    calls = []

    def dying(self, output, failures, done):
        calls.append(1)
        if len(calls) > count:
            self._files[0].write(output[: len(output) // 2])  # half a part gets to the disk
            self._files[0].flush()
            raise Stopped
        added(self, output, failures, done)

    monkeypatch.setattr(journal.Journal, "add", dying)


@pytest.mark.parametrize("name", ["o.jsonl", "o.csv", "o.parquet"])
def test_a_run_that_died_goes_on_to_the_same_bytes(labeler, source, tmp_path, monkeypatch, small_parts, name):
    whole, output = tmp_path / f"whole-{name}", tmp_path / name
    undisturbed = label(labeler, source, whole)
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        stop_after(patch, 3)
        label(labeler, source, output)
    assert not output.exists()
    with pytest.raises(CommuniqueError, match="interrupted; go on with --resume"):
        label(labeler, source, output)
    assert label(labeler, source, output, resume=True) == undisturbed
    assert output.read_bytes() == whole.read_bytes()
    failures = (tmp_path / f"{name}.failures.jsonl").read_bytes()
    assert failures == (tmp_path / f"whole-{name}.failures.jsonl").read_bytes()
    assert sorted(p.name for p in tmp_path.glob(f"{name}*")) == [name, f"{name}.failures.jsonl"]
    assert label(labeler, source, output, resume=True).items == 0  # nothing is left to do


@pytest.mark.parametrize(
    ("change", "named"),
    [
        pytest.param(lambda source, options: os.utime(source, (1, 1)), "input", id="a file was touched"),
        pytest.param(lambda source, options: source.write_bytes(source.read_bytes() + b"{}\n"), "input", id="longer"),
        pytest.param(lambda source, options: options.update(keep_boilerplate=True), "boilerplate", id="an option"),
        pytest.param(lambda source, options: options.update(home="LAO"), "home", id="the home country"),
    ],
)
def test_another_run_is_not_gone_on_with(labeler, source, tmp_path, monkeypatch, small_parts, change, named):
    options = {"home": "VNM"}
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        stop_after(patch, 2)
        label(Labeler(labeler.bundle, home="VNM"), source, tmp_path / "o.jsonl")
    change(source, options)
    home = options.pop("home")
    with pytest.raises(CommuniqueError, match=f"has another {named}"):
        label(Labeler(labeler.bundle, home=home), source, tmp_path / "o.jsonl", resume=True, **options)


@pytest.mark.parametrize("cut", [1, 20])
def test_a_journal_that_ends_in_half_a_line_is_good_up_to_there(
    labeler, source, tmp_path, monkeypatch, small_parts, cut
):
    label(labeler, source, tmp_path / "whole.jsonl")
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        stop_after(patch, 4)
        label(labeler, source, tmp_path / "o.jsonl")
    journal = tmp_path / "o.jsonl.journal"
    journal.write_bytes(journal.read_bytes()[:-cut])
    label(labeler, source, tmp_path / "o.jsonl", resume=True)
    assert (tmp_path / "o.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_what_is_done_after_half_a_line_of_the_journal_counts_too(labeler, source, tmp_path, monkeypatch, small_parts):
    journal = tmp_path / "o.jsonl.journal"
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        stop_after(patch, 3)
        label(labeler, source, tmp_path / "o.jsonl")
    journal.write_bytes(journal.read_bytes() + b'{"items": 9')
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        stop_after(patch, 2)
        label(labeler, source, tmp_path / "o.jsonl", resume=True)
    lines = journal.read_bytes().splitlines()
    assert json.loads(lines[-1])["items"] == 5 * parts.ITEMS


def test_a_lost_output_is_not_taken_for_a_finished_one(labeler, source, tmp_path, monkeypatch, small_parts):
    label(labeler, source, tmp_path / "o.jsonl")
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        stop_after(patch, 3)
        label(labeler, source, tmp_path / "o.jsonl")
    (tmp_path / "o.jsonl.part").unlink()
    with pytest.raises(CommuniqueError, match="missing, or shorter than its journal says"):
        label(labeler, source, tmp_path / "o.jsonl", resume=True)


@pytest.mark.parametrize(
    ("paths", "output", "message", "reason"),
    [
        (["in.jsonl"], "in.jsonl", "is an input", "labels in the place of the articles"),
        (["../x/in.jsonl"], "in.jsonl", "is an input", "the same, written another way"),
        (["link.jsonl"], "in.jsonl", "is an input", "the same, by a link"),
        (["."], "in.jsonl", "is an input", "articles in a folder of them"),
        (["../x"], "link.jsonl", "is an input", "a link to them there"),
        (["in.jsonl.failures.jsonl"], "in.jsonl", "is an input", "failures in the place of articles"),
        (["in.jsonl"], ".", "expected the name of a file", "a folder"),
    ],
)
def test_outputs_that_are_refused_at_once(labeler, tmp_path, monkeypatch, paths, output, message, reason):
    (tmp_path / "x").mkdir()
    monkeypatch.chdir(tmp_path / "x")
    source = archive(tmp_path / "x" / "in.jsonl", 6)
    before = source.read_bytes()
    (tmp_path / "x" / "link.jsonl").symlink_to(source)
    (tmp_path / "x" / "in.jsonl.failures.jsonl").write_bytes(before)
    with pytest.raises(CommuniqueError, match=message):
        label_files(labeler, paths, tmp_path / "x" / output)
    assert source.read_bytes() == before, reason


@pytest.mark.parametrize("name", ["o.jsonl", "o.csv", "o.parquet"])
def test_an_output_in_the_folder_of_its_inputs_is_no_input(labeler, source, tmp_path, monkeypatch, small_parts, name):
    monkeypatch.chdir(tmp_path)
    options = BatchOptions(name.partition(".")[2])
    first = label_files(labeler, [tmp_path], tmp_path / name, options=options)
    assert label_files(labeler, [tmp_path], Path("..") / tmp_path.name / name, options=options) == first


def test_an_output_without_rows_is_an_earlier_one(labeler, tmp_path):
    (tmp_path / "in.jsonl").write_text("{broken\n")
    done = [label_files(labeler, [tmp_path], tmp_path / "o.jsonl") for _ in range(2)]
    assert [(each.articles, each.failures) for each in done] == [(0, 1)] * 2


def test_failures_are_not_written_over_while_they_are_labelled(labeler, source, tmp_path, small_parts):
    label(labeler, source, tmp_path / "o.jsonl")
    failures = tmp_path / "o.jsonl.failures.jsonl"
    for output in ("o.jsonl", "in.jsonl", "o.jsonl.failures.jsonl"):
        with pytest.raises(CommuniqueError, match="is an input; write to another file"):
            label_files(labeler, [], tmp_path / output, options=BatchOptions(failed=failures))


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ({}, "expected the failures that a run left"),
        ({"path": "-", "name": "-", "line": 3, "rest": False}, "standard input .-., which cannot be read again"),
    ],
)
def test_a_list_of_failures_that_cannot_be_labelled(labeler, tmp_path, listed, message):
    (tmp_path / "x.jsonl").write_text(json.dumps(listed) + "\n")
    with pytest.raises(CommuniqueError, match=message):
        label_files(labeler, [], tmp_path / "o.jsonl", options=BatchOptions(failed=tmp_path / "x.jsonl"))


def test_a_run_that_died_between_its_last_steps_is_closed(labeler, source, tmp_path, monkeypatch, small_parts):
    from communique.batch import journal

    with monkeypatch.context() as patch, pytest.raises(Stopped):
        patch.setattr(journal, "sync_folder", lambda folder: (_ for _ in ()).throw(Stopped))
        label(labeler, source, tmp_path / "o.parquet")
    assert (tmp_path / "o.parquet.journal").exists()
    done = label(labeler, source, tmp_path / "o.parquet", resume=True)
    assert (done.articles, done.failures) == (59, 1)
    assert not (tmp_path / "o.parquet.journal").exists()


def test_an_output_has_one_writer(labeler, source, tmp_path, small_parts):
    told = []

    def try_too(error):
        with pytest.raises(CommuniqueError, match="another process is writing this output"):
            label(labeler, source, tmp_path / "o.jsonl", resume=True)
        told.append(error)

    options = BatchOptions()
    label_files(labeler, [source], tmp_path / "o.jsonl", options=options, on_failure=try_too)
    assert len(told) == 1
    assert not list(tmp_path.glob("*.lock"))


@pytest.mark.parametrize("jobs", [1, 2])
def test_articles_without_a_body_are_counted(labeler, tmp_path, monkeypatch, small_parts, jobs):
    rows = [{"text": BODY if i % 3 else "Photo : VNA"} for i in range(30)]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        stop_after(patch, 2)
        label(labeler, tmp_path / "in.jsonl", tmp_path / "o.jsonl", jobs=jobs)
    done = label(labeler, tmp_path / "in.jsonl", tmp_path / "o.jsonl", jobs=jobs, resume=True)
    assert (done.articles, done.paragraphs, done.bodiless) == (30, 20, 10)


def test_several_processes_write_what_one_writes(labeler, source, tmp_path, small_parts):
    one = label(labeler, source, tmp_path / "one.jsonl")
    assert label(labeler, source, tmp_path / "two.jsonl", jobs=2) == one
    assert (tmp_path / "two.jsonl").read_bytes() == (tmp_path / "one.jsonl").read_bytes()


def test_no_process_is_left_when_all_is_written(labeler, source, tmp_path, small_parts):
    """One that is still closing as Python ends makes it print a traceback, now and then."""
    before = set(multiprocessing.active_children())
    label(labeler, source, tmp_path / "o.jsonl", jobs=2)
    assert set(multiprocessing.active_children()) <= before


def test_failures_can_be_labelled_alone_once_they_are_mended(labeler, source, tmp_path, small_parts):
    label(labeler, source, tmp_path / "o.jsonl")
    failures = tmp_path / "o.jsonl.failures.jsonl"
    (failure,) = [json.loads(line) for line in failures.read_text().splitlines()]
    assert (failure["path"], failure["line"], failure["rest"]) == (str(source), 31, False)
    source.write_text(source.read_text().replace("{broken", json.dumps({"id": "mended", "text": BODY})))
    options = BatchOptions(failed=failures)
    done = label_files(labeler, [], tmp_path / "more.jsonl", options=options)
    assert (done.articles, done.failures) == (1, 0)
    assert json.loads((tmp_path / "more.jsonl").read_text())["article"] == "mended"


@pytest.mark.parametrize(
    ("broken", "mended", "rows", "reason"),
    [
        ('2,"{}', '2,"{}"', 4, "a quote that is never closed: what follows it is read once it is"),
        ('2,"{}" x', '2,"{}"', 1, "a broken line costs no other"),
        ('2,"{}\n\n{}', '2,"{}\n\n{}"', 4, "in the midst of an article of several lines"),
    ],
)
def test_no_row_of_a_csv_is_lost_or_labelled_twice(labeler, tmp_path, broken, mended, rows, reason):
    source = tmp_path / "in.csv"

    def write(second):
        lines = ["id,text", *(f'{i},"{BODY}"' for i in range(1, 6))]
        lines[2] = second.replace("{}", BODY)
        source.write_text("\n".join(lines) + "\n")

    write(broken)
    first = label(labeler, source, tmp_path / "o.jsonl").articles
    write(mended)
    options = BatchOptions(failed=tmp_path / "o.jsonl.failures.jsonl")
    done = label_files(labeler, [], tmp_path / "more.jsonl", options=options)
    assert (first, done.articles, done.failures) == (5 - rows, rows, 0), reason
    written = (tmp_path / "o.jsonl").read_text() + (tmp_path / "more.jsonl").read_text()
    ids = list(dict.fromkeys(json.loads(line)["article"] for line in written.splitlines()))
    assert sorted(ids) == ["1", "2", "3", "4", "5"], reason


def test_an_id_that_several_articles_have_is_told_once(labeler, tmp_path):
    (tmp_path / "in.jsonl").write_text((json.dumps({"id": "x", "text": BODY}) + "\n") * 3)
    told = []
    done = label_files(labeler, [tmp_path / "in.jsonl"], tmp_path / "o.jsonl", on_repeated=told.append)
    assert (done.articles, told) == (3, ["x"])


def test_an_article_that_the_model_fails_on_costs_no_other(labeler, source, tmp_path, monkeypatch, small_parts):
    whole = type(labeler).label_all

    def failing(self, articles):
        if any(a.id == "a3" for a in articles):
            raise ZeroDivisionError("by hand")
        return whole(self, articles)

    monkeypatch.setattr(type(labeler), "label_all", failing)
    failures = []
    done = label_files(labeler, [source], tmp_path / "o.jsonl", on_failure=failures.append)
    assert (done.articles, done.failures) == (58, 2)
    assert (failures[0].line, "internal error" in failures[0].reason) == (4, True)


def test_a_worker_that_dies_costs_one_article(labeler, source, tmp_path, monkeypatch, small_parts):
    whole = type(labeler).label_all

    def dying(self, articles):
        if any(a.id == "a3" for a in articles):
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(self, articles)

    monkeypatch.setattr(type(labeler), "label_all", dying)
    failures = []
    options = BatchOptions(jobs=2)
    done = label_files(labeler, [source], tmp_path / "o.jsonl", options=options, on_failure=failures.append)
    assert (done.articles, done.failures) == (58, 2)
    assert "worker died on this article" in failures[0].reason
    ids = [json.loads(line)["article"] for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    assert list(dict.fromkeys(ids)) == [f"a{i}" for i in range(60) if i not in (3, 30)]


COMMAND = [sys.executable, "-c", "from communique.cli import main; main()", "predict", "--quiet", "--model", "fast"]


@pytest.mark.parametrize(("name", "jobs"), [("o.jsonl", 1), ("o.parquet", 2)])
def test_five_kills_at_random_and_a_resume_give_the_same_file(tmp_path, name, jobs):
    source = archive(tmp_path / "in.jsonl", 256 * 22)  # twice the parts that five turns of two quick workers finish
    whole, output = tmp_path / f"whole-{name}", tmp_path / name
    subprocess.run([*COMMAND, source, "-o", whole], check=False, capture_output=True)
    chance = random.Random(0)
    journal = output.with_name(f"{name}.journal")
    for _ in range(5):
        before = parts_done(journal)
        process = subprocess.Popen(
            [*COMMAND, source, "-o", output, "--resume", "-j", str(jobs)], stderr=subprocess.DEVNULL
        )
        while parts_done(journal) == before and process.poll() is None:
            time.sleep(0.01)
        time.sleep(chance.random() * 0.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not output.exists()
    end = subprocess.run(
        [*COMMAND, source, "-o", output, "--resume", "-j", str(jobs)], check=False, capture_output=True
    )
    assert end.returncode == 1  # one line of the archive is broken
    assert output.read_bytes() == whole.read_bytes()
    assert not journal.exists()


def parts_done(journal):
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


# A shell has what it runs in the background ignore Control-C, and so does all that this starts
HEED_CONTROL_C = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "


def test_control_c_says_how_to_go_on(tmp_path):
    source = archive(tmp_path / "in.jsonl", 256 * 12)
    journal = tmp_path / "o.jsonl.journal"
    command = [sys.executable, "-c", HEED_CONTROL_C + COMMAND[2], *COMMAND[3:], source, "-o", tmp_path / "o.jsonl"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while parts_done(journal) < 3 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, message = process.communicate()
    assert process.returncode == 130
    assert "go on with the same command and --resume" in message
    assert "Traceback" not in message
    assert not (tmp_path / "o.jsonl").exists()


def test_a_full_disk_says_how_to_go_on(tmp_path):
    """A limit on the size of files stands for the disk."""
    source = archive(tmp_path / "in.jsonl", 256 * 4)
    code = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000)); " + COMMAND[2]
    arguments = [*COMMAND[3:], source, "-o", tmp_path / "o.jsonl"]
    result = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "what is done is kept" in result.stderr
    assert not (tmp_path / "o.jsonl").exists()
    subprocess.run([*COMMAND, source, "-o", tmp_path / "whole.jsonl"], check=False, capture_output=True)
    subprocess.run([*COMMAND, source, "-o", tmp_path / "o.jsonl", "--resume"], check=False, capture_output=True)
    assert (tmp_path / "o.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
