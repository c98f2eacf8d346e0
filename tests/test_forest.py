import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from communique.forest import Forest


def boosted(leaves):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 6)).round(2).astype(np.float32)
    y = (X[:, 0] + X[:, 1] * X[:, 2] > 0).astype(int)
    model = HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=leaves, min_samples_leaf=2, random_state=0)
    return X, model.fit(X, y)


@pytest.mark.parametrize(
    ("leaves", "reason"),
    [
        (2, "one node a tree"),
        (8, "all bits of a byte"),
        (12, "more than a byte"),
        (31, "four bytes"),
        (64, "all bits of the largest"),
    ],
)
def test_the_arrays_judge_as_scikit_learn_does(leaves, reason):
    X, model = boosted(leaves)
    forest = Forest.of(model)
    assert np.allclose(forest.decision_function(X), model.decision_function(X), atol=1e-4), reason
    rebuilt = Forest.from_arrays(forest.to_arrays(), columns=X.shape[1])
    assert np.array_equal(rebuilt.decision_function(X), forest.decision_function(X))


def test_a_row_is_judged_as_it_is_among_others():
    X, model = boosted(12)
    forest = Forest.of(model)
    assert np.array_equal(forest.decision_function(X[7:8]), forest.decision_function(X)[7:8])


def test_trees_with_more_leaves_than_bits_are_refused():
    with pytest.raises(ValueError, match="at most 64 leaves, got one with"):
        Forest.of(boosted(100)[1])


def test_a_constant_says_the_same_of_every_row():
    assert Forest.constant(-4.0).decision_function(np.zeros((3, 2), dtype=np.float32)).tolist() == [-4.0] * 3


def test_nodes_in_a_circle_are_refused():
    arrays = Forest.of(boosted(8)[1]).to_arrays()
    inner = int(arrays["roots"][0])
    arrays["left"] = np.where(np.arange(len(arrays["left"])) == arrays["right"][inner], inner, arrays["left"])
    with pytest.raises(ValueError, match="expected trees"):
        Forest.from_arrays(arrays, columns=6)
