"""The fast domain classifier: hashed words of the paragraph and of its context, and one logistic regression a domain."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from communique.codebook import DOMAINS
from communique.domains.calibration import Calibration, choose_thresholds
from communique.domains.passage import Passage

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

#: The parts of a passage, in the order of their columns.
_PARTS = ("text", "title", "lede", "before")
_TOKEN = r"(?u)@\w+|\b\w\w+\b"


class LinearDomainClassifier:
    """A scikit-learn estimator from passages to domains.

    X is a sequence of n `Passage`; Y an (n, 4) array of 0 and 1, columns in the order of `DOMAINS`.

    bits: 2**bits hash buckets for each part of a passage.
    strength: inverse of the regularisation (C of `LogisticRegression`).
    folds: of the cross-validation, grouped by article, that fits calibration and thresholds.
    seed: of its shuffle.
    """

    def __init__(
        self, *, bits: int = 17, strength: float = 3.0, context: float = 0.5, folds: int = 5, seed: int = 0
    ) -> None:
        self.bits = bits
        self.strength = strength
        self.context = context
        self.folds = folds
        self.seed = seed

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("bits", "strength", "context", "folds", "seed")}

    def set_params(self, **params: Any) -> LinearDomainClassifier:
        for name, value in params.items():
            if name not in self.get_params():
                raise ValueError(f"unknown parameter {name!r}: expected one of {', '.join(self.get_params())}")
            setattr(self, name, value)
        return self

    def fit(
        self, X: Sequence[Passage], Y: NDArray[np.int_], *, groups: Sequence[str] | None = None
    ) -> LinearDomainClassifier:
        """Fit weights on all of X; calibration and thresholds on scores of held-out folds, whole `groups` apart."""
        from sklearn.model_selection import GroupKFold, KFold

        Y = np.asarray(Y)
        if Y.shape != (len(X), len(DOMAINS)):
            raise ValueError(f"expected Y of shape ({len(X)}, {len(DOMAINS)}), got {Y.shape}")
        counts = self._counts(X)
        self.idf_ = _inverse_frequency(counts)
        features = self._weighted(counts)
        held_out = np.zeros(Y.shape)
        if groups is None:
            splits = KFold(self.folds, shuffle=True, random_state=self.seed).split(features)
        else:
            splits = GroupKFold(self.folds, shuffle=True, random_state=self.seed).split(
                features, groups=np.asarray(groups)
            )
        for train, test in splits:
            coef, intercept = self._regress(features[train], Y[train])
            held_out[test] = features[test] @ coef.T + intercept
        self.calibration_ = Calibration.fit(held_out, Y)
        self.held_out_ = self.calibration_.apply(held_out)
        self.thresholds_ = choose_thresholds(self.held_out_, Y)
        self.coef_, self.intercept_ = self._regress(features, Y)
        self.classes_ = np.asarray(DOMAINS)
        return self

    def decision_function(self, X: Sequence[Passage]) -> NDArray[np.float64]:
        """Log-odds before calibration, shape (n, 4)."""
        if not X:
            return np.zeros((0, len(DOMAINS)))
        scores: NDArray[np.float64] = self._weighted(self._counts(X)) @ self.coef_.T + self.intercept_
        return scores

    def predict_proba(self, X: Sequence[Passage]) -> NDArray[np.float64]:
        """Calibrated probability of each domain, shape (n, 4)."""
        return self.calibration_.apply(self.decision_function(X))

    def predict(self, X: Sequence[Passage]) -> NDArray[np.int_]:
        """0 or 1 for each domain, shape (n, 4)."""
        labels: NDArray[np.int_] = (self.predict_proba(X) >= self.thresholds_).astype(int)
        return labels

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The fitted state as plain arrays, for a model folder."""
        return {
            "coef": self.coef_.astype(np.float32),
            "intercept": self.intercept_.astype(np.float64),
            "idf": self.idf_.astype(np.float32),
            "slope": self.calibration_.slope,
            "offset": self.calibration_.offset,
            "thresholds": self.thresholds_,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], params: Mapping[str, Any]) -> LinearDomainClassifier:
        """The estimator whose `to_arrays` gave `arrays`."""
        self = cls(**params)
        self.coef_ = np.asarray(arrays["coef"])
        self.intercept_ = np.asarray(arrays["intercept"])
        self.idf_ = np.asarray(arrays["idf"])
        self.calibration_ = Calibration(np.asarray(arrays["slope"]), np.asarray(arrays["offset"]))
        self.thresholds_ = np.asarray(arrays["thresholds"])
        self.classes_ = np.asarray(DOMAINS)
        return self

    def _regress(self, features: csr_matrix, Y: NDArray[np.int_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        from sklearn.linear_model import LogisticRegression

        coefs, intercepts = [], []
        for column in Y.T:
            if column.min() == column.max():  # a domain without any example, or without a counter-example
                coefs.append(np.zeros(features.shape[1]))
                intercepts.append(4.0 if column.max() else -4.0)
                continue
            model = LogisticRegression(C=self.strength, max_iter=1000, solver="liblinear", random_state=self.seed)
            model.fit(features, column)
            coefs.append(model.coef_[0])
            intercepts.append(float(model.intercept_[0]))
        return np.asarray(coefs), np.asarray(intercepts)

    def _counts(self, X: Sequence[Passage]) -> list[csr_matrix]:
        """Hashed counts of each part and of the signals. Each text is hashed once, however many passages show it."""
        from sklearn.feature_extraction.text import HashingVectorizer

        texts: dict[str, int] = {}
        rows = {part: [texts.setdefault(getattr(p, part), len(texts)) for p in X] for part in _PARTS}
        words = HashingVectorizer(
            n_features=1 << self.bits, ngram_range=(1, 2), token_pattern=_TOKEN, preprocessor=_plain,
            alternate_sign=False, norm=None, dtype=np.float32,
        )  # fmt: skip
        signals = HashingVectorizer(
            analyzer=_signals, n_features=1 << 10, alternate_sign=False, norm=None, dtype=np.float32
        )
        hashed = words.transform(texts)
        return [*(hashed[rows[part]] for part in _PARTS), signals.transform(p.signals for p in X)]

    def _weighted(self, counts: list[csr_matrix]) -> csr_matrix:
        from scipy.sparse import csr_matrix, diags, hstack
        from sklearn.preprocessing import normalize

        weighted = []
        for part, matrix in zip(_PARTS, counts, strict=False):
            matrix = csr_matrix((1 + np.log(matrix.data), matrix.indices, matrix.indptr), shape=matrix.shape)
            matrix = normalize(matrix @ diags(self.idf_), copy=False)
            weighted.append(matrix if part == "text" else matrix * self.context)
        weighted.append(counts[-1] * self.context)
        return hstack(weighted, format="csr", dtype=np.float32)


_ACCENTS = {
    point: unicodedata.normalize("NFKD", chr(point))[0] for point in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))
}


def _plain(text: str) -> str:
    """`text` in lower case without accents."""
    return text.lower().translate(_ACCENTS)


def _signals(signals: tuple[str, ...]) -> tuple[str, ...]:
    return signals


def _inverse_frequency(counts: list[csr_matrix]) -> NDArray[np.float32]:
    texts = counts[0]
    seen = np.bincount(texts.indices, minlength=texts.shape[1])
    idf: NDArray[np.float32] = (np.log((1 + texts.shape[0]) / (1 + seen)) + 1).astype(np.float32)
    return idf
