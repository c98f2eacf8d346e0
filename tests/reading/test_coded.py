import json

import pytest

from communique.errors import CommuniqueError
from communique.reading.coded import read_coded


def article(**changes):
    paragraph = {"text": "x", "kind": "body", "domains": ["defense"], "partners": ["RUS"], "named": ["RUS"]}
    return {"id": "a", "title": "T", "paragraphs": [{**paragraph, **changes}]}


def test_a_sound_file(tmp_path):
    (tmp_path / "g.jsonl").write_text(json.dumps(article()) + "\n\n")
    (coded,) = read_coded([tmp_path / "g.jsonl"])
    assert (coded.home, coded.paragraphs[0].coding.partners) == ("VNM", ("RUS",))
    assert read_coded([tmp_path]) == [coded]


@pytest.mark.parametrize(
    ("lines", "message", "reason"),
    [
        ([article(domains=["trade"])], "g.jsonl:1: paragraph 0: unknown domain 'trade'", "unknown domain"),
        ([article(partners=["XYZ"])], "unknown partner 'XYZ'", "unknown code"),
        ([article(kind="boilerplate")], "boilerplate carries no labels", "label on boilerplate"),
        ([article(kind="caption")], "expected kind body or boilerplate", "unknown kind"),
        ([article(partners=[])], "RUS is named but no partner", "named is within partners"),
        ([article(partners=["VNM"], named=[])], "the home country VNM is never a partner", "home as partner"),
        ([article(domains="defense")], "expected 'domains' as a list", "a string for a list"),
        ([article(), article()], "g.jsonl:2: duplicate id 'a', first at", "duplicate id"),
        ([{"id": "a", "paragraphs": []}], "expected \"paragraphs\" as a list", "no paragraphs"),
        ([{"title": "T"}], "expected a coded article", "no id"),
    ],
)  # fmt: skip
def test_faults_are_refused_line_by_line(tmp_path, lines, message, reason):
    path = tmp_path / "g.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(CommuniqueError) as error:
        read_coded([path])
    assert message in str(error.value), reason


def test_broken_json_and_missing_files(tmp_path):
    (tmp_path / "g.jsonl").write_text("{")
    with pytest.raises(CommuniqueError, match="broken JSON"):
        read_coded([tmp_path / "g.jsonl"])
    with pytest.raises(CommuniqueError, match="no such file"):
        read_coded([tmp_path / "none.jsonl"])
