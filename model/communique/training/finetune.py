"""Fine-tune a pretrained encoder on coded articles, and export it to a graph that runs without torch.

Base encoders are those of the BERT and RoBERTa families (multilingual-e5, XLM-R, CamemBERT, …), by folder or Hub id.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from communique.codebook import DOMAINS
from communique.encoder.model import LAST, PAD, Encoder, EncoderScores, batch_of, scores_of
from communique.encoder.windows import MARKERS, MEANINGS, SLOTS, Script, Window
from communique.errors import CommuniqueError, MissingExtraError
from communique.folder import CHECKPOINTS, ENCODER_FILES
from communique.records import Coding, Draft

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from communique.training.network import ReaderNetwork

GRAPH, TOKENIZER = ENCODER_FILES
#: The folder among the checkpoints that has the files of a finished encoder.
MADE = "made"
#: What the trainer notes of itself in a checkpoint.
_STATE = "trainer_state.json"


@dataclass(frozen=True, slots=True)
class EncoderOptions:
    """How to fine-tune.

    base: folder or Hub id. layers: how many of its layers are kept, from the bottom. frozen: how many of these stay as they
    are; what comes out of them is worked out once, so that they cost next to nothing. epochs: with these frozen. thawed:
    further epochs in which all layers and the markers learn, at twice the price; without effect where no layer is frozen.
    rate: learning rate of the encoder, the heads learn five times as fast; thawed, two thirds of it, and each layer 0.85 of
    the one above. batch: windows a step. masked: share of words hidden at each step. folds: of the cross-validation, grouped
    by article. seed: of everything random.
    """

    base: str = "intfloat/multilingual-e5-small"
    layers: int = 12
    frozen: int = 6
    epochs: int = 3
    thawed: int = 1
    rate: float = 1.5e-4
    batch: int = 4
    masked: float = 0.06
    folds: int = 2
    seed: int = 0


class FineTuned:
    """A network with its script; its scores, in torch and in floats, are what the graph's are checked against."""

    def __init__(self, network: ReaderNetwork, script: Script, labels: Sequence[str]) -> None:
        self.network = network
        self.script = script
        self.labels = labels

    def scores(self, drafts: Sequence[Draft]) -> list[EncoderScores]:
        """As `Encoder.scores`."""
        import torch

        self.network.eval()

        def run(batch: Mapping[str, NDArray[Any]]) -> tuple[NDArray[Any], NDArray[Any]]:
            with torch.inference_mode():
                domains, partners = self.network(**{k: torch.from_numpy(v) for k, v in batch.items()})
            return domains.numpy(), partners.numpy()

        return scores_of(drafts, self.script, len(self.labels), run)


def encode(
    drafts: Sequence[Draft],
    codings: Sequence[Sequence[Coding]],
    folder: Path,
    *,
    labels: Sequence[str] = DOMAINS,
    options: EncoderOptions,
    data: str,
) -> list[EncoderScores]:
    """Fine-tune on all drafts and write the encoder's files; return scores of each draft by a network that never saw it.

    Checkpoints stand in `folder`/checkpoints, the files in `MADE` there; who has finished the model removes them, so that a
    model which stood in the folder is good until then. `data` is the hash of the data: checkpoints of other data or options
    are refused.
    """
    _need_extra()
    _config(options.base)
    checkpoints = folder / CHECKPOINTS
    _claim(checkpoints, {"data": data, **asdict(options)})
    folds = np.random.default_rng(options.seed).permutation(len(drafts)) % options.folds
    scores: dict[int, EncoderScores] = {}
    for k in range(options.folds):
        file = checkpoints / f"fold-{k}.json"
        test = np.flatnonzero(folds == k).tolist()
        if not file.exists():
            train = np.flatnonzero(folds != k).tolist()
            model = finetune(
                [drafts[i] for i in train],
                [codings[i] for i in train],
                labels=labels,
                options=options,
                checkpoints=checkpoints / f"fold-{k}",
            )
            # By the quantized graph, as in use, so that what learns from these scores meets their like.
            export(model, checkpoints / f"fold-{k}")
            found = load_graph(checkpoints / f"fold-{k}").scores([drafts[i] for i in test])
            _write(file, json.dumps([[s.domains.tolist(), s.partners] for s in found]))
        rows = json.loads(file.read_text("utf-8"))
        scores |= {
            i: EncoderScores(
                np.asarray(domains).reshape(-1, len(labels)),
                tuple({c: (a, b) for c, (a, b) in p.items()} for p in partners),
            )
            for i, (domains, partners) in zip(test, rows, strict=True)
        }
    made = checkpoints / MADE
    if not (made / GRAPH).exists():
        model = finetune(drafts, codings, labels=labels, options=options, checkpoints=checkpoints / "all")
        save_plain(model, options.base, made)
        export(model, made)
    return [scores[i] for i in range(len(drafts))]


