import sys

import pytest

import communique
from communique.errors import MissingExtraError
from communique.tables import COLUMNS

TEXT = "Visite <b>\n\nLe ministre de la Défense a reçu lundi à Hanoï son homologue <script>russe</script>, Ivan Petrov.\n\nPhoto : VNA\n"


@pytest.fixture(scope="module")
def articles(labeler):
    return list(labeler.label([TEXT, TEXT]))


def test_to_pandas(articles):
    frame = communique.to_pandas(iter(articles))
    assert tuple(frame.columns) == COLUMNS
    assert frame["partners"].tolist() == [["RUS"], ["RUS"]]
    assert frame["kind"].tolist() == ["body", "body"]
    assert communique.to_pandas(articles, keep_boilerplate=True)["kind"].tolist() == ["body", "boilerplate"] * 2
    assert articles[0].to_pandas().equals(frame[:1])


def test_to_dataset(articles):
    pytest.importorskip("datasets", reason="needs the notebook extra")
    dataset = communique.to_dataset(articles)
    assert tuple(dataset.column_names) == COLUMNS
    assert dataset[1]["evidence"] == next(articles[1].rows())["evidence"]
    assert dataset[1]["domain_scores"][0]["label"] == "defense"
    assert len(articles[0].to_dataset(keep_boilerplate=True)) == 2
    assert tuple(communique.to_dataset([]).column_names) == COLUMNS


def test_a_notebook_shows_an_article_escaped_with_its_evidence_marked(articles):
    html = articles[0]._repr_html_()
    assert "<script>" not in html
    assert "<b>Visite &lt;b&gt; · " in html
    assert 'title="RUS (named)">russe</mark>' in html
    assert "Photo" not in html


@pytest.mark.parametrize(("package", "call"), [("pandas", "to_pandas"), ("datasets", "to_dataset")])
def test_a_missing_package_is_named_with_its_extra(articles, monkeypatch, package, call):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'communique\[notebook\]'"):
        getattr(communique, call)(articles)
