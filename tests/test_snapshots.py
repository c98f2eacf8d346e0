"""What others build on, as text: a change of it shows in a diff, and is meant or mended.

`python tests/test_snapshots.py` writes both files anew.
"""

import contextlib
import dataclasses
import importlib
import inspect
import io
import re
import sys
from pathlib import Path

import pytest
import typer

from communique.cli import app

SNAPSHOTS = Path(__file__).parent / "snapshots"

PUBLIC = (
    "communique", "communique.records", "communique.labeler", "communique.bundle", "communique.explain",
    "communique.evaluation", "communique.batch.run", "communique.distributed",
    "communique.report.summary", "communique.training.fit", "communique.golden", "communique.codebook", "communique.errors",
)  # fmt: skip

#: Calls that are quick, with the exit code of each.
CALLS = (
    "--version", "--help", "frobnicate", "predict nowhere.txt", "predict nowhere.txt --format xml",
    "predict nowhere.txt --home Vietnam", "predict nowhere.txt -o x.docx", "predict nowhere.txt --resume",
    "predict nowhere.txt --model nowhere", "evaluate nowhere.jsonl", "train nowhere -o m", "report nowhere.jsonl",
    "info --model fast", "info --model nowhere", "selftest fast", "selftest nowhere",
)  # fmt: skip


def api() -> str:
    """Every public name with its signature; of classes the methods and properties, of dataclasses the fields."""
    lines = []
    for name in PUBLIC:
        module = importlib.import_module(name)
        lines.append(f"# {name}")
        for key in getattr(module, "__all__", None) or _own(module):
            lines += _described(key, getattr(module, key))
        lines.append("")
    return "\n".join(lines)


def _own(module):
    return [
        key
        for key, value in vars(module).items()
        if not key.startswith("_")
        and (inspect.isfunction(value) or inspect.isclass(value))
        and value.__module__ == module.__name__
    ]


def _described(key, value):
    if inspect.isfunction(value):
        return [f"{key}{_signature(value)}"]
    if not inspect.isclass(value):
        return [key]
    bases = ", ".join(base.__name__ for base in value.__bases__ if base is not object)
    if dataclasses.is_dataclass(value):
        lines = [f"class {key}({bases})" if bases else f"class {key}"]
        lines += [f"    {f.name}: {f.type}{_default(f)}" for f in dataclasses.fields(value)]
    else:
        lines = [f"class {key}{_signature(value)}" + (f" of {bases}" if bases else "")]
    for name, member in vars(value).items():
        if name.startswith("_") and name != "_repr_html_":
            continue
        if isinstance(member, property):
            lines.append(f"    {name} -> {member.fget.__annotations__.get('return')}")
        elif inspect.isfunction(member):
            lines.append(f"    {name}{_signature(member)}")
        elif isinstance(member, classmethod):
            lines.append(f"    {name}{_signature(member.__func__)} (of the class)")
    return lines


def _default(field):
    if field.default is not dataclasses.MISSING:
        return f" = {field.default!r}"
    return "" if field.default_factory is dataclasses.MISSING else f" = {field.default_factory.__name__}()"


def _signature(value):
    try:
        text = str(inspect.signature(value))
    except ValueError:  # of an exception that takes what it is given
        return "(...)"
    text = re.sub(r" at 0x[0-9a-f]+", "", text)
    return re.sub(r"(: |-> )'([^']*)'", r"\1\2", text)  # annotations are strings


def cli() -> str:
    """Every command with its arguments and options, then what calls exit with."""
    lines = []
    for name, command in typer.main.get_command(app.app).commands.items():
        lines.append(f"communique {name}")
        for parameter in command.params:
            names = "/".join([*parameter.opts, *parameter.secondary_opts])
            needed = "required" if parameter.required else f"default {parameter.default!r}"
            shown = parameter.metavar or names if parameter.param_type_name == "argument" else names
            lines.append(f"    {shown}  {needed}")
        lines.append("")
    lines.append("exit codes")
    lines += [f"    {_exit_code(call)}  communique {call}".rstrip() for call in CALLS]
    return "\n".join(lines) + "\n"


def _exit_code(call):
    before = sys.argv
    sys.argv = ["communique", *call.split()]
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            app.main()
    except SystemExit as stopped:
        return stopped.code or 0
    finally:
        sys.argv = before
    return 0


@pytest.mark.parametrize("part", [api, cli])
def test_what_others_build_on_is_as_it_was(part, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    expected = (SNAPSHOTS / f"{part.__name__}.txt").read_text("utf-8")
    assert part() == expected, "meant? then `python tests/test_snapshots.py`, and a line in CHANGELOG.md"


if __name__ == "__main__":
    for part in (api, cli):
        (SNAPSHOTS / f"{part.__name__}.txt").write_text(part(), encoding="utf-8")
