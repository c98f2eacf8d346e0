"""Text from elsewhere, before it goes to a terminal."""

from __future__ import annotations

import re

# Control characters, breaks of lines, marks that turn the direction of writing, and halves of a character pair
_ACTIVE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    r"""`text` on one line, with whatever a terminal would obey shown as it is written in JSON: `\u001b` for ESC.

    So that no article, file name or model can colour, hide, or add lines to what is said of it.
    """
    return _ACTIVE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
