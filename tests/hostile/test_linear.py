"""Time that grows with the square of the input shows as an input that does not end.

What is measured is CPU time, against a limit tens of times what is needed: these inputs took minutes to hours once. How time
grows is measured in benchmarks/hostile.py, whose inputs these are.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "hostile.py"
SECONDS = 30


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("hostile_benchmark", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(sys.platform == "win32", reason="CPU time is limited by the system's own means")
@pytest.mark.parametrize(
    ("name", "size", "reason"),
    [
        ("spaces", 300_000, "a run of spaces was gone through from each of its spaces, for a line break behind it"),
        ("no-break spaces", 300_000, "so was a run of no-break spaces"),
        ("dateline and spaces", 300_000, "a dateline may end in spaces, a dash and spaces: in as many ways as there are spaces"),
        ("a date and colons", 300_000, "a date may end in what is no space, and then in signs"),
        ("letters and hyphens", 300_000, "a name was looked for from each letter to the end of the word"),
        ("combining marks in disorder", 400_000, "marks are put in order one by one"),
        ("mojibake, one letter a word", 50_000, "the mended text was compared letter by letter"),
        ("persons and countries", 400_000, "each person was held against each country"),
        ("persons and offices", 400_000, "each person was held against each office"),
        ("country glued by underscores", 400_000, "the words around each mention were cut out of one long word"),
        ("lines in lower case", 400_000, "a block was copied for each line that it goes on in"),
        ("headings of tails", 1_000_000, "what follows was gone through for each heading"),
        ("tiny paragraphs, countries", 150_000, "scores of all paragraphs were summed for each"),
        ("unclosed tags", 300_000, "the rest of a page was searched for the end of each tag"),
        ("unclosed quotes", 300_000, "and for the end of each quote"),
        ("unclosed comments", 300_000, "and of each comment"),
        ("page of bullets", 50_000, "each sign that extraction added was looked for in the whole page"),
        ("nested arrays", 1_000_000, "JSON that is deeper than Python goes"),
    ],
)  # fmt: skip
def test_what_is_made_to_be_slow_ends(benchmark, labeler, name, size, reason):
    ((_, make, label),) = [case for case in benchmark.cases() if case[0] == name]
    found = benchmark.measured(labeler, make(size), label, SECONDS)
    assert found.seconds is not None, reason
    assert found.end.startswith(("labelled", "refused")), found.end
