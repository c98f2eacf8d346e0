"""The network that is fine-tuned: a pretrained encoder, and a head for each of the two questions. Needs torch.

Domains are judged twice, at the ⟦read⟧ token of a paragraph and from the mean of its tokens, and averaged: the token alone
is what plain `transformers` can use. It is a new one, as the first token of e5 models attends to nothing in particular.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


class ReaderNetwork(nn.Module):
    """A pretrained encoder with the two heads.

    body: the encoder, as `AutoModel` gives it. Its word vectors stay as they are. markers: for each further token the tokens
    whose mean its vector starts from; they are learnt while no layer is frozen. labels: number of domains. frozen: how many
    of the lowest layers stay as they are until `thaw`.
    """

    def __init__(self, body: Any, *, markers: Sequence[Sequence[int]], labels: int, frozen: int = 0) -> None:
        super().__init__()
        self.body = body
        words = body.get_input_embeddings().weight.requires_grad_(False)
        self.known, width = words.shape
        self.markers = nn.Parameter(torch.stack([words[list(tokens)].mean(dim=0) for tokens in markers]))
        self.read_dense, self.read_out = nn.Linear(width, width), nn.Linear(width, labels)
        self.mean_dense, self.mean_out = nn.Linear(width, width), nn.Linear(width, labels)
        self.absent = nn.Parameter(torch.zeros(2, width))
        self.partner_dense, self.partner_out = nn.Linear(4 * width, width), nn.Linear(width, 2)
        self.drop = nn.Dropout(0.1)
        self.frozen = frozen
        if frozen:
            self.markers.requires_grad_(False)
            body.embeddings.requires_grad_(False)
            body.encoder.layer[:frozen].requires_grad_(False)

    def thaw(self) -> None:
        """Let all layers and the markers learn."""
        self.frozen = 0
        self.requires_grad_(True)
        self.body.get_input_embeddings().weight.requires_grad_(False)

    def forward(
        self,
        tokens: Tensor,
        segments: Tensor,
        paragraphs: Tensor,
        candidates: Tensor,
        domain_labels: Tensor | None = None,
        partner_labels: Tensor | None = None,
        lower: Tensor | None = None,
    ) -> Any:
        """(domains, partners) as log-odds, shapes (n, labels) and (m, 2); with labels a dictionary that has the loss.

        The inputs are those that `communique.encoder.model.batch_of` makes, (batch, length) twice, (n, 2) and (m, 3).
        lower: what `lower` gives, where it is known already.
        """
        states = self.lower(tokens, segments) if lower is None else lower
        for layer in self.body.encoder.layer[self.frozen :]:
            states = _passed(layer, states, _sight(segments))
        row, at = paragraphs[:, 0], paragraphs[:, 1]
        mean, _ = _mean(states, _inside(segments, row, segments[row, at]))
        by_token = self.read_out(self.drop(torch.tanh(self.read_dense(states[row, at]))))
        by_mean = self.mean_out(self.drop(torch.tanh(self.mean_dense(mean))))
        partners = self._partners(states, tokens, segments, candidates)
        if domain_labels is None or partner_labels is None:
            return (by_token + by_mean) / 2, partners
        judge = nn.functional.binary_cross_entropy_with_logits
        loss = judge(by_token, domain_labels) + judge(by_mean, domain_labels)
        if len(partner_labels):
            loss = loss + judge(partners[:, 0], partner_labels[:, 0])
            loss = loss + _NAMED * judge(partners[:, 1], partner_labels[:, 1])
        return {"loss": loss, "domains": (by_token + by_mean) / 2, "partners": partners}

    def lower(self, tokens: Tensor, segments: Tensor) -> Tensor:
        """The states that come out of the frozen layers, (batch, length, width)."""
        states: Tensor = self.body.embeddings(inputs_embeds=self._vectors(tokens))
        for layer in self.body.encoder.layer[: self.frozen]:
            states = _passed(layer, states, _sight(segments))
        return states

    def _partners(self, states: Tensor, tokens: Tensor, segments: Tensor, candidates: Tensor) -> Tensor:
        """Each candidate by its mentions here, its mentions before, and the paragraph: its ⟦read⟧ token and its mean."""
        row, segment, slot = candidates[:, 0], candidates[:, 1], candidates[:, 2]
        rows = row[:, None] == torch.arange(tokens.shape[0], device=tokens.device)  # (m, batch)
        own = rows[:, :, None] & (tokens[None] == slot[:, None, None])
        here, no_here = _mean(states, own & (segments[None] == segment[:, None, None]))
        before, no_before = _mean(states, own & (segments[None] < segment[:, None, None]))
        inside = _inside(segments, row, segment)
        first = inside & (torch.cumsum(inside.long(), dim=2) == 1)
        asked = torch.cat(
            [
                here + no_here * self.absent[0],
                before + no_before * self.absent[1],
                _mean(states, first)[0],
                _mean(states, inside)[0],
            ],
            dim=1,
        )
        scores: Tensor = self.partner_out(self.drop(nn.functional.gelu(self.partner_dense(asked))))
        return scores

    def _vectors(self, tokens: Tensor) -> Tensor:
        new = tokens >= self.known
        words = self.body.get_input_embeddings()(torch.where(new, 0, tokens))
        own = nn.functional.embedding(torch.where(new, tokens - self.known, 0), self.markers)
        return torch.where(new[..., None], own, words)


def _sight(segments: Tensor) -> Tensor:
    """What is added to attention, (batch, 1, length, length): a token sees its own segment and those before it."""
    return torch.where(segments[:, None, :, None] >= segments[:, None, None, :], 0.0, -1e4)


def _passed(layer: Any, states: Tensor, sight: Tensor) -> Tensor:
    out = layer(states, attention_mask=sight)
    passed: Tensor = out[0] if isinstance(out, tuple) else out
    return passed


def _inside(segments: Tensor, row: Tensor, segment: Tensor) -> Tensor:
    """Which tokens belong to a segment of a row, shape (k, batch, length)."""
    rows = row[:, None] == torch.arange(segments.shape[0], device=segments.device)
    return rows[:, :, None] & (segments[None] == segment[:, None, None])


def _mean(states: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """The mean of the chosen tokens' states, (k, width), and whether there was none, (k, 1); `chosen` is (k, batch, length).

    As one product of matrices: gathering states row by row is slow both ways.
    """
    weights = chosen.flatten(1).to(states.dtype)
    count = weights.sum(dim=1, keepdim=True)
    return weights @ states.flatten(0, 1) / count.clamp(min=1), (count == 0).to(states.dtype)


#: Which candidates are named follows mostly from where they stand; it is not to outweigh the rest.
_NAMED = 0.3
