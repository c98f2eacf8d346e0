import json

import pytest

from communique.errors import CommuniqueError, FaultsError
from communique.reading.coded import read_coded


def article(id="a", **changes):
    paragraph = {"text": "x", "kind": "body", "domains": ["defense"], "partners": ["RUS"], "named": ["RUS"]}
    return {"id": id, "title": "T", "paragraphs": [{**paragraph, **changes}]}


def written(tmp_path, *lines):
    path = tmp_path / "g.jsonl"
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


def test_a_sound_file(tmp_path):
    path = written(tmp_path, article(), "")
    (coded,) = read_coded([path])
    assert (coded.home, coded.paragraphs[0].coding.partners) == ("VNM", ("RUS",))
    assert (coded.lang, coded.date, coded.source) == (None, None, None)
    assert read_coded([tmp_path]) == [coded]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"domains": []}, "an empty label set is an ordinary answer"),
        ({"domains": [], "partners": [], "named": []}, "nothing to say of a paragraph"),
        ({"domains": None, "partners": None, "named": None}, "null stands for empty"),
        ({"kind": "boilerplate", "domains": [], "partners": [], "named": []}, "boilerplate without labels"),
        ({"partners": ["RUS", "RUS"], "named": []}, "a code given twice is one"),
    ],
)
def test_what_is_no_fault(tmp_path, changes, reason):
    assert len(read_coded([written(tmp_path, article(**changes))])) == 1, reason


@pytest.mark.parametrize(
    ("lines", "message", "reason"),
    [
        ([article(domains=["trade"])], "g.jsonl:1: paragraph 0: unknown domain 'trade'", "unknown domain"),
        ([article(partners=["XYZ"], named=[])], "unknown partner 'XYZ'", "unknown code"),
        ([article(kind="boilerplate")], "boilerplate carries no labels", "label on boilerplate"),
        ([article(kind="caption")], "expected kind body or boilerplate", "unknown kind"),
        ([article(partners=[])], "RUS is named but no partner", "named is within partners"),
        ([article(partners=["VNM"], named=[])], "the home country VNM is never a partner", "home as partner"),
        ([article(domains="defense")], "expected 'domains' as a list", "a string for a list"),
        ([article(domains="")], "expected 'domains' as a list", "an empty string is no empty list"),
        ([article(text=" ")], "expected the text of the paragraph", "a paragraph without text"),
        ([article(), article()], "g.jsonl:2: duplicate id 'a', first at", "duplicate id"),
        ([{"id": "a", "paragraphs": []}], "expected \"paragraphs\" as a list", "no paragraphs"),
        ([{"id": "a", "paragraphs": ["x"]}], "paragraph 0: expected {\"text\"", "a text for a paragraph"),
        ([{"title": "T"}], "expected a coded article", "no id"),
        ([[]], "expected a coded article", "no object"),
        ([{**article(), "home": "Vietnam"}], "expected a home country", "unknown home"),
        ([{**article(), "date": 2025}], "expected 'date' as a string, got 2025", "a number for a date"),
        (["{"], "g.jsonl:1: broken JSON", "broken JSON"),
        (["["  * 100_000], "g.jsonl:1: broken JSON", "JSON that is too deep"),
    ],
)  # fmt: skip
def test_faults_are_refused(tmp_path, lines, message, reason):
    with pytest.raises(FaultsError) as error:
        read_coded([written(tmp_path, *lines)])
    assert message in str(error.value), reason
    assert len(error.value.faults) == 1, reason


def test_every_fault_is_listed_line_by_line(tmp_path):
    lines = [
        "{",
        article(domains=["trade", "sport"], partners=["XYZ"]),
        article("b"),
        {**article("b", kind="boilerplate"), "home": "RUS"},
    ]
    with pytest.raises(FaultsError) as error:
        read_coded([written(tmp_path, *lines)])
    found = [(fault.line, fault.reason.removeprefix("paragraph 0: ")[:24]) for fault in error.value.faults]
    assert found == [
        (1, "broken JSON (Expecting p"),
        (2, "unknown domain 'trade': "),
        (2, "unknown domain 'sport': "),
        (2, "unknown partner 'XYZ': e"),
        (2, "RUS is named but no part"),
        (4, "boilerplate carries no l"),
        (4, "the home country RUS is "),
        (4, "duplicate id 'b', first "),
    ]
    assert str(error.value).startswith("8 faults; mend them all and try again\n")
    assert len(str(error.value).splitlines()) == 9


def test_of_many_faults_the_first_are_shown_and_the_rest_counted(tmp_path):
    with pytest.raises(FaultsError) as error:
        read_coded([written(tmp_path, *["{"] * 100)])
    shown = str(error.value).splitlines()
    assert len(error.value.faults) == 100
    assert len(shown) == FaultsError.SHOWN + 2
    assert shown[-1] == "… and 60 more"


def test_nothing_to_read(tmp_path):
    with pytest.raises(CommuniqueError, match="no such file"):
        read_coded([tmp_path / "none.jsonl"])
    with pytest.raises(CommuniqueError, match=r"expected a folder with \.jsonl files"):
        read_coded([tmp_path])
    with pytest.raises(CommuniqueError, match="expected coded articles"):
        read_coded([written(tmp_path, "")])
