"""Decide which candidates are partners, walking articles in reading order, and which of them a paragraph names.

Articles are walked side by side: the first paragraphs of all are judged in one call, then the second ones, and so on.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from communique.arrays import checked, within
from communique.forest import Forest
from communique.partners.evidence import (
    COLUMNS,
    Scene,
    Words,
    WordWeights,
    rows,
    scene,
    words_around,
)
from communique.partners.memory import Memory
from communique.records import Coding, Draft, Reading

#: A word counts from so many paragraphs on: rarer ones would be learnt by heart.
_MIN_WORD = 8
_MENTIONS = COLUMNS.index("here:mentions")


@dataclass(frozen=True, slots=True)
class Task:
    """An article to resolve: its readings, and the domain probabilities of each body paragraph, shape (n, k).

    `odds` are a transformer's log-odds that a code is a partner, and that the paragraph names it, for each body paragraph
    and the candidates it was asked for; None where the model has no transformer.
    """

    draft: Draft
    domains: NDArray[np.float64]
    odds: Sequence[Mapping[str, tuple[float, float]]] | None = None

    def odds_of(self, index: int) -> Mapping[str, tuple[float, float]] | None:
        """The odds of a body paragraph's candidates."""
        return self.odds[index] if self.odds is not None else None


@dataclass(frozen=True, slots=True)
class Resolution:
    """The partners of one paragraph, in order of their scores; `scores` also has the candidates that were refused.

    `clues` are words that refer back to a carried partner: (code, start, stop) in the text of the reading.
    """

    partners: tuple[str, ...]
    named: tuple[str, ...]
    scores: Mapping[str, float]
    clues: tuple[tuple[str, int, int], ...] = ()


