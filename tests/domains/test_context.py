import numpy as np
import pytest
from sklearn.base import clone

from communique.codebook import DOMAINS
from communique.domains.context import ContextDomainClassifier, look_back
from communique.domains.linear import LinearDomainClassifier
from communique.domains.passage import FIELDS, PLACES, Passage


def corpus(articles=60):
    """Articles of three paragraphs, of which the first tells the field of all."""
    rng = np.random.default_rng(0)
    passages, labels = [], []
    for _ in range(articles):
        k = int(rng.integers(0, 4))
        row = [int(i == k) for i in range(4)]
        passages.append(Passage(f"le mot {DOMAINS[k]}", index=0))
        passages += [Passage(f"il a poursuivi {rng.integers(9)}", index=i) for i in (1, 2)]
        labels += [row] * 3
    return passages, np.asarray(labels)


@pytest.fixture(scope="module")
def fitted():
    X, Y = corpus()
    return ContextDomainClassifier(LinearDomainClassifier(bits=10), rounds=20).fit(X, Y)


def test_a_paragraph_takes_the_field_of_what_it_goes_on_about(fitted):
    X, Y = corpus()
    later = [i for i, p in enumerate(X) if p.index]
    assert (fitted.predict(X)[later] == Y[later]).all(axis=1).mean() > 0.9


def test_it_never_looks_ahead_nor_into_another_article(fitted):
    X, _ = corpus()
    whole = fitted.predict_proba(X)
    for end in (1, 2, 3, 5):
        assert np.allclose(fitted.predict_proba(X[:end]), whole[:end])


def test_columns_of_the_look_back():
    odds = np.asarray([[0.5, 0.9, 0.1, 0.5], [0.5, 0.5, 0.5, 0.5]])
    first = Passage("a", index=0, signals=("here:defense",), partners=(0.75, 1.0))
    table = look_back([first, Passage("b @home", index=1), Passage("c", index=0)], np.vstack([odds, odds[:1]]))
    assert table.shape == (3, 24 + len(PLACES) * len(FIELDS) + 9)
    assert table[0, 4:8].tolist() == [-2.0] * 4
    assert table[1, 4:8] == pytest.approx(table[0, :4])
    assert table[0, 24 + FIELDS.index("defense")] == 1.0
    assert table[1, -5] == 1.0
    assert table[:, -4:].tolist() == [[0.75, 1, 0, 0], [0, 0, 0.75, 1], [0, 0, 0, 0]], (
        "the next article knows nothing of it"
    )


def test_arrays_rebuild_it(fitted):
    X, _ = corpus()
    rebuilt = ContextDomainClassifier.from_arrays(fitted.to_arrays(), fitted.parameters())
    assert np.allclose(rebuilt.predict_proba(X), fitted.predict_proba(X), atol=1e-4)


def test_a_paragraph_without_a_partner_is_of_home_affairs():
    rng = np.random.default_rng(0)
    scores = [float(rng.integers(0, 2)) for _ in range(200)]
    X = [Passage("l'armée a rebâti des digues", index=0, partners=(score, score)) for score in scores]
    Y = np.asarray([[int(score), 0, 0, 0] for score in scores])
    first = LinearDomainClassifier(bits=10).fit(X, Y)
    fitted = ContextDomainClassifier(rounds=20).fit(X, Y, first=first)
    assert fitted.first_ is first
    assert (fitted.predict(X) == Y).all()


def test_clone_keeps_parameters_of_both_looks(fitted):
    copy = clone(fitted)
    assert (copy.rounds, copy.first.bits) == (20, 10)
    assert copy.set_params(first__bits=9, rounds=5).get_params()["first__bits"] == 9
    assert not hasattr(copy, "trees_")
    with pytest.raises(ValueError, match="unknown parameter 'depth'"):
        copy.set_params(depth=3)


def test_no_passages_give_no_rows(fitted):
    assert fitted.predict_proba([]).shape == (0, 4)
