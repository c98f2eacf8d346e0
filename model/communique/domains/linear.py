"""The fast domain classifier: hashed words of the paragraph and of its context, and one logistic regression a domain."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from communique.arrays import Kind, checked, within
from communique.codebook import DOMAINS
from communique.domains.calibration import Calibration, choose_thresholds, scales
from communique.domains.passage import Passage

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

#: The parts of a passage, in the order of their columns.
_PARTS = ("text", "title", "lede", "before")
_TOKEN = re.compile(r"@\w+|\b\w\w+\b")


class LinearDomainClassifier:
    """A scikit-learn estimator from passages to domains.

    X is a sequence of n `Passage`; Y an (n, k) array of 0 and 1, columns in the order of `labels`.

    labels: names of the domains.
    bits: 2**bits hash buckets for each part of a passage.
    strength: inverse of the regularisation (C of `LogisticRegression`).
    folds: of the cross-validation, grouped by article, that fits calibration and thresholds.
    seed: of its shuffle.
    """

    def __init__(
        self,
        *,
        labels: Sequence[str] = DOMAINS,
        bits: int = 17,
        strength: float = 3.0,
        context: float = 0.5,
        folds: int = 5,
        seed: int = 0,
    ) -> None:
        self.labels = labels
        self.bits = bits
        self.strength = strength
        self.context = context
        self.folds = folds
        self.seed = seed

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("labels", "bits", "strength", "context", "folds", "seed")}

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
        if Y.shape != (len(X), len(self.labels)):
            raise ValueError(f"expected Y of shape ({len(X)}, {len(self.labels)}), got {Y.shape}")
        _, bucket, _ = _counted([p.text for p in X], self.bits)
        self.idf_ = _inverse_frequency(bucket, len(X), 1 << self.bits)
        features = self._features(X)
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
        self._keep(*self._regress(features, Y))
        self.classes_ = np.asarray(self.labels)
        return self

    def decision_function(self, X: Sequence[Passage]) -> NDArray[np.float64]:
        """Log-odds before calibration, shape (n, k).

        Each text is weighed once for each part it may play, however many passages show it.
        """
        labels = len(self.intercept_)
        scores = np.tile(self.intercept_, (len(X), 1))
        texts, places = _distinct(X)
        row, bucket, value = self._weighted(texts)
        by_part = np.zeros((len(texts), len(_PARTS) * labels), dtype=np.float32)
        if len(row):
            first = np.flatnonzero(np.diff(row, prepend=-1))
            by_part[row[first]] = np.add.reduceat(self.coef_[bucket] * value[:, None], first, axis=0)
        for k, rows in enumerate(places):
            scores += by_part[rows, k * labels : (k + 1) * labels]
        scores += self._of_signals(X)
        return scores

    def _of_signals(self, X: Sequence[Passage]) -> NDArray[np.float32]:
        """The sum of the weights of each passage's signals, always added in one order, shape (n, k)."""
        most = max((len(p.signals) for p in X), default=0)
        none = [_SIGNAL_BUCKETS] * most  # a row of zeros
        buckets = np.asarray([[*map(_signal_bucket, p.signals), *none[len(p.signals) :]] for p in X], dtype=np.intp)
        coef = np.vstack([self.signal_coef_, np.zeros_like(self.signal_coef_[:1])])
        total = np.zeros((len(X), coef.shape[1]), dtype=np.float32)
        for column in buckets.T:
            total += coef[column]
        return total

    def predict_proba(self, X: Sequence[Passage]) -> NDArray[np.float64]:
        """Calibrated probability of each domain, shape (n, k)."""
        return self.calibration_.apply(self.decision_function(X))

    def predict(self, X: Sequence[Passage]) -> NDArray[np.int_]:
        """0 or 1 for each domain, shape (n, k)."""
        labels: NDArray[np.int_] = (self.predict_proba(X) >= self.thresholds_).astype(int)
        return labels

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The fitted state as plain arrays, for a model folder; weights in half precision, as they are used."""
        return {
            "coef": self.coef_.astype(np.float16),
            "signal_coef": self.signal_coef_.astype(np.float32),
            "intercept": self.intercept_.astype(np.float64),
            "idf": self.idf_.astype(np.float16),
            "slope": self.calibration_.slope,
            "offset": self.calibration_.offset,
            "thresholds": self.thresholds_,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], params: Mapping[str, Any]) -> LinearDomainClassifier:
        """The estimator whose `to_arrays` gave `arrays`. Raises `ValueError` where they are none of its parameters."""
        self = cls(**params)
        if type(self.bits) is not int or not 1 <= self.bits <= _MOST_BITS:
            raise ValueError(f"expected bits from 1 to {_MOST_BITS}, got {self.bits!r}")
        labels, buckets = len(self.labels), 1 << self.bits
        kinds: dict[str, Kind] = {"coef": ("f2", (buckets, len(_PARTS) * labels)), "idf": ("f2", (buckets,))}
        kinds |= {"signal_coef": ("f4", (_SIGNAL_BUCKETS, labels)), "intercept": ("f8", (labels,))}
        found = checked(arrays, {**kinds, **scales(labels)})
        self.coef_ = found["coef"].astype(np.float32)
        self.signal_coef_ = found["signal_coef"]
        self.intercept_ = found["intercept"]
        self.idf_ = found["idf"].astype(np.float32)
        self.calibration_ = Calibration(found["slope"], found["offset"])
        self.thresholds_ = within(found["thresholds"], "thresholds", 0, 1)
        self.classes_ = np.asarray(self.labels)
        return self

    def _keep(self, coef: NDArray[np.float64], intercept: NDArray[np.float64]) -> None:
        """Keep the weights of `_regress`, (labels, parts * buckets + signals), as (buckets, parts * labels) for look-up."""
        labels, buckets = len(intercept), 1 << self.bits
        words, signals = coef[:, : len(_PARTS) * buckets], coef[:, len(_PARTS) * buckets :]
        scale = np.asarray([1.0, *[self.context] * (len(_PARTS) - 1)])
        by_part = words.reshape(labels, len(_PARTS), buckets) * scale[None, :, None]
        coef = np.ascontiguousarray(by_part.transpose(2, 1, 0).reshape(buckets, -1))
        self.coef_ = coef.astype(np.float16).astype(np.float32)
        self.signal_coef_ = np.ascontiguousarray(signals.T * self.context).astype(np.float32)
        self.intercept_ = intercept

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

    def _features(self, X: Sequence[Passage]) -> csr_matrix:
        """The columns of the regression: the buckets of each part, then those of the signals."""
        from scipy.sparse import csr_matrix, hstack

        texts, places = _distinct(X)
        row, bucket, value = self._weighted(texts)
        words = csr_matrix((value, (row, bucket)), shape=(len(texts), 1 << self.bits))
        signals = [(i, _signal_bucket(signal)) for i, passage in enumerate(X) for signal in passage.signals]
        at = np.asarray(signals, dtype=int).reshape(-1, 2)
        shape = (len(X), _SIGNAL_BUCKETS)
        blocks = [words[rows] * (1.0 if k == 0 else self.context) for k, rows in enumerate(places)]
        blocks.append(csr_matrix((np.full(len(at), self.context), (at[:, 0], at[:, 1])), shape=shape))
        return hstack(blocks, format="csr", dtype=np.float32)

    def _weighted(self, texts: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
        """Row, bucket and weight of each distinct word and pair of words, rows in order, each of length one."""
        row, bucket, count = _counted(texts, self.bits)
        value = (1 + np.log(count)) * self.idf_[bucket]
        norm = np.sqrt(np.bincount(row, weights=value * value, minlength=len(texts)))
        return row, bucket, (value / norm[row]).astype(np.float32)


def _distinct(X: Sequence[Passage]) -> tuple[list[str], list[list[int]]]:
    """The distinct texts of all passages, and for each part the number of each passage's text."""
    texts: dict[str, int] = {}
    places = [[texts.setdefault(getattr(p, part), len(texts)) for p in X] for part in _PARTS]
    return list(texts), places


