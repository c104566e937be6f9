"""Fixtures shared by all tests."""

from __future__ import annotations

import pytest

from tests.doubles import HashingEmbedder


@pytest.fixture
def embedder() -> HashingEmbedder:
    return HashingEmbedder()
