"""The network that is fine-tuned: a pretrained encoder, and a head for each of the two questions. Needs torch.

Both heads read the tokens that `communique.encoder.windows` puts there for them. Domains are judged twice, at the ⟦read⟧
token of a paragraph and from the mean of its words, and averaged: the token alone is what plain `transformers` can use.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from communique.encoder.model import UNKNOWN

#: The first token of e5 models attends to nothing in particular, so a new token reads each paragraph.
_SPREAD = 1.0


class ReaderNetwork(nn.Module):
    """A pretrained encoder with the two heads.

    body: the encoder, as `AutoModel` gives it. Its word vectors stay as they are; markers: how many further tokens have
    vectors of their own, learnt from scratch. labels: number of domains.
    """

    def __init__(self, body: Any, *, markers: int, labels: int) -> None:
        super().__init__()
        self.body = body
        words = body.get_input_embeddings().weight.requires_grad_(False)
        self.known, width = words.shape
        spread = words.std(dim=0)
        self.markers = nn.Parameter(words.mean(dim=0) + _SPREAD * spread * torch.randn(markers, width))
        self.roll = nn.Parameter(0.1 * torch.randn(width))
        self.read_dense, self.read_out = nn.Linear(width, width), nn.Linear(width, labels)
        self.mean_dense, self.mean_out = nn.Linear(width, width), nn.Linear(width, labels)
        self.partner_dense, self.partner_out = nn.Linear(width, width), nn.Linear(width, 2)
        self.drop = nn.Dropout(0.1)

    def forward(
        self,
        tokens: Tensor,
        segments: Tensor,
        rolls: Tensor,
        paragraphs: Tensor,
        candidates: Tensor,
        domain_labels: Tensor | None = None,
        partner_labels: Tensor | None = None,
    ) -> Any:
        """(domains, partners) as log-odds, shapes (n, labels) and (m, 2); with labels a dictionary that has the loss.

        tokens, segments, rolls: (batch, length), as `communique.encoder.model.batch_of` makes them; paragraphs, candidates:
        (n, 2) and (m, 2), row and position.
        """
        states = self.body(
            inputs_embeds=self._vectors(tokens) + rolls[..., None] * self.roll,
            # A token sees its own segment and those before it.
            attention_mask=torch.where(segments[:, None, :, None] >= segments[:, None, None, :], 0.0, -1e4),
        ).last_hidden_state
        row, at = paragraphs[:, 0], paragraphs[:, 1]
        inside = ((segments[row] == segments[row, at][:, None]) & (rolls[row] == 0)).to(states.dtype)
        mean = (inside[:, :, None] * states[row]).sum(dim=1) / inside.sum(dim=1, keepdim=True)
        by_token = self.read_out(self.drop(torch.tanh(self.read_dense(states[row, at]))))
        by_mean = self.mean_out(self.drop(torch.tanh(self.mean_dense(mean))))
        asked = states[candidates[:, 0], candidates[:, 1]]
        partners = self.partner_out(self.drop(nn.functional.gelu(self.partner_dense(asked))))
        if domain_labels is None or partner_labels is None:
            return (by_token + by_mean) / 2, partners
        judge = nn.functional.binary_cross_entropy_with_logits
        loss = judge(by_token, domain_labels) + judge(by_mean, domain_labels)
        if len(partner_labels):
            loss = loss + judge(partners[:, 0], partner_labels[:, 0])
            loss = loss + _NAMED * judge(partners[:, 1], partner_labels[:, 1])
        return {"loss": loss, "domains": (by_token + by_mean) / 2, "partners": partners}

    def _vectors(self, tokens: Tensor) -> Tensor:
        new = tokens >= self.known
        words = self.body.get_input_embeddings()(torch.where(new, UNKNOWN, tokens))
        own = nn.functional.embedding(torch.where(new, tokens - self.known, 0), self.markers)
        return torch.where(new[..., None], own, words)


#: Which candidates are named follows mostly from where they stand; it is not to outweigh the rest.
_NAMED = 0.3
