"""Every Python example of the README runs, and its commands exist."""

import re
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def readme(root):
    return (root / "README.md").read_text("utf-8")


def test_python_examples_run(readme, capsys):
    namespace = {}
    examples = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert len(examples) == 5
    hub = examples.pop()  # is run in tests/test_hub.py, against a stand-in
    assert {"push_to_hub", "load"} == set(re.findall(r"communique\.(\w+)\(", hub))
    for example in examples:
        exec(example, namespace)
    printed = capsys.readouterr().out
    assert "SVK slovaque named" in printed
    assert [p.partners for p in namespace["article"].body] == [("SVK",), ("SVK",)]


def test_commands_and_options_exist(readme):
    (block,) = re.findall(r"```\n(communique .*?)```", readme, re.DOTALL)
    lines = re.findall(r"^communique (\w+) ([^#\n]*)", block, re.MULTILINE)
    assert {command for command, _ in lines} == {"predict", "evaluate", "train", "report", "info"}
    for command, arguments in lines:
        code = "import sys; from communique.cli import main; sys.argv[0] = 'communique'; main()"
        shown = subprocess.run(
            [sys.executable, "-c", code, command, "--help"], capture_output=True, text=True, check=True
        )
        for option in re.findall(r"(?<= )--?[a-z-]+", " " + arguments):
            assert option in shown.stdout, (command, option)


def test_every_linked_file_is_there(readme, root):
    for link in re.findall(r"\]\(([^):]+)\)", readme):
        assert (root / link).exists(), link
