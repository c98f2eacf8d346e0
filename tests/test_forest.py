import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from communique.forest import Forest


def test_the_arrays_judge_as_scikit_learn_does():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(800, 6)).round(2).astype(np.float32)
    y = (X[:, 0] + X[:, 1] * X[:, 2] > 0).astype(int)
    model = HistGradientBoostingClassifier(max_iter=40, max_leaf_nodes=12, random_state=0).fit(X, y)
    forest = Forest.of(model)
    assert np.allclose(forest.decision_function(X), model.decision_function(X), atol=1e-4)
    rebuilt = Forest.from_arrays(forest.to_arrays(), columns=X.shape[1])
    assert np.array_equal(rebuilt.decision_function(X), forest.decision_function(X))
