"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

import communique
from communique.labeler import Labeler

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def labeler() -> Labeler:
    """The fast model, whichever is the default: what is tested here does not depend on the labels."""
    return communique.load("fast")


@pytest.fixture
def small_files() -> Callable[[int], AbstractContextManager[None]]:
    """A limit on the size of files, meanwhile: it stands for a full disk."""
    resource = pytest.importorskip("resource", reason="needs the limits of a Unix")

    @contextmanager
    def limited(limit: int) -> Iterator[None]:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limited


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a disk in memory")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.fixture
def as_nobody() -> Callable[[], AbstractContextManager[None]]:
    """Without the rights of root, who may write anywhere, meanwhile."""

    @contextmanager
    def changed() -> Iterator[None]:
        if os.getuid():
            yield
            return
        os.setresuid(65534, 65534, 0)
        try:
            yield
        finally:
            os.setresuid(0, 0, 0)

    return changed


@pytest.fixture
def locked() -> Iterator[Path]:
    """A folder that anyone may enter and nobody write in; in it `old.json`, which holds "old"."""
    place = Path(tempfile.mkdtemp())
    (place / "old.json").write_text("old")
    place.chmod(0o555)
    yield place
    place.chmod(0o755)
    shutil.rmtree(place)
