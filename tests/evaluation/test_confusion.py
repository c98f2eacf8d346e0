import numpy as np
import pytest
from sklearn.metrics import multilabel_confusion_matrix

from communique.codebook import DOMAINS
from communique.evaluation import NONE, Pair, confusion
from communique.records import Coding

DEFENSE, POLICING, BOTH = Coding(("defense",)), Coding(("policing",)), Coding(("defense", "policing"))


@pytest.mark.parametrize(
    ("gold", "found", "expected", "reason"),
    [
        (DEFENSE, DEFENSE, {("defense", "defense"): 1}, "right"),
        (DEFENSE, POLICING, {("defense", "policing"): 1}, "one in place of the other"),
        (DEFENSE, BOTH, {("defense", "defense"): 1, ("defense", "policing"): 1}, "right, and one more"),
        (BOTH, DEFENSE, {("defense", "defense"): 1}, "what is coded too is not confused"),
        (BOTH, Coding(), {("defense", NONE): 1, ("policing", NONE): 1}, "nothing in place of both"),
        (BOTH, Coding(("diplomacy",)), {("defense", "diplomacy"): 1, ("policing", "diplomacy"): 1}, "one in place of both"),
        (Coding(), POLICING, {(NONE, "policing"): 1}, "something in place of nothing"),
        (Coding(), Coding(), {(NONE, NONE): 1}, "nothing, rightly"),
    ],
)  # fmt: skip
def test_what_is_counted(pair, gold, found, expected, reason):
    result = confusion([pair(gold, found)])
    cells = {
        (coded, given): count
        for coded, row in zip(result.labels, result.counts, strict=True)
        for given, count in zip(result.labels, row, strict=True)
        if count
    }
    assert cells == expected, reason


def test_it_is_numpys_and_scikit_learns_on_the_same_arrays(random_pairs):
    rng = np.random.default_rng(8)
    gold, scores = rng.integers(0, 2, (200, 4)), rng.random((200, 4))
    got = (scores >= 0.5).astype(int)
    result = confusion(random_pairs(rng, gold, scores))
    assert result.labels == (*DOMAINS, NONE)
    coded = np.column_stack([gold, ~gold.any(axis=1)]).astype(bool)
    given = np.column_stack([got, ~got.any(axis=1)]).astype(bool)
    for i in range(5):
        for j in range(5):
            wanted = coded[:, i] & given[:, j] & (coded[:, j] if i == j else ~coded[:, j])
            assert result.counts[i][j] == wanted.sum()
    for k, ((_, _), (missed, hits)) in enumerate(multilabel_confusion_matrix(coded, given)):
        assert (result.counts[k][k], result.missed[k], result.n[k]) == (hits, missed, hits + missed)


def test_boilerplate_is_left_out_and_what_was_not_found_has_no_domain(pair):
    pairs = [pair(Coding(), DEFENSE, gold_kind="boilerplate"), Pair("a", "x", DEFENSE, "body", None)]
    result = confusion(pairs, ("defense",))
    assert (result.counts, result.n, result.missed) == (((0, 1), (0, 0)), (1, 0), (1, 0))


def test_nothing_to_count_is_an_ordinary_answer():
    assert confusion([], ("trade",)).counts == ((0, 0), (0, 0))
