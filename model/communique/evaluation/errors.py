"""What is wrong with a paragraph, by kinds of error, so that each can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from communique.evaluation.align import Pair

ErrorKind: TypeAlias = Literal[
    "domain_missed",
    "domain_added",
    "named_missed",
    "carried_missed",
    "named_added",
    "carried_added",
    "role_confused",
    "body_as_boilerplate",
    "body_not_found",
    "boilerplate_missed",
]

#: In the order in which they are shown.
ERROR_KINDS: tuple[ErrorKind, ...] = get_args(ErrorKind)


@dataclass(frozen=True, slots=True)
class Error:
    """One error: a domain or partner, `label`, that was missed or added; None where the paragraph's kind is wrong.

    A partner is missed where it is not among the partners at all, named or carried as it was coded; added likewise, as the
    model has it. Where it is among them, and only named and carried were confused, that is a kind of its own.
    """

    kind: ErrorKind
    label: str | None = None


@dataclass(frozen=True, slots=True)
class ErrorCount:
    """How many paragraphs have an error of a kind, and how many errors those are."""

    paragraphs: int
    errors: int


def errors_of(pair: Pair) -> tuple[Error, ...]:
    """All errors of a paragraph in the order of their kinds; none where it is right.

    A body paragraph that was taken for boilerplate or not found misses all its labels too; of coded boilerplate only the
    kind is compared, as in the metrics.
    """
    if pair.gold_kind != "body":
        right = pair.found is not None and pair.found.kind == pair.gold_kind
        return () if right else (Error("boilerplate_missed"),)
    return tuple(_errors_of_body(pair))


def _errors_of_body(pair: Pair) -> Iterator[Error]:
    gold, predicted = pair.gold, pair.predicted
    labels: Mapping[ErrorKind, Iterable[str]] = {
        "domain_missed": _without(gold.domains, predicted.domains),
        "domain_added": _without(predicted.domains, gold.domains),
        "named_missed": _without(gold.named, predicted.partners),
        "carried_missed": _without(gold.partners, (*gold.named, *predicted.partners)),
        "named_added": _without(predicted.named, gold.partners),
        "carried_added": _without(predicted.partners, (*predicted.named, *gold.partners)),
        "role_confused": (
            code
            for code in gold.partners
            if code in predicted.partners and (code in gold.named) != (code in predicted.named)
        ),
    }
    for kind, wrong in labels.items():
        yield from (Error(kind, label) for label in wrong)
    if pair.found is None:
        yield Error("body_not_found")
    elif pair.found.kind != "body":
        yield Error("body_as_boilerplate")


def count_errors(pairs: Iterable[Pair]) -> dict[ErrorKind, ErrorCount]:
    """The count of every kind, also of those that did not occur."""
    paragraphs: Counter[ErrorKind] = Counter()
    errors: Counter[ErrorKind] = Counter()
    for pair in pairs:
        kinds = [error.kind for error in errors_of(pair)]
        errors.update(kinds)
        paragraphs.update(set(kinds))
    return {kind: ErrorCount(paragraphs[kind], errors[kind]) for kind in ERROR_KINDS}


def _without(labels: Iterable[str], others: Iterable[str]) -> list[str]:
    left_out = set(others)
    return [label for label in labels if label not in left_out]
