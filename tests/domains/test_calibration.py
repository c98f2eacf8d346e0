import numpy as np

from communique.domains.calibration import Calibration, choose_thresholds


def test_calibration_undoes_overconfidence():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(4000, 1))
    labels = (rng.random((4000, 1)) < 1 / (1 + np.exp(-truth))).astype(int)
    calibration = Calibration.fit(truth * 5, labels)
    assert np.allclose(calibration.slope, 0.2, atol=0.03)
    assert np.allclose(calibration.offset, 0, atol=0.1)


def test_thresholds_part_the_labels_where_they_can():
    probabilities = np.asarray([[0.9, 0.2], [0.8, 0.25], [0.3, 0.1], [0.2, 0.1]])
    labels = np.asarray([[1, 1], [1, 1], [0, 0], [0, 0]])
    thresholds = choose_thresholds(probabilities, labels)
    assert 0.3 < thresholds[0] <= 0.8
    assert 0.15 <= thresholds[1] <= 0.2


def test_a_threshold_that_would_add_more_wrong_labels_than_right_ones_is_not_taken():
    probabilities = np.asarray([[0.9]] * 3 + [[0.3]] * 10)
    labels = np.asarray([[1]] * 4 + [[0]] * 9)
    assert choose_thresholds(probabilities, labels)[0] > 0.3


def test_a_label_without_examples_keeps_a_half():
    assert choose_thresholds(np.asarray([[0.4]]), np.asarray([[0]])) == 0.5
