"""Which countries, bodies, offices and persons a text mentions, and where."""