class PartnerResolver:
    """A scikit-learn-style estimator from tasks to resolutions.

    rounds, leaves, rate: size of the boosted trees; features: the share of columns each split may choose from. folds:
    of the cross-validation, grouped by article, that gives word weights, memories and threshold honest scores. seed: of
    everything random.
    """

    def __init__(
        self,
        *,
        rounds: int = 500,
        leaves: int = 32,
        rate: float = 0.05,
        features: float = 0.3,
        folds: int = 5,
        seed: int = 0,
    ) -> None:
        self.rounds = rounds
        self.leaves = leaves
        self.rate = rate
        self.features = features
        self.folds = folds
        self.seed = seed
        self._places: NDArray[np.intp] | None = None

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("rounds", "leaves", "rate", "features", "folds", "seed")}

    def fit(self, tasks: Sequence[Task], codings: Sequence[Sequence[Coding]]) -> PartnerResolver:
        """Fit on articles and the codings of their body paragraphs; thresholds come from held-out articles."""
        folds = np.random.default_rng(self.seed).permutation(len(tasks)) % self.folds
        # Word weights from the other folds, so that the trees learn how far to trust them.
        by_fold = [
            _fit_words([t for t, f in zip(tasks, folds, strict=True) if f != k], [c for c, f in zip(codings, folds, strict=True) if f != k], self.seed)
            for k in range(self.folds)
        ]  # fmt: skip
        # Two passes: trees that learnt from articles whose past is the coder's would trust their own past too far. So the
        # first pass reads with the coder's partners in memory, the second with the scores the first gave held-out articles.
        tables = [
            _evidence_of(t, c, by_fold[f], [dict.fromkeys(coding.partners, 1.0) for coding in c])
            for t, c, f in zip(tasks, codings, folds, strict=True)
        ]
        past = self._held_out(tasks, tables, folds, by_fold)
        tables = [
            _evidence_of(t, c, by_fold[f], [result.scores for result in p])
            for t, c, f, p in zip(tasks, codings, folds, past, strict=True)
        ]
        self.held_out_results_ = self._held_out(tasks, tables, folds, by_fold)
        held_out = [
            (result.scores.get(code, 0.0), int(code in coding.partners))
            for results, article in zip(self.held_out_results_, codings, strict=True)
            for result, coding in zip(results, article, strict=True)
            for code in {*result.scores, *coding.partners}
        ]
        self.held_out_ = np.asarray(held_out)
        self.threshold_ = _best_threshold(self.held_out_)
        self.named_threshold_ = 0.5
        self.words_ = _fit_words(tasks, codings, self.seed)
        self._grow(tables)
        return self

    def _held_out(
        self, tasks: Sequence[Task], tables: Sequence[_Table], folds: NDArray[np.int_], by_fold: Sequence[WordWeights]
    ) -> list[list[Resolution]]:
        """Each article resolved by trees that never saw its fold, as in use, on a memory of their own scores."""
        found: list[list[Resolution]] = [[] for _ in tasks]
        for k in range(self.folds):
            self.words_ = by_fold[k]
            self._grow([table for table, f in zip(tables, folds, strict=True) if f != k])
            self.threshold_, self.named_threshold_ = float(_GRID[0]), 0.5  # whatever threshold will be chosen, is named
            fold = [i for i, f in enumerate(folds) if f == k]
            for i, results in zip(fold, self.predict([tasks[i] for i in fold]), strict=True):
                found[i] = results
        return found

    def predict(self, tasks: Sequence[Task]) -> list[list[Resolution]]:
        """The resolutions of each task's body paragraphs, in reading order."""
        memories = [Memory(task.draft.home) for task in tasks]
        results: list[list[Resolution]] = [[] for _ in tasks]
        domains: list[list[list[float]]] = [task.domains.tolist() for task in tasks]
        for task, memory in zip(tasks, memories, strict=True):
            if task.draft.title:
                memory.read_title(task.draft.title)
        for step in range(max((len(task.draft.body) for task in tasks), default=0)):
            active, scenes, choices = [], [], []
            for i, (task, memory) in enumerate(zip(tasks, memories, strict=True)):
                if step < len(task.draft.body):
                    reading = task.draft.body[step]
                    if candidates := memory.candidates(reading):
                        seen = scene(reading, domains[i][step], self.words_, task.odds_of(step), home=memory.home)
                        active.append(i)
                        scenes.append(seen)
                        choices.append(candidates)
                    else:
                        results[i].append(Resolution((), (), {}))
                        memory.take(reading, {})
            if not active:
                continue
            table = _table(r for i, s, c in zip(active, scenes, choices, strict=True) for r in rows(s, memories[i], c))
            scores = self._scores(table, self.partner_trees_)
            named = self._named(table, scores)
            at = 0
            for i, current, candidates in zip(active, scenes, choices, strict=True):
                end = at + len(candidates)
                mine = dict(zip(candidates, scores[at:end].tolist(), strict=True))
                naming = {code for code, yes in zip(candidates, named[at:end], strict=True) if yes}
                at = end
                results[i].append(self._decided(current, mine, naming, memories[i]))
                memories[i].take(current.reading, mine)
        return results

    def _decided(self, current: Scene, scores: Mapping[str, float], naming: Set[str], memory: Memory) -> Resolution:
        ranked = sorted(scores, key=lambda code: (-scores[code], code)) if len(scores) > 1 else scores
        partners = tuple([code for code in ranked if scores[code] >= self.threshold_])
        named = tuple([code for code in partners if code in naming])
        carried = [code for code in partners if code not in current.mentions]
        clues = tuple([c for code in carried for c in _clues(code, current.reading, memory)])
        return Resolution(partners, named, {code: round(scores[code], 4) for code in ranked}, clues)

    def _named(self, table: NDArray[np.float32], scores: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which rows are partners that their paragraph names; only rows with a mention are asked."""
        named = (scores >= self.threshold_) & (table[:, _MENTIONS] > 0)
        named[named] = self._scores(table[named], self.named_trees_) >= self.named_threshold_
        return named

    def _scores(self, table: NDArray[np.float32], trees: Forest) -> NDArray[np.float64]:
        known = table[:, self._places] if self._places is not None and len(table) else table
        scores: NDArray[np.float64] = 1 / (1 + np.exp(-trees.decision_function(known)))
        return scores

    def _grow(self, tables: Sequence[_Table]) -> None:
        X = np.concatenate([t.rows for t in tables if len(t.rows)])
        y = np.concatenate([t.partner for t in tables])
        named = np.concatenate([t.named for t in tables])
        self.partner_trees_ = self._boosted(X, y)
        shown = (X[:, _MENTIONS] > 0) & (y == 1)
        self.named_trees_ = self._boosted(X[shown], named[shown])

    def _boosted(self, X: NDArray[np.float32], y: NDArray[np.int_]) -> Forest:
        from sklearn.ensemble import HistGradientBoostingClassifier

        model = HistGradientBoostingClassifier(
            max_iter=self.rounds, max_leaf_nodes=self.leaves, learning_rate=self.rate, min_samples_leaf=30,
            l2_regularization=5.0, max_features=self.features, early_stopping=False, random_state=self.seed,
        )  # fmt: skip
        return Forest.of(model.fit(X, y))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The fitted state as plain arrays, for a model folder; word weights as UTF-8 JSON bytes."""
        words = json.dumps(
            {"around": self.words_.around, "carry": self.words_.carry}, ensure_ascii=False, sort_keys=True
        )
        return {
            **{f"partner.{k}": v for k, v in self.partner_trees_.to_arrays().items()},
            **{f"named.{k}": v for k, v in self.named_trees_.to_arrays().items()},
            "words": np.frombuffer(words.encode("utf-8"), dtype=np.uint8),
            "thresholds": np.asarray([self.threshold_, self.named_threshold_]),
        }

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], params: Mapping[str, Any], *, places: Sequence[int]
    ) -> PartnerResolver:
        """The resolver whose `to_arrays` gave `arrays`.

        places: of the columns it was fitted on, among those that are gathered now. Raises `ValueError` where the arrays are
        no resolver's.
        """
        self = cls(**params)
        self._places = np.asarray(places, dtype=np.intp)
        found = checked(arrays, {"words": ("u1", (None,)), "thresholds": ("f8", (2,))})
        self.words_ = _word_weights(bytes(found["words"]))
        self.partner_trees_, self.named_trees_ = (
            Forest.from_arrays(
                {k.removeprefix(part): v for k, v in arrays.items() if k.startswith(part)}, columns=len(places)
            )
            for part in ("partner.", "named.")
        )
        self.threshold_, self.named_threshold_ = within(found["thresholds"], "thresholds", 0, 1).tolist()
        return self


