"""Rebuild the fast model from data/: `python train.py`. Same data, same seed, same hash."""

from pathlib import Path

from communique.training.fit import train

HERE = Path(__file__).parent

if __name__ == "__main__":
    manifest = train(HERE / "data", HERE / "model" / "communique" / "models" / "fast")
    print(manifest["hash"])
