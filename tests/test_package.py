"""What users get: the wheel, its licences, its dependencies."""

import json
import re
import subprocess
import sys
import zipfile

import pytest
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import communique
from communique.version import __version__

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def project(root):
    return ProjectMetadata(str(root), PluginManager()).core


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def members(wheel):
    """Files of the wheel; those beside the package without the name of their folder, which has the version."""
    with zipfile.ZipFile(wheel) as archive:
        return {re.sub(r"^communique-[^/]+\.dist-info", "info", name) for name in archive.namelist()}


def test_the_wheel_is_small(wheel):
    assert wheel.stat().st_size < 60 * MEGABYTE


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ("communique/py.typed", "type checkers read the annotations"),
        ("info/licenses/LICENSE", "the licence"),
        ("info/licenses/NOTICE", "licences of what others made"),
        ("communique/models/accurate/encoder.onnx", "the default model"),
        ("communique/models/accurate/README.md", "its card"),
        ("communique/models/fast/manifest.json", "the other model"),
        ("communique/models/fast/README.md", "its card"),
        ("communique/mentions/gazetteer.tsv.gz", "names of countries"),
        ("communique/report/world.json", "the map"),
    ],
)
def test_the_wheel_has(members, member, reason):
    assert member in members, reason


def test_the_wheel_has_nothing_else_than_the_package(members):
    kinds = {
        ".py",
        ".tsv",
        ".gz",
        ".txt",
        ".json",
        ".jsonl",
        ".css",
        ".html",
        ".js",
        ".onnx",
        ".safetensors",
        ".md",
        ".typed",
    }
    package = {name for name in members if not name.startswith("info/")}
    assert {name.split("/")[0] for name in package} == {"communique"}
    assert {name for name in package if not any(name.endswith(kind) for kind in kinds)} == set()
    assert {name for name in package if re.search(r"checkpoint|__pycache__|/tests?/|/articles/", name)} == set()
    models = {name.split("/")[2] for name in package if name.startswith("communique/models/")}
    assert models == {"fast", "accurate"}


def test_what_others_made_has_its_licence(root, members, project):
    notice = (root / "NOTICE").read_text("utf-8")
    manifest = json.loads((root / "model/communique/models/accurate/manifest.json").read_text("utf-8"))
    assert manifest["options"]["encoder"]["base"] in notice
    for name in re.findall(r"\w+/[\w/]+\.[\w.]+\w", notice):
        if not name.startswith("http"):
            assert f"communique/{name}" in members, name
    assert project.license_expression == "Apache-2.0 AND MIT AND ISC AND Unicode-3.0"


def test_every_dependency_has_its_reason(root, project):
    """CONTRIBUTING's table and pyproject.toml name the same packages in the same parts."""
    needed = {}
    for part, lines in {"core": project.dependencies, **project.optional_dependencies}.items():
        for requirement in map(Requirement, lines):
            needed.setdefault(canonicalize_name(requirement.name), set()).add(part)
    needed = {name: parts - {"dev"} or parts for name, parts in needed.items()}  # dev takes in other extras
    page = (root / "CONTRIBUTING.md").read_text("utf-8").split("## Dependencies")[1]
    rows = re.findall(r"^\| ([\w-]+) \| ([\w, ]+) \| (.+) \|$", page, re.MULTILINE)
    listed = {name: set(parts.split(", ")) for name, parts, reason in rows if reason.strip() and name != "package"}
    assert listed == needed


def test_every_name_at_the_door_is_there_and_no_other():
    for name in communique.__all__:
        assert getattr(communique, name) is not None, name
    with pytest.raises(AttributeError, match="no attribute 'frobnicate'"):
        communique.frobnicate  # noqa: B018 - looked up for its error


def test_every_dependency_has_a_lower_bound_and_no_upper_one(project):
    lines = [*project.dependencies, *(x for extra in project.optional_dependencies.values() for x in extra)]
    for requirement in map(Requirement, lines):
        operators = [specifier.operator for specifier in requirement.specifier]
        assert operators == [">="], str(requirement)


def test_the_citation_names_the_version(root):
    import yaml

    citation = yaml.safe_load((root / "CITATION.cff").read_text("utf-8"))
    assert (citation["version"], citation["license"], citation["type"]) == (__version__, "Apache-2.0", "software")
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