def _need_extra() -> None:
    if not all(find_spec(name) for name in ("torch", "transformers", "accelerate", "onnx", "onnxscript")):
        raise MissingExtraError("fine-tuning an encoder", "finetune")


def _claim(checkpoints: Path, run: Mapping[str, Any]) -> None:
    """Note which run the checkpoints belong to. Raises `CommuniqueError` where they are another's."""
    file = checkpoints / "run.json"
    if file.exists():
        if json.loads(file.read_text("utf-8")) != run:
            raise CommuniqueError(
                f"{checkpoints}: checkpoints of a run with other data or options; remove the folder to start afresh"
            )
        return
    checkpoints.mkdir(parents=True, exist_ok=True)
    _write(file, json.dumps(run))


def _write(file: Path, text: str) -> None:
    unfinished = file.with_suffix(".tmp")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(file)


def finetune(
    drafts: Sequence[Draft],
    codings: Sequence[Sequence[Coding]],
    *,
    labels: Sequence[str] = DOMAINS,
    options: EncoderOptions,
    checkpoints: Path,
) -> FineTuned:
    """Fine-tune on drafts and the codings of their body paragraphs; `labels` are the names of the domains.

    The lowest layers are frozen in a first stage and learn in a second one. Each has checkpoints of its own, and an
    interrupted run goes on from the last epoch that `checkpoints` holds.
    """
    import torch

    torch.manual_seed(options.seed)
    network, script = _network(options, len(labels))
    examples = _examples(script, drafts, codings, labels)
    network = _trained(
        network,
        script,
        lambda: _run_frozen(network, script, examples) if options.frozen else examples,
        options,
        epochs=options.epochs,
        optimizer=_optimizer(network, options),
        checkpoints=checkpoints / "frozen",
    )
    if options.frozen and options.thawed:
        network.thaw()
        network = _trained(
            network,
            script,
            lambda: examples,
            options,
            epochs=options.thawed,
            optimizer=_layerwise(network, options),
            checkpoints=checkpoints / "thawed",
        )
    return FineTuned(network.cpu(), script, labels)


def _trained(
    network: ReaderNetwork,
    script: Script,
    examples: Callable[[], Sequence[Mapping[str, Any]]],
    options: EncoderOptions,
    *,
    epochs: int,
    optimizer: Any,
    checkpoints: Path,
) -> ReaderNetwork:
    """The network after `epochs`, on from the latest of `checkpoints`; `examples` are called for only where one is left."""
    import torch
    from safetensors.torch import load_file
    from transformers import Trainer, TrainingArguments

    latest = _latest(checkpoints)
    if latest and json.loads((latest / _STATE).read_text("utf-8"))["epoch"] >= epochs:
        network.load_state_dict(load_file(latest / "model.safetensors"))
        return network
    halves = _halves()
    arguments = TrainingArguments(
        output_dir=str(checkpoints),
        num_train_epochs=epochs,
        per_device_train_batch_size=options.batch,
        warmup_steps=0.06,
        weight_decay=0.01,
        train_sampling_strategy="group_by_length",
        save_strategy="epoch",
        save_total_limit=1,
        # Elsewhere the trainer finds the device by itself; told of bfloat16, it has to be told of the processor.
        use_cpu=halves and not torch.cuda.is_available(),
        bf16=halves,
        logging_steps=50,
        report_to=[],
        remove_unused_columns=False,
        seed=options.seed,
    )
    trainer = Trainer(
        network,
        arguments,
        data_collator=_collator(script, options, frozen=bool(network.frozen)),
        train_dataset=examples(),
        optimizers=(optimizer, None),
    )
    trainer.train(resume_from_checkpoint=str(latest) if latest else None)
    # What is asked of it and exported is in floats again: the trainer leaves it wrapped in bfloat16.
    found: ReaderNetwork = trainer.accelerator.unwrap_model(network, keep_fp32_wrapper=False)
    return found


