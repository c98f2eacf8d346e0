"""A tokenizer of whole words, so that windows can be read in a test."""

import pytest

from communique.encoder.windows import MARKERS, Script


@pytest.fixture(scope="session")
def script():
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = "<s> <pad> </s> <unk> le la de à a reçu russe ministre Kremlin ASEAN pluie Petrov signé".split()
    tokenizer = Tokenizer(models.WordLevel({w: k for k, w in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(list(MARKERS))
    made = Script(tokenizer)
    made.words = lambda window: " ".join(tokenizer.id_to_token(t) for t in window.tokens)
    return made
