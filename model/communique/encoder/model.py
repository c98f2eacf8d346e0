"""The fine-tuned transformer in use: an ONNX graph and a tokenizer, no torch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from communique.encoder.windows import Script, Window
from communique.records import Draft

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_NAMES = {"tokens", "segments", "paragraphs", "candidates", "domains", "partners"}


@dataclass(frozen=True, slots=True)
class EncoderScores:
    """What the transformer says of one article, as log-odds.

    domains: shape (n, k), a row for each body paragraph. partners: for each body paragraph, the log-odds that a candidate is
    a partner, and that the paragraph names it.
    """

    domains: NDArray[np.float64]
    partners: tuple[Mapping[str, tuple[float, float]], ...]


class Encoder:
    """Reads drafts with a fine-tuned transformer.

    The graph takes `tokens` and `segments`, both (batch, length), `paragraphs` (n, 2): row and position, and `candidates`
    (m, 3): row, segment and slot; it gives `domains` (n, labels) and `partners` (m, 2), as log-odds.
    """

    def __init__(self, session: InferenceSession, script: Script, *, threads: int = 1) -> None:
        self._session = session
        self._script = script
        self._threads = threads

    @classmethod
    def from_bytes(cls, graph: bytes, tokenizer: bytes, *, threads: int = 0) -> Encoder:
        """The encoder of a model folder's `encoder.onnx` and `tokenizer.json`; `threads`: 0 for as many as there are cores.

        Each thread reads windows of its own: that keeps all cores at work, which threads inside a window do not. Raises
        `ValueError` where they are none.
        """
        from onnxruntime import InferenceSession, SessionOptions
        from tokenizers import Tokenizer

        options = SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 4  # what goes wrong is raised
        try:
            # From bytes, a graph cannot name other files for its weights
            session = InferenceSession(graph, options, providers=["CPUExecutionProvider"])
            script = Script(Tokenizer.from_str(tokenizer.decode("utf-8")))
        except Exception as error:  # both libraries raise bare ones
            raise ValueError(f"no graph or tokenizer of an encoder: {' '.join(str(error).split())}") from error
        names = {one.name for one in (*session.get_inputs(), *session.get_outputs())}
        if names != _NAMES:
            raise ValueError(f"expected a graph of {', '.join(sorted(_NAMES))}, got {', '.join(sorted(names))}")
        return cls(session, script, threads=threads or _cores())

    @property
    def labels(self) -> int:
        """How many domains it judges."""
        return int({one.name: one.shape for one in self._session.get_outputs()}["domains"][1])

    def scores(self, drafts: Sequence[Draft]) -> list[EncoderScores]:
        """The scores of each draft, in order."""
        run = partial(self._session.run, ["domains", "partners"])
        if self._threads == 1:
            return scores_of(drafts, self._script, self.labels, run)
        with ThreadPoolExecutor(self._threads) as pool:
            return scores_of(drafts, self._script, self.labels, run, each=pool.map)


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


#: The arrays of a graph's inputs, and of its two outputs.
Inputs: TypeAlias = "dict[str, NDArray[np.int64]]"
Outputs: TypeAlias = "Sequence[NDArray[Any]]"


def scores_of(
    drafts: Sequence[Draft],
    script: Script,
    labels: int,
    run: Callable[[Inputs], Outputs],
    *,
    each: Callable[[Callable[[Inputs], Outputs], Iterable[Inputs]], Iterable[Outputs]] = map,
) -> list[EncoderScores]:
    """The scores of each draft, in order; `run` takes the arrays of `batch_of` and gives the graph's two outputs.

    A window is run by itself. In an int8 graph all that is run together shares one scale of its activations, so that an
    article's scores would hang on its neighbours; and nothing is padded. labels: number of domains. each: runs them all.
    """
    windows = [(i, w) for i, draft in enumerate(drafts) for w in script.windows_of(draft)]
    domains = [np.zeros((len(draft.body), labels)) for draft in drafts]
    partners: list[list[dict[str, tuple[float, float]]]] = [[{} for _ in draft.body] for draft in drafts]
    answers = each(run, [batch_of([window]) for _, window in windows])
    for (i, window), (of_paragraphs, of_candidates) in zip(windows, answers, strict=True):
        for (index, _), row in zip(window.paragraphs, of_paragraphs, strict=True):
            domains[i][index] = row
        for (index, code, _, _), (partner, named) in zip(window.candidates, of_candidates.tolist(), strict=True):
            partners[i][index][code] = (partner, named)
    return [EncoderScores(d, tuple(p)) for d, p in zip(domains, partners, strict=True)]


def batch_of(windows: Sequence[Window]) -> dict[str, NDArray[np.int64]]:
    """The windows as the arrays of the graph's inputs; shorter ones are padded with tokens that no other token sees."""
    length = max(len(window.tokens) for window in windows)
    shape = (len(windows), length)
    arrays: dict[str, NDArray[Any]] = {"tokens": np.full(shape, PAD), "segments": np.full(shape, LAST)}
    for row, window in enumerate(windows):
        for name in ("tokens", "segments"):
            arrays[name][row, : len(window.tokens)] = getattr(window, name)
    paragraphs = [(row, at) for row, window in enumerate(windows) for _, at in window.paragraphs]
    candidates = [
        (row, segment, slot) for row, window in enumerate(windows) for _, _, segment, slot in window.candidates
    ]
    arrays["paragraphs"] = np.asarray(paragraphs, dtype=np.int64).reshape(-1, 2)
    arrays["candidates"] = np.asarray(candidates, dtype=np.int64).reshape(-1, 3)
    return arrays


#: Padding: any token will do, in a segment after all others.
PAD, LAST = 1, 1000
