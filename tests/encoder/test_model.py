from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from communique.encoder.model import Encoder, batch_of, scores_of
from communique.mentions.find import read_mentions
from communique.records import Draft


def draft(*texts):
    return Draft("VNM", None, tuple(map(read_mentions, texts)))


def test_padding_is_in_a_segment_that_nothing_sees(script):
    windows = [*script.windows_of(draft("la pluie")), *script.windows_of(draft("le ministre russe a reçu"))]
    batch = batch_of(windows)
    assert {name: array.shape for name, array in batch.items()} == {
        "tokens": (2, 8), "segments": (2, 8), "paragraphs": (2, 2), "candidates": (1, 3)
    }  # fmt: skip
    length = len(windows[0].tokens)
    assert (batch["segments"][0, length:] > batch["segments"].ravel()[:length].max()).all()


def test_answers_come_back_to_the_paragraph_and_candidate_they_were_asked_for(script):
    """The run answers with the token it is asked at; each window comes by itself, so that no other has a say."""
    drafts = [draft("la pluie " * 40, "le ministre russe"), draft(), draft("à Oslo"), draft("la Chine", "la pluie")]

    def run(batch):
        assert len(batch["tokens"]) == 1
        rows, at = batch["paragraphs"].T
        domains = np.repeat(batch["segments"][rows, at][:, None], 4, axis=1).astype(float)
        return domains, batch["candidates"][:, :0:-1].astype(float)

    with ThreadPoolExecutor(2) as pool:
        threaded = scores_of(drafts, script, 4, run, each=pool.map)
    scores = scores_of(drafts, script, 4, run)
    assert [s.partners for s in threaded] == [s.partners for s in scores]
    assert [s.domains[:, 0].tolist() for s in scores] == [[1, 2], [], [1], [1, 2]]
    assert [[set(p) for p in s.partners] for s in scores] == [[set(), {"RUS"}], [], [{"NOR"}], [{"CHN"}, {"CHN"}]]
    first = script.ids["⟦0⟧"]
    answers = [list(p.values()) for s in scores for p in s.partners]
    assert answers == [[], [(first, 2)], [(first, 1)], [(first, 1)], [(first, 2)]]


def test_nothing_to_score(script):
    assert scores_of([], script, 4, lambda batch: 1 / 0) == []


def field(number, value):
    """A field of a protocol buffer: a small number, or bytes."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    length = len(value)
    return bytes([number << 3 | 2, length & 127 | 128, length >> 7]) + value


def graph_with_weights_in(path):
    """An ONNX graph that gives its one weight, which is to be read from another file."""
    place = field(13, field(1, b"location") + field(2, path)) + field(13, field(1, b"length") + field(2, b"8"))
    weight = field(1, 2) + field(2, 1) + field(8, b"w") + place + field(14, 1)
    node = field(1, b"w") + field(2, b"domains") + field(4, b"Identity")
    shape = field(1, field(1, 1) + field(2, field(1, field(1, 2))))
    graph = field(1, node) + field(2, b"g") + field(5, weight) + field(12, field(1, b"domains") + field(2, shape))
    return field(1, 8) + field(8, field(1, b"") + field(2, 17)) + field(7, graph)


@pytest.mark.parametrize("place", ["weights", "../weights", "{}/weights"])
def test_a_graph_reads_no_other_file(tmp_path, monkeypatch, place):
    (tmp_path / "in").mkdir()
    for folder in (tmp_path, tmp_path / "in"):
        (folder / "weights").write_bytes(np.asarray([1, 2], dtype=np.float32).tobytes())
    monkeypatch.chdir(tmp_path / "in")
    graph = graph_with_weights_in(place.format(tmp_path).encode())
    with pytest.raises(ValueError, match=r"no graph or tokenizer of an encoder: .*(External|external|model_path)"):
        Encoder.from_bytes(graph, b"{}")
