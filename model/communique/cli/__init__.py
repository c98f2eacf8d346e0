"""The command `communique`: one thin file for each of its commands."""

from communique.cli.app import main

__all__ = ["main"]