_ACCENTS = {
    point: unicodedata.normalize("NFKD", chr(point))[0] for point in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))
}
_SIGNAL_BUCKETS = 1 << 10
#: As many buckets as anyone has words for.
_MOST_BITS = 24
_PAIR = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: spreads neighbouring products (Knuth, TAOCP 6.4)


class _Hashes(dict[str, tuple[int, ...]]):
    """CRC-32 of the words of what stands between two spaces, in lower case; remembered, unless it is endless."""

    _MOST, _LONGEST = 1 << 17, 64

    def __missing__(self, piece: str) -> tuple[int, ...]:
        if len(self) >= self._MOST:
            self.clear()
        words = _TOKEN.findall(piece.translate(_ACCENTS))
        found = tuple([crc32(word.encode("utf-8")) for word in words])
        if len(piece) <= self._LONGEST:
            self[piece] = found
        return found


_hashes = _Hashes()


@lru_cache(maxsize=1 << 12)
def _signal_bucket(signal: str) -> int:
    return crc32(signal.encode("utf-8")) % _SIGNAL_BUCKETS


def _counted(texts: Sequence[str], bits: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int_]]:
    """Row, bucket and count of the words and pairs of neighbouring words of each text, hashed to 2**bits buckets."""
    words = [list(chain.from_iterable(map(_hashes.__getitem__, text.lower().split()))) for text in texts]
    lengths = np.asarray([len(found) for found in words], dtype=np.intp)
    hashes = np.fromiter(chain.from_iterable(words), dtype=np.uint64, count=int(lengths.sum()))
    rows = np.repeat(np.arange(len(texts)), lengths)
    neighbours = rows[1:] == rows[:-1]
    pairs = (hashes[:-1] * _PAIR + hashes[1:] * np.uint64(3))[neighbours] * _PAIR
    every = np.concatenate([hashes * _PAIR, pairs]) >> np.uint64(64 - bits)
    keys, counts = np.unique(
        (np.concatenate([rows, rows[1:][neighbours]]) << bits) | every.astype(np.intp), return_counts=True
    )
    return keys >> bits, keys & ((1 << bits) - 1), counts


def _inverse_frequency(bucket: NDArray[np.intp], texts: int, buckets: int) -> NDArray[np.float32]:
    seen = np.bincount(bucket, minlength=buckets)
    idf = np.log((1 + texts) / (1 + seen)) + 1
    return idf.astype(np.float16).astype(np.float32)
