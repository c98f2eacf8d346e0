import numpy as np
import pytest
from sklearn.base import clone

from communique.codebook import DOMAINS
from communique.domains.linear import LinearDomainClassifier
from communique.domains.passage import Passage

WORDS = {
    "defense": "frégate armée",
    "policing": "police drogue",
    "cybersecurity": "réseau pirate",
    "diplomacy": "sommet traité",
}


def corpus(n=60):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, size=(n, 4))
    texts = [
        " ".join(WORDS[d] for d, y in zip(DOMAINS, row, strict=True) if y) + f" x{i}" for i, row in enumerate(labels)
    ]
    return [Passage(text) for text in texts], labels


@pytest.fixture(scope="module")
def fitted():
    X, Y = corpus()
    return LinearDomainClassifier(bits=12).fit(X, Y, groups=[str(i // 3) for i in range(len(X))])


def test_it_learns_words(fitted):
    X, Y = corpus()
    assert (fitted.predict(X) == Y).mean() > 0.97
    probabilities = fitted.predict_proba(X)
    assert probabilities.shape == (len(X), 4)
    assert ((probabilities >= 0) & (probabilities <= 1)).all()


def test_clone_keeps_parameters_and_forgets_the_fit(fitted):
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert not hasattr(copy, "coef_")


def test_same_data_same_seed_same_weights(fitted):
    X, Y = corpus()
    again = clone(fitted).fit(X, Y, groups=[str(i // 3) for i in range(len(X))])
    for name, array in fitted.to_arrays().items():
        assert np.array_equal(array, again.to_arrays()[name]), name


def test_arrays_rebuild_it(fitted):
    X, _ = corpus()
    rebuilt = LinearDomainClassifier.from_arrays(fitted.to_arrays(), fitted.get_params())
    assert np.allclose(rebuilt.predict_proba(X), fitted.predict_proba(X), atol=1e-5)


def test_no_passages_give_no_rows(fitted):
    assert fitted.predict_proba([]).shape == (0, 4)


def test_a_domain_without_examples_is_never_predicted():
    X, Y = corpus()
    Y[:, 2] = 0
    assert LinearDomainClassifier(bits=12).fit(X, Y).predict(X)[:, 2].sum() == 0


@pytest.mark.parametrize("shape", [(59, 4), (60, 3)])
def test_wrong_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="expected Y of shape"):
        LinearDomainClassifier().fit(corpus()[0], np.zeros(shape, dtype=int))


def test_unknown_parameters_are_refused():
    with pytest.raises(ValueError, match="unknown parameter 'depth'"):
        LinearDomainClassifier().set_params(depth=3)


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("FRÉGATE", "frégate", "case tells no words apart"),
        ("frégate été", "fregate ete", "nor do accents"),
        ("frégate, armée", "(frégate)\narmée !", "nor does what stands around them"),
        ("a frégate y", "frégate", "a letter by itself is no word"),
    ],
)
def test_what_is_one_word(fitted, one, other, reason):
    assert np.array_equal(*(fitted.decision_function([Passage(text)]) for text in (one, other))), reason


def test_a_passage_is_judged_as_it_is_among_others(fitted):
    signals = ("here:defense", "title:policing", "first")
    X = [
        Passage("frégate", signals=signals),
        Passage("police"),
        Passage("frégate", title="sommet", signals=signals[:1]),
    ]
    alone = np.concatenate([fitted.decision_function([x]) for x in X])
    assert np.array_equal(fitted.decision_function(X), alone)