def _latest(checkpoints: Path) -> Path | None:
    """The latest checkpoint that was written to its end: its state is what the trainer writes last."""
    whole = (state.parent for state in checkpoints.glob(f"checkpoint-*/{_STATE}"))
    return max(whole, key=lambda folder: int(folder.name.rpartition("-")[2]), default=None)


def _halves() -> bool:
    """Whether matrices are multiplied in bfloat16 by instructions of their own; without them that is the slower way.

    Weights and sums stay floats. A step on two cores takes 0.4 s in place of 0.7.
    """
    import torch

    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    return _processor_halves()


def _processor_halves() -> bool:
    import torch

    able: Mapping[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # older torch cannot be asked
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


@contextmanager
def _base(name: str) -> Iterator[None]:
    """Turns what `transformers` says of a base that is none into one line."""
    try:
        yield
    except (OSError, ValueError, TypeError) as error:
        raise CommuniqueError(
            f"{name}: no encoder of the BERT or RoBERTa family here ({error}); give a folder that "
            "`transformers` can load, or the id of one on the Hugging Face Hub"
        ) from error


def _config(base: str) -> Any:
    """The configuration of a base: read first, so that a name mistyped leaves nothing behind."""
    from transformers import AutoConfig

    with _base(base):
        return AutoConfig.from_pretrained(base)


def _network(options: EncoderOptions, labels: int) -> tuple[ReaderNetwork, Script]:
    from torch import nn
    from transformers import AutoModel

    from communique.training.network import ReaderNetwork

    with _base(options.base):
        body = AutoModel.from_pretrained(options.base, add_pooling_layer=False, dtype="float32")
    body.encoder.layer = body.encoder.layer[: options.layers]
    body.config.num_hidden_layers = len(body.encoder.layer)
    # Masked words do dropout's work at no cost: on a processor its random numbers take longer than the layers.
    for module in body.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    tokenizer = tokenizer_of(options.base)
    meanings = [tokenizer.encode(words, add_special_tokens=False).ids for words in MEANINGS.values()]
    return ReaderNetwork(body, markers=meanings, labels=labels, frozen=options.frozen), Script(tokenizer)


def tokenizer_of(base: str) -> Tokenizer:
    """The base's tokenizer with the markers added at the end of its vocabulary."""
    from transformers import AutoTokenizer

    tokenizer: Tokenizer = AutoTokenizer.from_pretrained(base).backend_tokenizer
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.add_special_tokens(list(MARKERS))
    return tokenizer


def _examples(
    script: Script, drafts: Sequence[Draft], codings: Sequence[Sequence[Coding]], labels: Sequence[str]
) -> list[dict[str, Any]]:
    examples = []
    for draft, coding in zip(drafts, codings, strict=True):
        for window in script.windows_of(draft):
            domains = [[float(d in coding[i].domains) for d in labels] for i, _ in window.paragraphs]
            partners = [
                [float(c in coding[i].partners), float(c in coding[i].named)] for i, c, _, _ in window.candidates
            ]
            # "input_ids" is where the trainer looks for the length
            examples.append({"input_ids": window.tokens, "window": window, "domains": domains, "partners": partners})
    return examples


def _run_frozen(network: ReaderNetwork, script: Script, examples: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The examples with their slots dealt out for good, and what comes out of the frozen layers, in half precision."""
    import torch

    found = []
    for example in examples:
        batch = _dealt([example["window"]], script)
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=_processor_halves()):
            states = network.eval().lower(batch["tokens"], batch["segments"])[0]
        found.append({**example, "lower": states.half().clone(), "dealt": batch})
    return found


def _dealt(windows: Sequence[Window], script: Script) -> dict[str, Any]:
    """The arrays of the windows. A slot means nothing by itself: each window gives them out in an order of its own."""
    import torch

    first = script.ids[MARKERS[0]]
    batch = {name: torch.from_numpy(array) for name, array in batch_of(windows).items()}
    tokens = batch["tokens"]
    orders = torch.argsort(torch.rand(len(windows), SLOTS), dim=1)
    slots = (tokens - first).clamp(0, SLOTS - 1)
    batch["tokens"] = torch.where((tokens >= first) & (tokens < first + SLOTS), first + orders.gather(1, slots), tokens)
    row, segment, slot = batch["candidates"].unbind(dim=1)
    batch["candidates"] = torch.stack([row, segment, first + orders[row, slot - first]], dim=1)
    return batch


def _collator(
    script: Script, options: EncoderOptions, *, frozen: bool
) -> Callable[[Sequence[Mapping[str, Any]]], dict[str, Any]]:
    import torch
    from torch.nn.utils.rnn import pad_sequence

    first = script.ids[MARKERS[0]]

    def collate(examples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        windows: list[Window] = [example["window"] for example in examples]
        if frozen:
            batch = _joined([example["dealt"] for example in examples])
            lower = pad_sequence([example["lower"] for example in examples], batch_first=True).float()
            batch["lower"] = lower * (torch.rand(lower.shape[:2]) >= options.masked)[..., None]
        else:
            batch = _dealt(windows, script)
            tokens = batch["tokens"]
            hidden = (torch.rand(tokens.shape) < options.masked) & (tokens < first)
            hidden &= (tokens != script.ids["<s>"]) & (tokens != script.ids["</s>"])
            batch["tokens"] = torch.where(hidden, script.ids["<unk>"], tokens)
        batch["domain_labels"] = torch.tensor([row for example in examples for row in example["domains"]])
        partners = [row for example in examples for row in example["partners"]]
        batch["partner_labels"] = torch.tensor(partners).reshape(-1, 2)
        return batch

    return collate


def _joined(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Arrays of one window each as those of all; padding as in `batch_of`."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    batch = {
        name: pad_sequence([part[name][0] for part in parts], batch_first=True, padding_value=padding)
        for name, padding in (("tokens", PAD), ("segments", LAST))
    }
    for name in ("paragraphs", "candidates"):
        rows = [
            torch.cat([torch.full_like(part[name][:, :1], k), part[name][:, 1:]], dim=1) for k, part in enumerate(parts)
        ]
        batch[name] = torch.cat(rows)
    return batch


def _optimizer(network: ReaderNetwork, options: EncoderOptions) -> Any:
    import torch

    body = [p for p in network.body.parameters() if p.requires_grad]
    return torch.optim.AdamW(
        [{"params": body, "lr": options.rate}, {"params": _heads(network), "lr": 5 * options.rate}], weight_decay=0.01
    )


def _layerwise(network: ReaderNetwork, options: EncoderOptions) -> Any:
    """The thawed network's: what lies deeper knows the language already, and learns the slower.

    Howard and Ruder 2018, discriminative fine-tuning.
    """
    import torch

    rate, decay = 2 / 3 * options.rate, 0.85
    layers = network.body.encoder.layer
    groups = [{"params": [*layer.parameters()], "lr": rate * decay**k} for k, layer in enumerate(reversed(layers))]
    deepest = [p for p in network.body.embeddings.parameters() if p.requires_grad]
    groups.append({"params": deepest, "lr": rate * decay ** len(layers)})
    groups.append({"params": [network.markers], "lr": rate})
    groups.append({"params": [p for p in _heads(network) if p is not network.markers], "lr": 5 * rate})
    return torch.optim.AdamW(groups, weight_decay=0.01)


def _heads(network: ReaderNetwork) -> list[Any]:
    inside = {id(p) for p in network.body.parameters()}
    return [p for p in network.parameters() if p.requires_grad and id(p) not in inside]


def export(model: FineTuned, folder: Path, *, quantized: bool = True) -> None:
    """Write the graph, with int8 weights unless told otherwise, and its tokenizer where `save_plain` has not."""
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / TOKENIZER).exists():
        model.script.save(folder / TOKENIZER)
    names = ("tokens", "segments", "paragraphs", "candidates")
    sample = tuple(
        torch.tensor(values)
        for values in (
            [[0, 5, 2, 5, 2, 5], [0, 5, 2, 5, 2, 1]],
            [[0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1000]],
            [[0, 3], [1, 3], [0, 3]],
            [[0, 1, 5], [0, 1, 5], [0, 1, 5], [1, 1, 5]],
        )
    )
    batch, length = torch.export.Dim("batch"), torch.export.Dim("length")
    shapes = [{0: batch, 1: length}] * 2 + [{0: torch.export.Dim("n")}, {0: torch.export.Dim("m")}]
    full, small = folder / ".full.onnx", folder / ".small.onnx"  # hidden: no part of the model, should the run end here
    torch.onnx.export(
        model.network.eval(), sample, str(full), input_names=list(names), output_names=["domains", "partners"],
        dynamic_shapes=tuple(shapes), dynamo=True, external_data=False, verbose=False,
    )  # fmt: skip
    if not quantized:
        full.replace(folder / GRAPH)
        return
    # Seven bits a weight and a scale for each channel: nearer to the floats than eight bits and one scale, since processors
    # without VNNI let sums of two full products overflow; and the same sums on all processors.
    quantize_dynamic(
        full, small, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul", "Gather"], per_channel=True, reduce_range=True
    )  # fmt: skip
    small.replace(folder / GRAPH)
    full.unlink()


def load_graph(folder: Path) -> Encoder:
    """The exported encoder of a folder."""
    return Encoder.from_bytes((folder / GRAPH).read_bytes(), (folder / TOKENIZER).read_bytes())


def save_plain(model: FineTuned, base: str, folder: Path) -> None:
    """Write the files that plain `transformers` loads: `pipeline("text-classification", folder)` judges one paragraph.

    It has neither context nor partners, and countries are read as they stand.
    """
    import torch
    from tokenizers import Tokenizer
    from tokenizers.processors import TemplateProcessing
    from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerFast

    network = model.network
    config = _config(base)
    config.num_hidden_layers = len(network.body.encoder.layer)
    config.vocab_size = network.known + len(network.markers)
    config.id2label = dict(enumerate(model.labels))
    config.label2id = {name: k for k, name in enumerate(model.labels)}
    config.problem_type = "multi_label_classification"
    plain = AutoModelForSequenceClassification.from_config(config)
    state = {f"{plain.base_model_prefix}.{k}": v for k, v in network.body.state_dict().items()}
    words = next(k for k in state if k.endswith("word_embeddings.weight"))
    state[words] = torch.cat([state[words], network.markers.detach()])
    bert = config.model_type == "bert"  # else of the RoBERTa family: the same two layers by other names
    dense, out = ("bert.pooler.dense", "classifier") if bert else ("classifier.dense", "classifier.out_proj")
    for name, layer in ((dense, network.read_dense), (out, network.read_out)):
        state |= {f"{name}.weight": layer.weight, f"{name}.bias": layer.bias}
    plain.load_state_dict(state)
    plain.half().save_pretrained(folder)
    model.script.save(folder / TOKENIZER)
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    end, unknown = (tokenizer.id_to_token(model.script.ids[name]) for name in ("</s>", "<unk>"))
    tokenizer.post_processor = TemplateProcessing(
        single=f"⟦read⟧ $A {end}",
        special_tokens=[("⟦read⟧", model.script.ids["⟦read⟧"]), (end, model.script.ids["</s>"])],
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, cls_token="⟦read⟧", sep_token=end, unk_token=unknown,
        pad_token=tokenizer.id_to_token(config.pad_token_id or 0), model_max_length=512,
    ).save_pretrained(folder)  # fmt: skip
