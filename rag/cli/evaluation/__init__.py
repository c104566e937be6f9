"""``rag eval``: a command a file; ``group`` puts them together, ``options`` is what they share."""
