"""A model folder is data, and is refused where it is not what was saved. Each row is a way to tamper with one."""

import hashlib
import json
import os
import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from communique.bundle import load_bundle
from communique.errors import ModelError
from communique.folder import BESIDE, LIMITS, digest_of
from communique.partners.evidence import ENCODER_COLUMNS

DOMAINS, PARTNERS, MANIFEST = "domains.safetensors", "partners.safetensors", "manifest.json"


@pytest.fixture
def folder(tmp_path, root):
    return shutil.copytree(root / "tests" / "models" / "format-2", tmp_path / "mine")


def manifest(folder):
    return json.loads((folder / MANIFEST).read_text("utf-8"))


def write(folder, **values):
    """Change the manifest by hand."""
    (folder / MANIFEST).write_text(json.dumps({**manifest(folder), **values}), encoding="utf-8")


def sign(folder, **values):
    """Change the manifest as one who knows how it is made: its hashes are right again."""
    changed = {**manifest(folder), **values}
    for name in changed["files"]:
        if (folder / name).is_file():
            changed["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    changed["hash"] = digest_of(changed)
    (folder / MANIFEST).write_text(json.dumps(changed), encoding="utf-8")


def put(folder, file, name, change):
    """Change an array, and sign."""
    arrays = load_file(folder / file)
    arrays[name] = change(arrays[name].copy())
    save_file(arrays, folder / file)
    sign(folder)


def filled(value):
    """Put a value at an array's first place."""

    def change(array):
        array.reshape(-1)[0] = value
        return array

    return change


def parameters(folder, **values):
    found = manifest(folder)["parameters"]
    return {**found, "domains": {**found["domains"], **values}}


def drop(folder, file, name):
    arrays = load_file(folder / file)
    del arrays[name]
    save_file(arrays, folder / file)
    sign(folder)


def link(path, target):
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def outside(folder):
    """A link to the very file, which was moved out of the folder."""
    target = folder.parent / DOMAINS
    (folder / DOMAINS).rename(target)
    link(folder / DOMAINS, target)


def words(text):
    return lambda array: np.frombuffer(text.encode(), dtype=np.uint8)


TAMPERINGS = [
    # The manifest
    ("no manifest", lambda f: (f / MANIFEST).unlink(), "no model here"),
    ("a folder in its place", lambda f: ((f / MANIFEST).unlink(), (f / MANIFEST).mkdir()), "expected a file, got a folder"),
    ("half of it", lambda f: (f / MANIFEST).write_bytes((f / MANIFEST).read_bytes()[:900]), "broken JSON"),
    ("no text", lambda f: (f / MANIFEST).write_bytes(b"\xff\xfe\x00"), "broken JSON"),
    ("a list", lambda f: (f / MANIFEST).write_text("[]"), "expected a JSON object, got list"),
    ("brackets without end", lambda f: (f / MANIFEST).write_text("[" * 100_000), "broken JSON"),
    ("NaN, which is no JSON", lambda f: write(f, review_below=float("nan")), "broken JSON .NaN is no number"),
    ("more than any manifest", lambda f: (f / MANIFEST).write_bytes(b" " * (LIMITS[MANIFEST] + 1)), "expected at most"),
    ("a later format", lambda f: write(f, format=3), "model format 3, this version reads 2; update communique"),
    ("an earlier format", lambda f: write(f, format=1), "model format 1, this version reads 2; train the model again"),
    ("no format", lambda f: write(f, format=None), "model format None, this version reads 2; train"),
    ("a format that only looks like one", lambda f: write(f, format=True), "model format True"),
    ("a value changed by hand", lambda f: write(f, review_below=0.9), "changed since it was written"),
    ("labels changed by hand", lambda f: write(f, labels=["a", "b", "c", "d"]), "changed since it was written"),
    ("a hash that is none", lambda f: write(f, hash="../../x"), "expected 'hash' as a SHA-256"),
    ("labels of the wrong type", lambda f: write(f, labels="defense"), "expected 'labels' as a list of distinct names"),
    ("labels that are numbers", lambda f: write(f, labels=[1, 2]), "expected 'labels'"),
    ("a label twice", lambda f: write(f, labels=["a", "a"]), "expected 'labels'"),
    ("no labels", lambda f: write(f, labels=[]), "expected 'labels'"),
    ("a label that colours a terminal", lambda f: write(f, labels=["\x1b[31mdefense"]), "expected 'labels'"),
    ("parameters of the wrong type", lambda f: write(f, parameters=[]), "expected 'parameters'"),
    ("a share above one", lambda f: write(f, review_below=2), "expected 'review_below' as a number from 0 to 1"),
    ("a number as text", lambda f: write(f, review_below="0.5"), "expected 'review_below'"),
    ("no files", lambda f: write(f, files={}), "expected 'files'"),
    ("files as a list", lambda f: write(f, files=[DOMAINS, PARTNERS]), "expected 'files'"),
    ("a hash as a number", lambda f: write(f, files={**manifest(f)["files"], DOMAINS: 1}), "expected 'files'"),
    ("a path that leaves the folder", lambda f: write(f, files={**manifest(f)["files"], "../x": "0" * 64}), "expected 'files'"),
    ("a path from the root", lambda f: write(f, files={**manifest(f)["files"], "/etc/passwd": "0" * 64}), "expected 'files'"),
    ("code among the files", lambda f: write(f, files={**manifest(f)["files"], "model.py": "0" * 64}), "expected 'files'"),
    ("an encoder without a tokenizer", lambda f: write(f, files={**manifest(f)["files"], "encoder.onnx": "0" * 64}), "expected 'files'"),
    # The files
    ("a missing file", lambda f: (f / PARTNERS).unlink(), "partners.safetensors: No such file"),
    ("a missing file of answers", lambda f: (f / "golden.json").unlink(), "golden.json: No such file"),
    ("a file cut short", lambda f: (f / DOMAINS).write_bytes((f / DOMAINS).read_bytes()[:-1]), "not the file that the manifest"),
    ("one bit", lambda f: (f / DOMAINS).write_bytes((f / DOMAINS).read_bytes()[:-1] + b"\7"), "not the file that the manifest"),
    ("a pickle", lambda f: (f / "model.pkl").write_bytes(b"\x80\x04."), "holds what is no part of a model: 'model.pkl'"),
    ("weights as torch saves them", lambda f: (f / "pytorch_model.bin").write_bytes(b"x"), "no part of a model"),
    ("code", lambda f: (f / "modeling_mine.py").write_text("import os"), "no part of a model: 'modeling_mine.py'"),
    ("a name that fakes a line", lambda f: (f / "a\nb").write_text("x"), r"no part of a model: 'a\\nb'"),
    ("a link that leaves the folder", outside, "leads out of the model folder"),
    ("a link to a secret", lambda f: link(f / "golden.json", "/etc/passwd"), "leads out of the model folder"),
    ("a link to itself", lambda f: link(f / DOMAINS, DOMAINS), DOMAINS),
    ("a link that leads nowhere", lambda f: link(f / DOMAINS, "x"), "No such file"),
    ("a pipe", lambda f: ((f / DOMAINS).unlink(), os.mkfifo(f / DOMAINS)), "expected a file, got a folder or device"),
    # What is signed, and wrong all the same
    ("no safetensors", lambda f: ((f / DOMAINS).write_bytes(b"x" * 99), sign(f)), "not a model that this version reads"),
    ("a header longer than the file", lambda f: ((f / DOMAINS).write_bytes(b"\xff" * 8 + b"{}"), sign(f)), "not a model that this version reads"),
    ("other labels than parameters", lambda f: sign(f, labels=["a", "b", "c", "d"]), "evidence that this version does not gather"),
    ("other evidence", lambda f: sign(f, evidence=["x"]), "evidence that this version does not gather"),
    ("labels in another order", lambda f: sign(f, parameters=parameters(f, first__labels=["a"])), "expected parameters of"),
    ("no parameters", lambda f: sign(f, parameters={"domains": {}, "partners": {}}), "not a model that this version reads"),
    ("a parameter that there is not", lambda f: sign(f, parameters=parameters(f, run="x")), "not a model that this version reads"),
    ("absurd size", lambda f: sign(f, parameters=parameters(f, first__bits=60)), "expected bits from 1 to 24, got 60"),
    ("size as text", lambda f: sign(f, parameters=parameters(f, first__bits="8")), "expected bits from 1 to 24, got '8'"),
    ("another size than the arrays", lambda f: sign(f, parameters=parameters(f, first__bits=9)), "expected 'coef' of shape"),
    ("no weights", lambda f: drop(f, DOMAINS, "first.coef"), "no array 'coef'"),
    ("no tree", lambda f: drop(f, PARTNERS, "partner.left"), "no array 'left'"),
    ("weights that are no numbers", lambda f: put(f, DOMAINS, "first.coef", filled(np.nan)), "'coef' holds 1 values"),
    ("weights without end", lambda f: put(f, DOMAINS, "first.idf", filled(np.inf)), "'idf' holds 1 values"),
    ("a calibration that is no number", lambda f: put(f, DOMAINS, "slope", filled(np.nan)), "'slope' holds 1 values"),
    ("a threshold above one", lambda f: put(f, DOMAINS, "thresholds", filled(7.0)), "expected 'thresholds' from 0 to 1"),
    ("a leaf that is no number", lambda f: put(f, PARTNERS, "named.value", filled(np.nan)), "'value' holds 1 values"),
    ("a split at no number", lambda f: put(f, PARTNERS, "named.threshold", filled(np.nan)), "'threshold' holds 1 values"),
    ("another dtype", lambda f: put(f, DOMAINS, "first.coef", lambda a: a.astype("f4")), "expected 'coef' as float16, got float32"),
    ("whole numbers as real ones", lambda f: put(f, PARTNERS, "partner.left", lambda a: a.astype("f4")), "expected 'left' as int32"),
    ("a shape turned", lambda f: put(f, DOMAINS, "first.coef", lambda a: a.T.copy()), "expected 'coef' of shape"),
    ("trees of several lengths", lambda f: put(f, PARTNERS, "partner.left", lambda a: a[:-1].copy()), "expected 'left' of shape"),
    ("a step out of the forest", lambda f: put(f, PARTNERS, "partner.left", filled(1 << 30)), "expected 'left' from 0"),
    ("a step back out of it", lambda f: put(f, PARTNERS, "partner.right", filled(-1)), "expected 'right' from 0"),
    ("a column of the next row", lambda f: put(f, DOMAINS, "defense.feature", filled(500)), "expected 'feature' from 0"),
    ("steps without end", lambda f: put(f, DOMAINS, "defense.depth", filled(1 << 30)), "expected 'depth' from 0"),
    ("words that are no JSON", lambda f: put(f, PARTNERS, "words", words("{")), "not a model that this version reads"),
    ("words of the wrong type", lambda f: put(f, PARTNERS, "words", words('{"around": [], "carry": {}}')), "not a model that this version reads"),
    ("a weight of a word that is none", lambda f: put(f, PARTNERS, "words", words('{"around": {}, "carry": {"a": "x"}}')), "as the weight of a word, got 'x'"),
    ("a weight that is no number", lambda f: put(f, PARTNERS, "words", words('{"around": {}, "carry": {"a": NaN}}')), "as the weight of a word, got nan"),
]  # fmt: skip


@pytest.mark.parametrize(("tamper", "message"), [pytest.param(t, m, id=reason) for reason, t, m in TAMPERINGS])
def test_what_was_tampered_with_is_refused_with_a_reason(folder, tamper, message):
    tamper(folder)
    with pytest.raises(ModelError, match=message) as refused:
        load_bundle(folder)
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize("name", [*BESIDE, "encoder.onnx", ".gitattributes", ".cache"])
def test_what_stands_beside_a_model_is_never_read(folder, name):
    path = folder / name
    if name in ("checkpoints", ".cache"):
        path.mkdir()
    else:
        path.write_bytes(b"\x80\x04no model")
    assert load_bundle(folder).labels


def test_the_cache_of_the_hub_links_to_blobs_beside_its_snapshots(folder, tmp_path):
    cache = tmp_path / "models--org--name"
    blobs, snapshot = cache / "blobs", cache / "snapshots" / "0123abcd"
    snapshot.mkdir(parents=True)
    folder.rename(blobs)
    for file in blobs.iterdir():
        link(snapshot / file.name, f"../../blobs/{file.name}")
    assert load_bundle(snapshot).labels
    (tmp_path / DOMAINS).write_bytes((blobs / DOMAINS).read_bytes())
    link(snapshot / DOMAINS, f"../../../{DOMAINS}")
    with pytest.raises(ModelError, match="leads out of the model folder"):
        load_bundle(snapshot)


def test_a_link_to_a_model_is_one(folder, tmp_path):
    link(tmp_path / "link", "mine")
    assert load_bundle(tmp_path / "link").name.startswith("mine-")


def test_the_encoder_of_a_graph_or_tokenizer_that_is_none(folder):
    for name, data in (("encoder.onnx", b"x"), ("tokenizer.json", b"{}")):
        (folder / name).write_bytes(data)
    files = {**manifest(folder)["files"], "encoder.onnx": "", "tokenizer.json": ""}
    evidence = [*manifest(folder)["evidence"], *ENCODER_COLUMNS]
    sign(folder, files=files, evidence=evidence)
    with pytest.raises(ModelError, match="no graph or tokenizer of an encoder"):
        load_bundle(folder)
