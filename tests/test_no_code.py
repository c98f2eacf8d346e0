"""Nothing in the package makes code of data, reads pickles, or starts programs. Read from the syntax of every file."""

import ast

import pytest

MODULES = {
    "pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "subprocess", "pty", "runpy", "code",
    "codeop", "ctypes", "cffi", "imp", "skops", "yaml",
}  # fmt: skip
NAMES = {"eval", "exec", "compile", "__import__"}
ATTRIBUTES = {
    ("os", "system"), ("os", "popen"), ("torch", "load"), ("torch", "hub"), ("numpy", "load"), ("np", "load"),
    ("np", "fromfile"), ("importlib", "import_module"), ("pd", "read_pickle"), ("types", "FunctionType"),
}  # fmt: skip
STARTS = ("exec", "spawn", "posix_spawn")  # of os
KEYWORDS = {"allow_pickle", "trust_remote_code", "shell"}

#: What is found and may stay: the file, what is found in it, and why.
ALLOWED = {("report/page.py", "import_module"): "asks whether packages are there, by names that stand in the file"}


def found(source):
    """What a file does that could run what it is given."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if module.split(".")[0] in MODULES:
                yield module
            yield from (a.name for a in node.names if (module, a.name) in ATTRIBUTES or a.name in NAMES)
        elif isinstance(node, ast.Name) and node.id in NAMES:
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if (node.value.id, node.attr) in ATTRIBUTES:
                yield f"{node.value.id}.{node.attr}"
            if node.value.id == "os" and node.attr.startswith(STARTS):
                yield f"os.{node.attr}"
        elif isinstance(node, ast.keyword) and node.arg in KEYWORDS:
            yield node.arg


def test_no_file_of_the_package_runs_data(root):
    package = root / "model" / "communique"
    files = sorted(package.rglob("*.py"))
    hits = {(str(f.relative_to(package)), what) for f in files for what in found(f.read_text("utf-8"))}
    assert hits == set(ALLOWED)
    assert len(files) > 70


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import pickle", ["pickle"]),
        ("def f():\n    from joblib import load", ["joblib"]),
        ("import os.path, subprocess as s", ["subprocess"]),
        ("import torch\ntorch.load('x')", ["torch.load"]),
        ("np.load(path, allow_pickle=True)", ["np.load", "allow_pickle"]),
        ("AutoModel.from_pretrained(base, trust_remote_code=True)", ["trust_remote_code"]),
        ("eval(text)", ["eval"]),
        ("run = exec", ["exec"]),
        ("os.execv('x', [])", ["os.execv"]),
        ("import yaml", ["yaml"]),
        ("from importlib import import_module", ["import_module"]),
        ("model.eval()\nre.compile('x')\ntokenizer.load('x')", []),
    ],
)
def test_what_runs_data_is_found(source, expected):
    assert sorted(found(source)) == sorted(expected)


def test_no_model_holds_more_than_data(root):
    kinds = {p.suffix for p in (root / "model" / "communique" / "models").rglob("*") if p.is_file()}
    assert kinds == {".json", ".md", ".onnx", ".safetensors"}
