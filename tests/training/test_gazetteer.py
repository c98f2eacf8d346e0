"""The tables of data/gazetteer are sound, and what the package ships was compiled from them."""

import gzip

import pytest

from communique.codebook import BODIES, COUNTRIES
from communique.errors import CommuniqueError
from communique.training.gazetteer import compile_tables, entries, known_words


@pytest.fixture(scope="module")
def tables(root):
    return root / "data" / "gazetteer"


def test_the_shipped_files_are_up_to_date(tables, root):
    package = root / "model" / "communique"
    shipped = gzip.decompress((package / "mentions" / "gazetteer.tsv.gz").read_bytes())
    # Babel's releases bring new CLDR names, so only what the tables say must be there.
    missing = set(gzip.decompress(compile_tables(tables)).splitlines()) ^ set(shipped.splitlines())
    assert not missing, "run: python -m communique.training.gazetteer"
    assert (package / "reading" / "known_words.txt").read_text("utf-8") == known_words(tables)


def test_every_code_has_a_name_in_both_languages(tables):
    named = {(e.code, e.lang) for e in entries(tables) if e.form == "name"}
    assert not {(code, lang) for code in COUNTRIES | BODIES.keys() for lang in ("fr", "en")} - named


def test_an_unknown_code_is_refused(tables, tmp_path):
    for path in tables.glob("*.tsv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with (tmp_path / "bodies.tsv").open("a", encoding="utf-8") as stream:
        stream.write("OPEC\ten\tname\tOPEC\n")
    with pytest.raises(CommuniqueError, match="unknown code 'OPEC'"):
        entries(tmp_path)
