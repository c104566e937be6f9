"""``rag keys``, and what ``rag serve`` asks for before it opens up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rag.cli.main import main
from rag.keys.store import KeyStore
from rag.settings import Settings
from tests.doubles import wired


@pytest.fixture
def store(home: Path) -> KeyStore:
    return KeyStore(Settings.from_environment().keys_file)


def _rag(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, arguments, obj=wired())
    assert result.exit_code == code, result.output
    return result


def test_a_key_is_shown_once_alone_on_standard_output(store: KeyStore) -> None:
    made = _rag("keys", "create", "Ann", "--scope", "write", "--collection", "law")
    secret = made.stdout.strip()
    key = store.find(secret)
    assert key is not None
    assert (key.name, key.scope, key.collections) == ("Ann", "write", ("law",))
    assert "not stored: keep it" in made.stderr
    listed = _rag("keys", "list")
    assert f"{key.id}  write" in listed.stdout
    assert "Ann  (law)" in listed.stdout
    for output in (listed.output, _rag("keys", "list", "--json").output):
        assert secret not in output
        assert key.sha256 not in output


def test_keys_as_json(store: KeyStore) -> None:
    made = json.loads(_rag("keys", "create", "Ann", "--json").stdout)
    assert store.find(made.pop("key"))
    assert made["scope"] == "read"
    assert made["collections"] is None
    assert json.loads(_rag("keys", "list", "--json").stdout) == [made]


def test_revoking_the_last_key_says_what_follows(store: KeyStore) -> None:
    _rag("keys", "create", "Ann")
    (key,) = store.keys()
    revoked = _rag("keys", "revoke", key.id)
    assert f"Revoked the key {key.id} of Ann." in revoked.stdout
    assert "nobody is served" in revoked.stderr
    assert _rag("keys", "list").stdout == "There are no keys.\n"


def test_what_cannot_be_is_a_usage_error(store: KeyStore) -> None:
    assert "rag keys list" in _rag("keys", "revoke", "nothing", code=2).stderr
    wrong = _rag("keys", "create", "Ann", "--collection", "../other", code=2)
    assert "is not a collection name" in wrong.stderr
    assert not store.made


def test_serve_opens_to_other_machines_only_when_somebody_has_a_key(
    store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[dict[str, Any]] = []
    monkeypatch.setattr("uvicorn.run", lambda _, **options: started.append(options))
    refused = _rag("serve", "--host", "0.0.0.0", "--llm", "none", code=2)
    assert "'rag keys create NAME'" in refused.stderr
    assert not started
    _rag("keys", "create", "Ann")
    _rag("serve", "--host", "0.0.0.0", "--llm", "none")
    assert started[0]["host"] == "0.0.0.0"
