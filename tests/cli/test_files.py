import os
from pathlib import Path

import pytest

from communique.cli.files import check_target, write_whole
from communique.errors import InputError


@pytest.mark.parametrize(
    ("name", "message", "reason"),
    [
        ("new/folder/page.html", None, "folders are made"),
        ("old.html", None, "an old file is replaced"),
        ("folder", "it is a folder; name a file", "a folder"),
        ("old.html/page.html", "cannot be written", "a file where a folder should be"),
        (os.devnull, None, "a device is written as it is"),
    ],
)
def test_what_can_be_written(tmp_path, name, message, reason):
    (tmp_path / "old.html").write_text("old")
    (tmp_path / "folder").mkdir()
    target = tmp_path / name
    if message:
        with pytest.raises(InputError, match=message):
            check_target(target)
    else:
        check_target(target)
        write_whole(target, "new \ud800")
        assert target.read_text() == ("" if name == os.devnull else "new ?"), reason
    assert not list(tmp_path.rglob("*.unfinished")), reason
    assert (tmp_path / "old.html").read_text() == ("new ?" if name == "old.html" and not message else "old")


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path, monkeypatch):
    target = tmp_path / "page.html"
    target.write_text("old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "no space left")))
    with pytest.raises(OSError, match="no space left"):
        write_whole(target, "new")
    assert [file.name for file in tmp_path.iterdir()] == ["page.html"]
    assert target.read_text() == "old"


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.html").write_text("old")
    (tmp_path / "link.html").symlink_to(tmp_path / "real.html")
    write_whole(tmp_path / "link.html", "new")
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "real.html").read_text() == "new"
