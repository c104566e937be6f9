"""Keys: hashed, shown once, counted from the next request on, and never open by mistake."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from rag.errors import SettingsError
from rag.keys.store import SCOPES, KeyStore, is_loopback, require_keys_beyond_loopback


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "home" / "keys.json")


def test_a_key_is_found_by_what_was_shown_and_by_nothing_else(store: KeyStore) -> None:
    secret, key = store.create("Ann", "write", ["law", "tax", "law"])
    assert store.find(secret) == key
    assert (key.name, key.scope, key.collections) == ("Ann", "write", ("law", "tax"))
    for other in ("", secret[:-1], secret + "x", key.id, key.sha256, "\udcff"):
        assert store.find(other) is None


def test_a_key_is_256_random_bits_and_no_two_are_alike(store: KeyStore) -> None:
    secrets = {store.create("Ann", "read")[0] for _ in range(5)}
    assert len(secrets) == 5
    assert all(len(each.removeprefix("fnr_")) == 43 for each in secrets)  # 256 / 6, rounded up


def test_the_file_holds_no_key_and_is_the_owners_alone(store: KeyStore) -> None:
    secret, _ = store.create("Ann", "admin")
    assert secret not in store.path.read_text()
    assert secret.removeprefix("fnr_") not in store.path.read_text()
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert not store.path.with_suffix(".new").exists()


def test_a_key_made_or_revoked_elsewhere_counts_at_once(store: KeyStore) -> None:
    elsewhere = KeyStore(store.path)
    assert not elsewhere.made
    secret, key = elsewhere.create("Ann", "read")
    assert store.made
    assert store.find(secret) == key
    other, _ = elsewhere.create("Bob", "read")
    elsewhere.revoke(key.id)
    assert store.find(secret) is None
    assert store.find(other)


def test_keys_stay_required_when_the_last_one_is_revoked(store: KeyStore) -> None:
    _, key = store.create("Ann", "read")
    store.revoke(key.id)
    assert store.keys() == ()
    assert store.made


def test_each_scope_may_do_what_those_before_it_may(store: KeyStore) -> None:
    for place, scope in enumerate(SCOPES):
        key = store.create("Ann", scope)[1]
        assert [key.allows(each) for each in SCOPES] == [each <= place for each in range(3)]


def test_a_key_opens_its_collections_or_all(store: KeyStore) -> None:
    assert store.create("Ann", "read")[1].opens("anything")
    some = store.create("Ann", "read", ["law"])[1]
    assert some.opens("law")
    assert not some.opens("tax")


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 65])
def test_a_key_needs_a_name_that_says_whose_it_is(store: KeyStore, name: str) -> None:
    with pytest.raises(SettingsError, match="whose it is"):
        store.create(name, "read")
    assert not store.made


def test_a_key_that_nobody_has_cannot_be_revoked(store: KeyStore) -> None:
    with pytest.raises(SettingsError, match="rag keys list"):
        store.revoke("00000000")


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", '{"keys": [{}]}', '{"keys": 5}', "\0", '{"keys": [{"scope": "root"}]}'],
)
def test_a_damaged_file_opens_nothing_and_is_told(store: KeyStore, content: str) -> None:
    secret, _ = store.create("Ann", "read")
    store.path.write_text(content)
    with pytest.raises(SettingsError, match=r"keys\.json holds no keys that can be read"):
        KeyStore(store.path).find(secret)
    assert store.made


def test_a_scope_of_another_version_opens_nothing(store: KeyStore) -> None:
    store.create("Ann", "read")
    stored = json.loads(store.path.read_text())
    stored["keys"][0]["scope"] = "root"
    store.path.write_text(json.dumps(stored))
    with pytest.raises(SettingsError, match="holds no keys that can be read"):
        store.keys()


def test_a_lock_that_cannot_be_made_is_told(store: KeyStore) -> None:
    store.path.with_suffix(".lock").mkdir(parents=True)
    with pytest.raises(SettingsError, match="check its permissions"):
        store.create("ann", "read")


def test_a_folder_in_the_place_of_the_file_is_told(store: KeyStore) -> None:
    store.path.mkdir(parents=True)
    with pytest.raises(SettingsError, match="check its permissions"):
        store.keys()
    with pytest.raises(SettingsError, match="check its permissions"):
        store.create("Ann", "read")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("example.org", False),
        ("localhost.example.org", False),
        ("", False),
    ],
)
def test_only_loopback_is_served_without_a_key(store: KeyStore, host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
    if loopback:
        require_keys_beyond_loopback(host, store)
    else:
        with pytest.raises(SettingsError, match="'rag keys create NAME'"):
            require_keys_beyond_loopback(host, store)
    store.create("Ann", "read")
    require_keys_beyond_loopback(host, store)
