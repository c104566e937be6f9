"""Embedding models of an Ollama server, in the index as any other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.errors import EmbedderError, IndexMismatchError
from index.index import Index
from rag.errors import SettingsError
from rag.llm.ollama_embedder import OllamaEmbedder
from rag.settings import Settings
from rag.wiring import Wiring
from tests.loopback import served, unused_address
from tests.ollama_server import Model, OllamaServer

NAME = "all-minilm"
DIGEST = "6cf97aa9ab2e7b3b" * 4
BERT = Model(["embedding"], family="bert", context_length=512, digest=DIGEST)


def _server(**models: Model) -> OllamaServer:
    return OllamaServer({f"{NAME}:latest": BERT, **models})


def test_vectors_are_of_length_one_and_nearer_where_texts_are() -> None:
    with served(_server()) as host:
        embedder = OllamaEmbedder.connect(f"ollama:{NAME}", hosts=[host])
        vectors = embedder.encode(["a red bridge", "the red bridge", "five sappers", ""])
        assert embedder.encode([]).shape == (0, embedder.dimension)
    assert vectors.shape == (4, embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


def test_many_texts_are_sent_in_batches_and_keep_their_order() -> None:
    texts = [f"text {n}" for n in range(70)]
    server = _server()
    with served(server) as host:
        embedder = OllamaEmbedder.connect(f"ollama:{NAME}", hosts=[host])
        vectors = embedder.encode(texts)
        assert np.allclose(vectors[69], embedder.encode(["text 69"])[0])
    sizes = [len(each.body["input"]) for each in server.requests if each.path == "/api/embed"]
    assert sizes == [32, 32, 6, 1]


def test_its_name_tells_the_weights_and_its_window_is_the_models() -> None:
    with served(_server()) as host:
        embedder = OllamaEmbedder.connect(f"ollama:{NAME}", hosts=[host])
        again = OllamaEmbedder.connect(embedder.name, hosts=[host])
    assert embedder.name == again.name == f"ollama:{NAME}@{DIGEST[:12]}"
    assert embedder.max_tokens == 510


def test_tokens_begin_in_order_and_no_figure_is_one() -> None:
    with served(_server()) as host:
        embedder = OllamaEmbedder.connect(f"ollama:{NAME}", hosts=[host])
    assert embedder.token_starts("The bridges, 19") == [0, 4, 8, 11, 13, 14]
    assert embedder.token_starts("") == []


def test_a_model_that_makes_no_vectors_or_is_not_there_is_told() -> None:
    with served(_server(**{"qwen3:4b": Model()})) as host:
        with pytest.raises(EmbedderError, match="no embedding model"):
            OllamaEmbedder.connect("ollama:qwen3:4b", hosts=[host])
        with pytest.raises(EmbedderError, match="rag models pull ollama:bge-m3"):
            OllamaEmbedder.connect("ollama:bge-m3", hosts=[host])
    with pytest.raises(EmbedderError, match="ollama serve"):
        OllamaEmbedder.connect(f"ollama:{NAME}", hosts=[unused_address()])


def test_the_first_server_that_has_the_model_is_taken() -> None:
    with served(OllamaServer({"qwen3:4b": Model()})) as other, served(_server()) as host:
        hosts = [unused_address(), other, host]
        assert OllamaEmbedder.connect(f"ollama:{NAME}", hosts=hosts).address == host
        with pytest.raises(EmbedderError, match=r"ollama serve.*; .*has no model 'bge-m3'"):
            OllamaEmbedder.connect("ollama:bge-m3", hosts=hosts)


def test_a_server_that_goes_while_it_is_used_is_told() -> None:
    with served(_server()) as host:
        embedder = OllamaEmbedder.connect(f"ollama:{NAME}", hosts=[host])
    with pytest.raises(EmbedderError, match="makes no vectors"):
        embedder.encode(["a red bridge"])


def test_a_collection_is_made_searched_and_opened_again_with_it(tmp_path: Path) -> None:
    with served(_server()) as host:
        settings = Settings(home=tmp_path, embedder=f"ollama:{NAME}", ollama_host=host)
        wiring = Wiring(settings)
        with wiring.open_index(wiring.open_embedder(), create=True) as index:
            index.add_text("a", "", "A red bridge.")
            index.add_text("b", "", "Five sappers came.")
        as_made = Wiring(Settings(home=tmp_path, ollama_host=host))
        with as_made.open_index(as_made.open_embedder()) as index:
            (hit, *_) = index.search("the red bridge", limit=1)
            assert index.document(hit.chunk.document_id).text == "A red bridge."


def test_other_weights_of_the_same_name_are_refused(tmp_path: Path) -> None:
    server = _server()
    with served(server) as host:
        Index.open(
            tmp_path, OllamaEmbedder.connect(f"ollama:{NAME}", hosts=[host]), create=True
        ).close()
        server.models[f"{NAME}:latest"] = Model(["embedding"], digest="1" * 64)
        with pytest.raises(IndexMismatchError):
            Index.open(tmp_path, OllamaEmbedder.connect(f"ollama:{NAME}", hosts=[host]))


def test_offline_no_text_is_sent_to_another_machine(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path, offline=True, embedder=f"ollama:{NAME}", ollama_host="far.example"
    )
    with pytest.raises(SettingsError, match=r"far\.example"):
        Wiring(settings).open_embedder()
