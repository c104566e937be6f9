"""The pages of other sites can neither read nor change anything here."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.app import Assistants, create_app
from rag.settings import Settings
from tests.doubles import HashingEmbedder


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("http://testserver", 200),
        ("https://evil.example", 403),
        ("http://testserver:81", 403),
        ("null", 403),
        ("http://[", 403),
        ("http://[::1", 403),
        ("", 403),
    ],
)
def test_only_this_servers_own_pages_and_programs_are_served(
    home: object, embedder: HashingEmbedder, origin: str | None, status: int
) -> None:
    settings = Settings.from_environment()
    app = create_app(settings, Assistants(settings, embedder, None))
    headers = {"Origin": origin} if origin is not None else {}
    with TestClient(app) as client:
        assert client.get("/collections", headers=headers).status_code == status
        files = [("files", ("a.txt", b"A lease."))]
        sent = client.post("/documents", files=files, headers=headers)
    assert sent.status_code == status
    if status == 403:
        assert "other sites" in sent.json()["error"]["message"]