def _word_weights(data: bytes) -> WordWeights:
    """The weights of words that `to_arrays` wrote. Raises `ValueError` where they are none."""
    words = json.loads(data.decode("utf-8"))
    places = [*words["around"].values(), words["carry"]]
    for weight in (weight for place in places for weight in place.values()):
        if type(weight) not in (int, float) or not math.isfinite(weight):
            raise ValueError(f"expected a number as the weight of a word, got {weight!r}")
    return WordWeights(words["around"], words["carry"])


def _clues(code: str, reading: Reading, memory: Memory) -> list[tuple[str, int, int]]:
    """The persons of `code` that a paragraph names; else its first two anaphors ("les deux parties")."""
    persons = [(code, start, stop) for start, stop in memory.names_of(code, reading.text)]
    if persons:
        return persons
    anaphors = sorted((c.start, c.stop) for c in reading.cues if c.type == "anaphor")
    return [(code, start, stop) for start, stop in anaphors[:2]]


@dataclass(frozen=True, slots=True)
class _Table:
    rows: NDArray[np.float32]
    partner: NDArray[np.int_]
    named: NDArray[np.int_]


def _evidence_of(
    task: Task, codings: Sequence[Coding], words: WordWeights, past: Sequence[Mapping[str, float]]
) -> _Table:
    """The evidence of every candidate of an article, with `past` as the memory of its paragraphs' scores."""
    memory = Memory(task.draft.home)
    if task.draft.title:
        memory.read_title(task.draft.title)
    table: list[list[float]] = []
    partner: list[int] = []
    named: list[int] = []
    rest = zip(task.draft.body, task.domains.tolist(), codings, past, strict=True)
    for index, (reading, domains, coding, scores) in enumerate(rest):
        candidates = memory.candidates(reading)
        seen = scene(reading, domains, words, task.odds_of(index), home=task.draft.home)
        table += rows(seen, memory, candidates)
        partner += [int(code in coding.partners) for code in candidates]
        named += [int(code in coding.named) for code in candidates]
        memory.take(reading, {code: scores.get(code, 0.0) for code in candidates})
    return _Table(_table(table), np.asarray(partner, dtype=int), np.asarray(named, dtype=int))


