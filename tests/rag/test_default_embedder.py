"""The default embedder runs without torch, and gives the vectors of sentence-transformers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.bert import ENOUGH, comparison
from index.embed import SentenceTransformerEmbedder
from rag.models.reference import reference_of
from rag.settings import DEFAULT_EMBEDDER, Settings
from rag.wiring import Wiring

# Seconds of processor time each, and nothing that a question needs.
SLOW = ("torch", "transformers", "sentence_transformers", "sklearn", "scipy")

_ASKED = f"""
import sys
from click.testing import CliRunner
from fastapi.testclient import TestClient
from api.app import create_app
from rag.cli.main import main

question = "how many people does the ferry carry?"
searched = CliRunner().invoke(main, ["search", question])
asked = CliRunner().invoke(main, ["ask", question])
with TestClient(create_app()) as client:
    served = client.post("/ask", json={{"question": question}})
print(searched.exit_code, asked.exit_code, served.status_code, "300" in served.text)
print([each for each in {SLOW!r} if each in sys.modules])
"""


def test_only_the_declared_embedder_has_a_reference(tmp_path: Path) -> None:
    reference = reference_of(DEFAULT_EMBEDDER)
    assert reference is not None
    assert reference.vectors.shape == (len(reference.texts), 384)
    for name in ("another", str(tmp_path), f"../models/{DEFAULT_EMBEDDER}", ""):
        assert reference_of(name) is None


@pytest.mark.real
def test_the_reference_is_what_sentence_transformers_makes_of_it() -> None:
    from sentence_transformers import SentenceTransformer

    reference = reference_of(DEFAULT_EMBEDDER)
    assert reference is not None
    folder = Wiring(Settings.from_environment()).store().path(DEFAULT_EMBEDDER)
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    made = np.asarray(model.encode(list(reference.texts)))
    assert made == pytest.approx(reference.vectors, abs=1e-4)


@pytest.mark.real
def test_the_compiled_network_agrees_with_the_reference() -> None:
    reference = reference_of(DEFAULT_EMBEDDER)
    assert reference is not None
    embedder = Wiring(Settings.from_environment()).open_embedder()
    assert isinstance(embedder, SentenceTransformerEmbedder)
    assert reference.cosine(embedder.encode) >= ENOUGH
    folder = Wiring(Settings.from_environment()).store().path(DEFAULT_EMBEDDER)
    assert comparison(folder)["cosine"] >= ENOUGH


@pytest.mark.real
def test_no_question_waits_for_torch(home: Path, tmp_path: Path) -> None:
    models = Wiring(Settings()).store().path(DEFAULT_EMBEDDER).parent
    home.mkdir()
    (home / "models").symlink_to(models)
    (tmp_path / "ferry.txt").write_text("The ferry Karlotta carries 300 people and 42 cars.")
    with Wiring(Settings(home=home)).open_index(
        Wiring(Settings(home=home)).open_embedder(), create=True
    ) as index:
        index.ingest([tmp_path / "ferry.txt"])
    environment = {**os.environ, **Settings(home=home, llm="none", offline=True).as_environment()}
    done = subprocess.run(
        [sys.executable, "-c", _ASKED], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.splitlines() == ["0 0 200 True", "[]"]
