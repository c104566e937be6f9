"""What requests are made of. Knows no endpoint."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

MAX_CHARACTERS = 1_000_000  # of one text: longer ones are documents, not messages

# Looking at its length also refuses halves of characters, which JSON can escape and nothing encode.
Text = Annotated[str, StringConstraints(max_length=MAX_CHARACTERS)]
