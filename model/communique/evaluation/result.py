"""What an evaluation found, as records, and as JSON (docs/evaluation.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from communique.evaluation.align import Pair
from communique.evaluation.bootstrap import Estimate
from communique.evaluation.curves import Curves

#: Raised when a key of the JSON is renamed, removed, or comes to mean something else.
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1, each in [0, 1]; `n` counts gold items."""

    precision: float
    recall: float
    f1: float
    n: int


@dataclass(frozen=True, slots=True)
class LabelScore:
    """A domain's score, its average precision, and its expected calibration error over ten bins of equal width."""

    precision: float
    recall: float
    f1: float
    average_precision: float | None
    ece: float
    n: int


@dataclass(frozen=True, slots=True)
class Slice:
    """The main metrics on the paragraphs whose `by` (year, home, outlet, language, length, text) is `value`."""

    by: str
    value: str
    articles: int
    n: int
    metrics: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Difference:
    """How much better a metric is than with another model: `difference` = value - other, with its 95% interval.

    It `holds` where the interval excludes 0.
    """

    value: float
    other: float
    difference: float
    low: float | None
    high: float | None
    holds: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """The main metrics beside those of the model `other` on the same articles, by a paired bootstrap over them."""

    other: str
    differences: Mapping[str, Difference]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that was measured of a model. `n`: coded body paragraphs. `samples`: behind each interval, 0 for none.

    `metrics` has every figure by its name ("domains.defense.f1"), `curves` those of the domains ("domains.defense") and of
    "partners"; the properties are the same figures for code. `paragraphs` are the coded ones, boilerplate too, each beside
    the model's.
    """

    model: str
    domains: tuple[str, ...]
    articles: int
    n: int
    samples: int
    metrics: Mapping[str, Estimate]
    curves: Mapping[str, Curves]
    slices: tuple[Slice, ...] = ()
    comparison: Comparison | None = None
    paragraphs: tuple[Pair, ...] = field(default=(), repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The figures, without the paragraphs, as plain dictionaries, for JSON."""
        figures = asdict(replace(self, paragraphs=()))
        del figures["paragraphs"]
        return {"format": FORMAT, **figures}

    @property
    def macro_f1(self) -> float:
        """Of the domains, as are `micro_f1` and `exact`."""
        return self._value("domains.macro_f1")

    @property
    def micro_f1(self) -> float:
        return self._value("domains.micro_f1")

    @property
    def exact(self) -> float:
        return self._value("domains.exact")

    @property
    def labels(self) -> dict[str, LabelScore]:
        """The scores of each domain."""
        return {domain: self._label(f"domains.{domain}") for domain in self.domains}

    @property
    def partners(self) -> Score:
        return self._score("partners")

    @property
    def named(self) -> Score:
        return self._score("named")

    @property
    def carried(self) -> Score:
        return self._score("carried")

    @property
    def partners_exact(self) -> float:
        return self._value("partners.exact")

    @property
    def pairs(self) -> Score:
        return self._score("pairs")

    @property
    def kind(self) -> Score | None:
        """Of boilerplate; None where no article brought its raw text."""
        return None if self.metrics["kind.f1"].value is None else self._score("kind")

    @property
    def review(self) -> float:
        """The share of paragraphs that are flagged."""
        return self._value("review.flagged")

    @property
    def exact_unflagged(self) -> float | None:
        """Exact match of the domains on the other paragraphs, None where there are none."""
        return self.metrics["review.exact_unflagged"].value

    def _value(self, name: str) -> float:
        return self.metrics[name].value or 0.0

    def _score(self, name: str) -> Score:
        precision, recall, f1 = (self._value(f"{name}.{part}") for part in ("precision", "recall", "f1"))
        return Score(precision, recall, f1, self.metrics[f"{name}.f1"].n)

    def _label(self, name: str) -> LabelScore:
        base = self._score(name)
        average = self.metrics[f"{name}.average_precision"].value
        return LabelScore(base.precision, base.recall, base.f1, average, self._value(f"{name}.ece"), base.n)
