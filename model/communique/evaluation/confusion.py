"""Which domains are given in place of which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from communique.codebook import DOMAINS
from communique.evaluation.align import Pair
from communique.records import Coding

#: Stands for no domain at all, as if it were one more.
NONE = "none"


@dataclass(frozen=True, slots=True)
class Confusion:
    """The confusion of domains that may occur together: k domains, and `NONE` as the last of `labels`.

    counts: (k + 1, k + 1). On the diagonal, the paragraphs coded with a domain that were given it. Elsewhere, those coded
    with the domain of the row that were given the domain of the column although it was not coded. n: (k + 1,) the paragraphs
    coded with the domain of the row. A paragraph with several domains counts in several rows, so that a row does not add up.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    n: tuple[int, ...]

    @property
    def missed(self) -> tuple[int, ...]:
        """The paragraphs coded with the domain of a row that were not given it, (k + 1,)."""
        return tuple(n - row[k] for k, (n, row) in enumerate(zip(self.n, self.counts, strict=True)))


def confusion(pairs: Sequence[Pair], domains: Sequence[str] = DOMAINS) -> Confusion:
    """Count over the coded body paragraphs."""
    body = [pair for pair in pairs if pair.gold_kind == "body"]

    def matrix(codings: Sequence[Coding]) -> np.ndarray:
        rows = [[d in c.domains for d in domains] + [not c.domains] for c in codings]
        return np.asarray(rows, dtype=int).reshape(len(rows), len(domains) + 1)

    gold, predicted = matrix([p.gold for p in body]), matrix([p.predicted for p in body])
    counts = gold.T @ (predicted * (1 - gold)) + np.diag((gold * predicted).sum(axis=0))
    return Confusion((*domains, NONE), tuple(map(tuple, counts.tolist())), tuple(gold.sum(axis=0).tolist()))
