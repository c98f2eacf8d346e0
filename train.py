"""Rebuild the shipped models from data/: `python train.py` for the fast one, `python train.py accurate --base DIR` for the other.

`--card` writes their cards again, from what their manifests hold, and trains nothing.

Same data, same seed, same hash; fine-tuning an encoder gives the same to the last digit only on the same processor.
"""

import argparse
import json
from pathlib import Path

from communique.bundle import SHIPPED
from communique.folder import CARD, MANIFEST
from communique.training.card import read_limits, write_card
from communique.training.finetune import EncoderOptions
from communique.training.fit import TrainingOptions, train

HERE = Path(__file__).parent
MODELS = HERE / "model" / "communique" / "models"

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", choices=SHIPPED, default="fast")
    parser.add_argument("--base", default=EncoderOptions.base, help="folder or Hub id of the encoder")
    parser.add_argument("--card", action="store_true", help="write the cards again, without training")
    arguments = parser.parse_args()
    if arguments.card:
        for folder in map(MODELS.joinpath, SHIPPED):
            manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
            (folder / CARD).write_text(write_card(manifest, limits=read_limits(HERE / "data")), encoding="utf-8")
        parser.exit()
    encoder = EncoderOptions(base=arguments.base) if arguments.model == "accurate" else None
    options = TrainingOptions(encoder=encoder, homes=arguments.model == "fast", license="apache-2.0")
    manifest = train(HERE / "data", MODELS / arguments.model, options=options)
    print(manifest["hash"])
