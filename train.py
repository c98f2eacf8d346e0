"""Rebuild the shipped models from data/: `python train.py`, or `python train.py accurate --base DIR` for the other one.

Same data, same seed, same hash; fine-tuning an encoder gives the same to the last digit only on the same processor.
"""

import argparse
from pathlib import Path

from communique.bundle import SHIPPED
from communique.training.finetune import EncoderOptions
from communique.training.fit import TrainingOptions, train

HERE = Path(__file__).parent

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", choices=SHIPPED, default="fast")
    parser.add_argument("--base", default=EncoderOptions.base, help="folder or Hub id of the encoder")
    arguments = parser.parse_args()
    encoder = EncoderOptions(base=arguments.base) if arguments.model == "accurate" else None
    options = TrainingOptions(encoder=encoder, homes=arguments.model == "fast")
    manifest = train(HERE / "data", HERE / "model" / "communique" / "models" / arguments.model, options=options)
    print(manifest["hash"])