def _table(evidence: Iterable[Sequence[float]]) -> NDArray[np.float32]:
    table = np.asarray(list(evidence), dtype=np.float32)
    return table if len(table) else np.zeros((0, len(COLUMNS)), dtype=np.float32)


def _fit_words(tasks: Sequence[Task], codings: Sequence[Sequence[Coding]], seed: int) -> WordWeights:
    """Weights of the words around a mention (partner or not) and of a paragraph (does it carry partners on)."""
    around: list[Iterable[tuple[str, str]]] = []
    is_partner: list[int] = []
    carry: list[Iterable[tuple[str, str]]] = []
    carries: list[int] = []
    for task, article in zip(tasks, codings, strict=True):
        alive: set[str] = set()
        for reading, coding in zip(task.draft.body, article, strict=True):
            words = Words(reading.text)
            for mention in reading.mentions:
                if mention.code != task.draft.home:
                    around.append(words_around(words, mention))
                    is_partner.append(int(mention.code in coding.partners))
            if alive:
                carry.append([("", word) for word in words.distinct(reading.mentions)])
                carries.append(int(bool(alive & set(coding.partners))))
            alive |= set(coding.partners)
    return WordWeights(_logistic_words(around, is_partner, seed), _logistic_words(carry, carries, seed).get("", {}))


def _logistic_words(
    bags: Sequence[Iterable[tuple[str, str]]], labels: Sequence[int], seed: int
) -> dict[str, dict[str, float]]:
    """The weight of each word at each place, by place; rare words have none."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    if len(set(labels)) < 2:
        return {}
    vectorizer = DictVectorizer()
    X = vectorizer.fit_transform([{f"{place}:{word}": 1 for place, word in bag} for bag in bags])
    usual = np.asarray((X > 0).sum(axis=0)).ravel() >= _MIN_WORD
    if not usual.any():
        return {}
    model = LogisticRegression(C=0.1, solver="liblinear", random_state=seed).fit(X[:, usual], labels)
    names = vectorizer.get_feature_names_out()[usual]
    weights: dict[str, dict[str, float]] = {}
    for name, weight in zip(names, model.coef_[0], strict=True):
        if abs(weight) >= 0.02:
            place, word = str(name).split(":", 1)
            weights.setdefault(place, {})[word] = round(float(weight), 3)
    return weights


_GRID = np.linspace(0.2, 0.8, 61)


def _best_threshold(held_out: NDArray[np.float64]) -> float:
    """The threshold with the best micro-F1 over code sets; among near-equals the one nearest to a half."""
    scores, gold = held_out[:, 0], held_out[:, 1] == 1
    grid = _GRID
    f1 = np.asarray([2 * ((scores >= t) & gold).sum() / max((scores >= t).sum() + gold.sum(), 1) for t in grid])
    good = grid[f1 >= f1.max() - 5e-4]
    return float(good[np.abs(good - 0.5).argmin()])
