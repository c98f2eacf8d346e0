"""Measure a labeler against coded articles. The metrics, exactly: docs/evaluation.md."""

from communique.evaluation.align import Pair, aligned, paired
from communique.evaluation.bootstrap import SAMPLES, Estimate
from communique.evaluation.compare import compare
from communique.evaluation.confusion import NONE, Confusion, confusion
from communique.evaluation.curves import calibration_curve, calibration_error, threshold_curve
from communique.evaluation.errors import ERROR_KINDS, Error, ErrorCount, ErrorKind, count_errors, errors_of
from communique.evaluation.measure import evaluate, measure
from communique.evaluation.result import Comparison, Difference, Evaluation, LabelScore, Score, Slice

__all__ = [
    "ERROR_KINDS",
    "NONE",
    "SAMPLES",
    "Comparison",
    "Confusion",
    "Difference",
    "Error",
    "ErrorCount",
    "ErrorKind",
    "Estimate",
    "Evaluation",
    "LabelScore",
    "Pair",
    "Score",
    "Slice",
    "aligned",
    "calibration_curve",
    "calibration_error",
    "compare",
    "confusion",
    "count_errors",
    "errors_of",
    "evaluate",
    "measure",
    "paired",
    "threshold_curve",
]
