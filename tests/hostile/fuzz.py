"""Look for inputs that break the package: `python tests/hostile/fuzz.py --minutes 30` (needs the extra `fuzz`).

Atheris changes inputs so that they reach code not reached before, and properties.py says what must hold for each. What
breaks is saved to a file, and `python tests/hostile/fuzz.py --replay FILE` shows it again. Inputs that reached new code are
kept in `--corpus` for the next run.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
SEEDS = HERE.parents[1] / "seeds"


def check(data: bytes) -> None:
    """Hold one input against a property: its first byte says which, the second how the rest is a text."""
    import properties
    from alphabet import SENTENCE, text_of

    if len(data) < 2:
        return
    which, rest = data[0], data[2:]
    if which < 64:  # a file: half of them with the limits within reach
        name = properties.FILES[which % len(properties.FILES)]
        content = rest if data[1] % 2 else text_of(rest).encode("utf-8", "surrogatepass")
        properties.check_file(name, content, properties.NARROW if which < 32 else None)
        return
    text = text_of(rest) if data[1] % 2 else rest.decode("utf-8", "surrogateescape")
    name = ("text", "text", "text", "page", "mentions", "repair")[which % 6]
    if name == "page":
        text = f"<html><body><p>{SENTENCE} {text}</p><p>{SENTENCE}</p>"
    properties.OF_TEXT[name](text)


def fuzz(arguments: list[str]) -> None:
    """Run libFuzzer in this process; it ends the process."""
    import atheris

    with atheris.instrument_imports(include=["communique"]):
        import properties

    from alphabet import SENTENCE

    properties.check_text(f"{SENTENCE} Ã© desécurité")  # whatever is loaded once is there before inputs are timed
    properties.check_page(f"<html><body><p>{SENTENCE}</p>")
    logging.disable()  # trafilatura says of every page what is wrong with it
    atheris.Setup([sys.argv[0], *arguments], check)
    atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--corpus", type=Path, help="a folder of inputs that is begun with and added to")
    parser.add_argument("--found", type=Path, default=Path(), help="the folder where inputs that break are saved")
    parser.add_argument("--replay", type=Path, help="a saved input, to be held against its property once")
    parser.add_argument("--worker", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker is not None:
        fuzz(options.worker)
    if options.replay:
        check(options.replay.read_bytes())
        print("nothing broke")
        return 0
    with contextlib.ExitStack() as stack:
        corpus = options.corpus or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        begin(corpus)
        return run(corpus, options.found, int(options.minutes * 60))


def begin(corpus: Path) -> None:
    """Put the seed articles into a corpus, each as a text, mentions and a file; the rest is found from there."""
    corpus.mkdir(parents=True, exist_ok=True)
    for path in sorted(SEEDS.glob("*.txt")):
        content = path.read_bytes()[:2000]
        for which in (66, 69, 70, 71, 40):  # text, page, mentions, repair, a file
            (corpus / f"{which}-{path.stem}").write_bytes(bytes([which, 0 if which > 63 else 1]) + content)
    for which in range(64):
        (corpus / f"pieces-{which}").write_bytes(bytes([which, 0, *range(which, 256, 7)]))
        (corpus / f"pieces-{which + 64}").write_bytes(bytes([which + 64, 1, *range(which, 256, 7)]))


def run(corpus: Path, found: Path, seconds: int) -> int:
    before, start = len(list(corpus.iterdir())), time.monotonic()
    saved = f"{found.resolve()}/broken-"
    command = [
        sys.executable, __file__, "--worker", str(corpus), f"-max_total_time={seconds}", f"-artifact_prefix={saved}",
        "-max_len=512", "-timeout=300", "-rss_limit_mb=4096", "-print_final_stats=1",
    ]  # fmt: skip
    said = ""
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace", env=os.environ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            print(line, end="", file=sys.stderr)
            said = (said + line)[-200_000:]
    covered = [int(n) for n in re.findall(r"cov: (\d+)", said)]
    executions = re.search(r"number_of_executed_units: *(\d+)", said)
    print(
        f"{int(executions[1]) if executions else 0:,} executions in {(time.monotonic() - start) / 60:.1f} minutes, "
        f"{covered[-1] if covered else 0:,} edges covered, {len(list(corpus.iterdir())) - before:,} inputs that reached new code"
    )
    broken = re.search(r"Test unit written to (\S+)", said)
    if process.returncode:
        print(
            f"broken by {broken[1]}: python {sys.argv[0]} --replay {broken[1]}" if broken else "ended early: see above"
        )
    return 1 if process.returncode else 0


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    raise SystemExit(main())
