"""The fine-tuned transformer in use: an ONNX graph and a tokenizer, no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from communique.encoder.windows import Script, Window
from communique.records import Draft

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

#: Padded tokens that are judged in one call: enough to fill the cores, few enough for their caches.
_BATCH = 4096
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

    def __init__(self, session: InferenceSession, script: Script) -> None:
        self._session = session
        self._script = script

    @classmethod
    def from_bytes(cls, graph: bytes, tokenizer: bytes, *, threads: int = 0) -> Encoder:
        """The encoder of a model folder's `encoder.onnx` and `tokenizer.json`; `threads`: 0 for all cores.

        Raises `ValueError` where they are none.
        """
        from onnxruntime import InferenceSession, SessionOptions
        from tokenizers import Tokenizer

        options = SessionOptions()
        options.intra_op_num_threads = threads
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
        return cls(session, script)

    @property
    def labels(self) -> int:
        """How many domains it judges."""
        return int({one.name: one.shape for one in self._session.get_outputs()}["domains"][1])

    def scores(self, drafts: Sequence[Draft]) -> list[EncoderScores]:
        """The scores of each draft, in order."""
        return scores_of(
            drafts, self._script, self.labels, lambda batch: self._session.run(["domains", "partners"], batch)
        )


def scores_of(
    drafts: Sequence[Draft],
    script: Script,
    labels: int,
    run: Callable[[dict[str, NDArray[np.int64]]], Sequence[NDArray[Any]]],
) -> list[EncoderScores]:
    """The scores of each draft, in order; `run` takes the arrays of `batch_of` and gives the graph's two outputs.

    labels: number of domains.
    """
    windows = [(i, w) for i, draft in enumerate(drafts) for w in script.windows_of(draft)]
    windows.sort(key=lambda item: len(item[1].tokens))
    domains = [np.zeros((len(draft.body), labels)) for draft in drafts]
    partners: list[list[dict[str, tuple[float, float]]]] = [[{} for _ in draft.body] for draft in drafts]
    for batch in _batches(windows):
        of_paragraphs, of_candidates = run(batch_of([window for _, window in batch]))
        rows = iter(of_paragraphs)
        pairs = iter(of_candidates.tolist())
        for i, window in batch:
            for index, _ in window.paragraphs:
                domains[i][index] = next(rows)
            for index, code, _, _ in window.candidates:
                partner, named = next(pairs)
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


def _batches(windows: Sequence[tuple[int, Window]]) -> list[list[tuple[int, Window]]]:
    """Neighbours in length together, so that little is padded."""
    batches: list[list[tuple[int, Window]]] = []
    for item in windows:
        if batches and (len(batches[-1]) + 1) * len(item[1].tokens) <= _BATCH:
            batches[-1].append(item)
        else:
            batches.append([item])
    return batches
