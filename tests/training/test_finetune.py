"""Fine-tuning on a base of two layers that was never trained: the path, not the accuracy."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

import communique
from communique.errors import CommuniqueError
from communique.reading.coded import read_coded
from communique.training import finetune
from communique.training.finetune import EncoderOptions
from communique.training.fit import TrainingOptions, draft_of, train

pytest.importorskip("torch", reason="fine-tuning needs the train extra")

TEXT = "Le ministre de la Défense a reçu lundi à Hanoï son homologue russe.\n\nLes deux parties ont signé un accord."


@pytest.fixture(scope="module")
def data(root, tmp_path_factory):
    lines = []
    for path in sorted((root / "data" / "articles" / "train").glob("*.jsonl")):
        lines += path.read_text("utf-8").splitlines()[:2]
    file = tmp_path_factory.mktemp("data") / "some.jsonl"
    file.write_text("\n".join(lines[:24]) + "\n", encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def base(tmp_path_factory, data):
    """As multilingual-e5 is: a BERT with the special tokens of XLM-R."""
    return base_of("Bert", data, tmp_path_factory.mktemp("base"), special="<s> <pad> </s> <unk>")


def base_of(family, data, folder, *, special):
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers

    begin, pad, end, unknown = special.split()
    words = sorted({w for a in read_coded([data]) for p in a.paragraphs for w in p.text.split()})[:400]
    vocabulary = {w: k for k, w in enumerate([begin, pad, end, unknown, *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=unknown))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=begin, eos_token=end, pad_token=pad, unk_token=unknown
    ).save_pretrained(folder)
    config = getattr(transformers, f"{family}Config")(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=48,
        max_position_embeddings=514, pad_token_id=1,
    )  # fmt: skip
    getattr(transformers, f"{family}Model")(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def options(base):
    return TrainingOptions(bits=12, rounds=10, encoder=EncoderOptions(base=str(base), layers=2, frozen=1, epochs=1))


@pytest.fixture(scope="module")
def folder(data, options, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    train(data, folder, options=options)
    return folder


def test_the_folder_labels_without_torch_and_is_a_model_like_any_other(folder):
    labeler = communique.load(folder)
    assert labeler.bundle.encoder is not None
    first, second = labeler.label(TEXT).body
    assert set(first.domain_scores) == {"defense", "policing", "cybersecurity", "diplomacy"}
    assert "RUS" in second.partner_scores
    assert not (folder / "checkpoints").exists()
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert {"encoder.onnx", "tokenizer.json"} <= manifest["files"].keys()


def test_the_graph_says_what_the_network_says(data, options, tmp_path):
    """Before its weights are rounded to eight bits."""
    articles = read_coded([data])
    drafts = [draft_of(a) for a in articles]
    codings = [[p.coding for p in a.paragraphs if p.kind == "body"] for a in articles]
    model = finetune.finetune(drafts, codings, options=options.encoder, checkpoints=tmp_path / "checkpoints")
    finetune.export(model, tmp_path, quantized=False)
    graph = finetune.load_graph(tmp_path)
    for one, other in zip(model.scores(drafts), graph.scores(drafts), strict=True):
        assert np.abs(one.domains - other.domains).max() < 1e-3
        for mine, its in zip(one.partners, other.partners, strict=True):
            assert mine.keys() == its.keys()
            assert all(abs(mine[c][0] - its[c][0]) < 1e-3 for c in mine)


@pytest.mark.parametrize(
    ("thawed", "learns"),
    [
        pytest.param(0, False, id="frozen to the end"),
        pytest.param(1, True, id="thawed after the epochs in which they were frozen"),
    ],
)
def test_frozen_layers_and_markers_learn_once_thawed(thawed, learns, data, options, tmp_path):
    import torch

    articles = read_coded([data])[:8]
    drafts = [draft_of(a) for a in articles]
    codings = [[p.coding for p in a.paragraphs if p.kind == "body"] for a in articles]
    options = replace(options.encoder, thawed=thawed)
    model = finetune.finetune(drafts, codings, options=options, checkpoints=tmp_path)
    fresh, _ = finetune._network(options, len(model.labels))
    upper, lower, markers, words = (
        not torch.equal(get(model.network), get(fresh))
        for get in (
            lambda n: n.body.encoder.layer[1].output.dense.weight,
            lambda n: n.body.encoder.layer[0].output.dense.weight,
            lambda n: n.markers,
            lambda n: n.body.get_input_embeddings().weight,
        )
    )
    assert (upper, lower, markers, words) == (True, learns, learns, False)


def test_a_run_killed_when_thawed_goes_on_from_there(data, options, tmp_path, monkeypatch):
    articles = read_coded([data])[:8]
    drafts = [draft_of(a) for a in articles]
    codings = [[p.coding for p in a.paragraphs if p.kind == "body"] for a in articles]
    whole = finetune.finetune(drafts, codings, options=options.encoder, checkpoints=tmp_path / "whole")
    with monkeypatch.context() as killed:
        killed.setattr(finetune, "_layerwise", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            finetune.finetune(drafts, codings, options=options.encoder, checkpoints=tmp_path / "killed")
    half_written = tmp_path / "killed" / "thawed" / "checkpoint-1"
    half_written.mkdir(parents=True)
    with monkeypatch.context() as finished:
        finished.setattr(finetune, "_run_frozen", lambda *_: pytest.fail("the frozen layers were run again"))
        again = finetune.finetune(drafts, codings, options=options.encoder, checkpoints=tmp_path / "killed")
    # To the rounding of sums, which one step of the optimizer makes larger; without the first stage they are further apart.
    only_thawed = replace(options.encoder, epochs=0)
    without = finetune.finetune(drafts, codings, options=only_thawed, checkpoints=tmp_path / "without")
    near, far = (
        max(np.abs(a.domains - b.domains).max() for a, b in zip(whole.scores(drafts), run.scores(drafts), strict=True))
        for run in (again, without)
    )
    assert near < 1e-3 < far


def test_a_killed_run_goes_on_from_its_checkpoints(data, folder, options, tmp_path, monkeypatch):
    whole = finetune.finetune
    calls = []

    def killed_at_the_second_fold(*args, **kwargs):
        calls.append(kwargs["checkpoints"].name)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return whole(*args, **kwargs)

    monkeypatch.setattr(finetune, "finetune", killed_at_the_second_fold)
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    before = communique.load(tmp_path).bundle.manifest["hash"]
    with pytest.raises(KeyboardInterrupt):
        train(data, tmp_path, options=options)
    assert communique.load(tmp_path).bundle.manifest["hash"] == before  # the model that stood there
    assert (tmp_path / "checkpoints" / "fold-0.json").exists()
    with pytest.raises(CommuniqueError, match="other data or options"):
        train(data, tmp_path, options=TrainingOptions(encoder=EncoderOptions(base=options.encoder.base, epochs=2)))
    train(data, tmp_path, options=options)
    assert calls == ["fold-0", "fold-1", "fold-1", "all"]


def test_a_base_that_is_none_leaves_nothing_behind(data, tmp_path):
    with pytest.raises(CommuniqueError, match="no encoder of the BERT or RoBERTa family here"):
        train(data, tmp_path / "m", options=TrainingOptions(encoder=EncoderOptions(base=str(tmp_path / "mistyped"))))
    assert not (tmp_path / "m" / "checkpoints").exists()


def test_plain_transformers_loads_it(folder):
    from transformers import pipeline

    (scores,) = pipeline("text-classification", str(folder), top_k=None)(["Le ministre a parlé."])
    assert {s["label"] for s in scores} == {"defense", "policing", "cybersecurity", "diplomacy"}
    assert all(0 <= s["score"] <= 1 for s in scores)


@pytest.mark.parametrize(
    ("family", "special"),
    [
        pytest.param("Bert", "[CLS] [PAD] [SEP] [UNK]", id="BERT itself"),
        pytest.param("XLMRoberta", "<s> <pad> </s> <unk>", id="XLM-R counts its positions from two"),
        pytest.param("Camembert", "<s> <pad> </s> <unk>", id="CamemBERT"),
    ],
)
def test_bases_of_other_families(family, special, data, tmp_path):
    from transformers import pipeline

    base = base_of(family, data, tmp_path / "base", special=special)
    articles = read_coded([data])[:6]
    drafts = [draft_of(a) for a in articles]
    codings = [[p.coding for p in a.paragraphs if p.kind == "body"] for a in articles]
    options = EncoderOptions(base=str(base), layers=2, frozen=0, epochs=1)
    model = finetune.finetune(drafts, codings, options=options, checkpoints=tmp_path / "checkpoints")
    finetune.save_plain(model, str(base), tmp_path / "model")
    finetune.export(model, tmp_path / "model", quantized=False)
    mine, its = model.scores(drafts)[0].domains, finetune.load_graph(tmp_path / "model").scores(drafts)[0].domains
    assert np.abs(mine - its).max() < 1e-3
    assert pipeline("text-classification", str(tmp_path / "model"))("Le ministre a parlé.")


def test_a_base_that_is_none(data, tmp_path):
    nowhere = TrainingOptions(encoder=EncoderOptions(base=str(tmp_path / "nowhere")))
    with pytest.raises(CommuniqueError, match="no encoder of the BERT or RoBERTa family"):
        train(data, tmp_path / "m", options=nowhere)
