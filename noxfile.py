"""The package as it is installed: on every Python it names, with the newest dependencies and with the oldest it allows.

`make versions` runs all of it, `nox -s oldest` a part. A Python that is not found is skipped, which nox says.
The oldest are what uv takes of pyproject.toml by `--resolution lowest-direct`, so that no second list can go stale.
"""

import json
from pathlib import Path

import nox

PYTHONS = ("3.10", "3.11", "3.12", "3.13")
EXTRAS = "hub,notebook,report,train"  # finetune and ray weigh gigabytes, and have tests of their own in .ci/run
#: What depends on other people's code. What depends on the model or the corpus is the same with every version.
TESTS = (
    *(
        "tests/reading",
        "tests/mentions",
        "tests/domains",
        "tests/partners",
        "tests/encoder",
        "tests/batch",
        "tests/cli",
    ),
    *("tests/test_labeler.py", "tests/test_bundle.py", "tests/test_tables.py", "tests/test_hub.py"),
    *("tests/evaluation/test_measure.py", "tests/report/test_page.py", "tests/report/test_summary.py"),
)

#: Of the packages that an installation without extras brings, and what it must not bring.
MEGABYTES = 400
NEVER = {"torch", "transformers", "pandas", "datasets", "ray", "altair"}

nox.options.default_venv_backend = "uv"
nox.options.error_on_missing_interpreters = False


def wheel(session: nox.Session) -> str:
    """The wheel of the tree as it is now: what is tested is what users get."""
    folder = Path(session.create_tmp()).resolve()
    session.run("uv", "build", "--quiet", "--wheel", "--out-dir", str(folder), external=True)
    return str(max(folder.glob("*.whl"), key=lambda path: path.stat().st_mtime))


def check(session: nox.Session, resolution: str) -> None:
    """Install the wheel with its dependencies as uv resolves them, show what came, run the tests."""
    session.install(f"communique[{EXTRAS}] @ file://{wheel(session)}", "--resolution", resolution)
    session.install("pytest", "hypothesis")
    session.run("uv", "pip", "list", external=True)
    session.run("pytest", *(session.posargs or TESTS))


@nox.session(python=PYTHONS)
def newest(session: nox.Session) -> None:
    """The newest version of every dependency."""
    check(session, "highest")


@nox.session(python=PYTHONS[0])
def oldest(session: nox.Session) -> None:
    """The oldest version of every dependency that pyproject.toml allows, on the oldest Python."""
    check(session, "lowest-direct")


@nox.session(python=PYTHONS[-1])
def core(session: nox.Session) -> None:
    """Without any extra: what comes along, how large it is, and that it labels."""
    session.install(wheel(session))
    listed = session.run("uv", "pip", "list", "--format", "json", external=True, silent=True)
    names = {package["name"] for package in json.loads(listed.splitlines()[-1])}
    if heavy := sorted(names & NEVER):
        session.error(f"without extras there should be no {', '.join(heavy)}")
    (site,) = Path(session.virtualenv.location).glob("lib/python*/site-packages")
    sizes = {folder.name: sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) for folder in site.iterdir()}
    largest = sorted(sizes.items(), key=lambda item: -item[1])[:8]
    total = sum(sizes.values()) / 1e6
    session.log(f"{total:.0f} MB; the largest: {', '.join(f'{name} {size / 1e6:.0f}' for name, size in largest)}")
    if total > MEGABYTES:
        session.error(f"the packages have {total:.0f} MB, more than {MEGABYTES}")
    for model in ("fast", "accurate"):
        session.run("communique", "predict", "seeds/05_defense_cuba.txt", "--model", model, "--format", "table")
