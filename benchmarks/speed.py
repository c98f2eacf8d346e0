"""How fast one process labels, from a JSON lines file to a JSON lines file, and how long a start takes.

`python benchmarks/speed.py [--paragraphs 20000] [--markdown]` prints a table. The articles are those of data/articles, repeated.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-c", "from communique.cli import main; main()"]


def timed(*arguments: str, text: str | None = None) -> float:
    start = time.perf_counter()
    subprocess.run([*COMMAND, *arguments], check=True, capture_output=True, text=True, input=text)
    return time.perf_counter() - start


def write_articles(path: Path, paragraphs: int) -> tuple[int, int]:
    """Raw articles with at least so many body paragraphs; returns paragraphs and bytes written."""
    files = sorted((ROOT / "data" / "articles").rglob("*.jsonl"))
    coded = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    written = 0
    with path.open("w", encoding="utf-8") as stream:
        while written < paragraphs:
            for article in coded:
                text = article.get("text") or "\n\n".join(p["text"] for p in article["paragraphs"])
                row = {"id": f"{article['id']}-{written}", "text": text, "title": article["title"]}
                stream.write(json.dumps(row, ensure_ascii=False) + "\n")
                written += sum(p["kind"] == "body" for p in article["paragraphs"])
                if written >= paragraphs:
                    break
    return written, path.stat().st_size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paragraphs", type=int, default=20_000)
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    options = parser.parse_args()
    text = "Le ministre de la Défense a reçu lundi à Hanoï son homologue russe."
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "articles.jsonl", Path(folder) / "labels.jsonl"
        _, size = write_articles(source, options.paragraphs)
        timed("--help")
        help_time = min(timed("--help") for _ in range(5))
        first = min(timed("predict", "-", text=text) for _ in range(3))
        whole = timed("predict", str(source), "-o", str(output))
        rows = sum(1 for _ in output.open("rb"))
    rows_of_table = [
        ("`communique --help`", f"{help_time:.2f} s"),
        ("one paragraph from a cold start", f"{first:.2f} s"),
        ("paragraphs labelled, JSON lines to JSON lines", f"{rows:,} ({size / 1e6:.1f} MB)"),
        ("paragraphs a second, start included", f"{rows / whole:,.0f}"),
        ("paragraphs a second, start apart", f"{rows / (whole - first):,.0f}"),
    ]
    if options.markdown:
        print("| one process | |\n|---|---|")
        print("\n".join(f"| {name} | {value} |" for name, value in rows_of_table))
        return
    table = Table("measure", "value", title="communique, one process", title_justify="left")
    for name, value in rows_of_table:
        table.add_row(name, value)
    Console().print(table)


if __name__ == "__main__":
    main()
