"""API keys: who may ask what of a server. Only hashes are stored; a key is shown once.

A key is 256 random bits. Nobody can guess through as many, so that a plain SHA-256 protects a
stolen file as well as a slow hash would, and costs a request nothing; slow hashes are for
passwords, which people choose. Hashes are compared in constant time, so that the time of a refusal
tells nothing.

Knows no HTTP.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from rag.errors import SettingsError

Scope = Literal["read", "write", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)  # each may do what those before it may

PREFIX = "fnr_"  # by which scanners for secrets that were published by mistake know a key
_RANDOM_BYTES = 32
_NAME_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Key:
    """What is stored of a key. ``collections`` are the only ones it opens; None: all of them."""

    id: str
    name: str
    scope: Scope
    collections: tuple[str, ...] | None
    created: str
    sha256: str

    def allows(self, scope: Scope) -> bool:
        return SCOPES.index(scope) <= SCOPES.index(self.scope)

    def opens(self, collection: str) -> bool:
        return self.collections is None or collection in self.collections


class KeyStore:
    """The keys in one file, which several processes may read and write.

    A key that another process makes or revokes counts from the next request on. Every method
    raises SettingsError when the file cannot be read or written: a damaged file opens nothing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._read_at: tuple[int, int, int] | None = None
        self._keys: tuple[Key, ...] = ()

    @property
    def made(self) -> bool:
        """Whether keys were ever made here. From then on they are required, also when all of them
        are revoked: revoking the last key must not open the door."""
        with self._translated():
            return self.path.exists()

    def keys(self) -> tuple[Key, ...]:
        """All keys, the oldest first."""
        with self._lock, self._translated():
            try:
                stat = self.path.stat()
            except FileNotFoundError:
                return ()
            stamp = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
            if stamp != self._read_at:
                self._keys = _parsed(self.path.read_text(encoding="utf-8"))
                self._read_at = stamp
            return self._keys

    def find(self, secret: str) -> Key | None:
        """The key that ``secret`` is, if it is one."""
        digest = _sha256(secret)
        found = None
        for key in self.keys():  # all of them, whichever it is
            if hmac.compare_digest(key.sha256, digest):
                found = key
        return found

    def create(self, name: str, scope: Scope, collections: Sequence[str] = ()) -> tuple[str, Key]:
        """A new key, to be shown once, and what is stored of it. No ``collections``: all."""
        if not name.strip() or not name.isprintable() or len(name) > _NAME_CHARACTERS:
            raise SettingsError(
                f"a key's name says whose it is, in at most {_NAME_CHARACTERS} characters"
            )
        secret = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
        key = Key(
            id=secrets.token_hex(4),
            name=name.strip(),
            scope=scope,
            collections=tuple(sorted(set(collections))) or None,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            sha256=_sha256(secret),
        )
        with self._changing():
            self._write((*self.keys(), key))
        return secret, key

    def revoke(self, id: str) -> Key:
        """The key with this id, which opens nothing from now on."""
        with self._changing():
            keys = self.keys()
            revoked = next((key for key in keys if key.id == id), None)
            if revoked is None:
                raise SettingsError(f"there is no key {id}: 'rag keys list' shows the ids")
            self._write([key for key in keys if key is not revoked])
        return revoked

    @contextmanager
    def _changing(self) -> Iterator[None]:
        from filelock import FileLock  # who only reads keys does not wait for its import

        with ExitStack() as stack:
            with self._translated():  # a folder may be read-only
                self.path.parent.mkdir(parents=True, exist_ok=True)
                stack.enter_context(FileLock(self.path.with_suffix(".lock"), mode=0o600))
            yield

    def _write(self, keys: Sequence[Key]) -> None:
        """Replace the file as a whole: a reader sees the keys of before or of after."""
        aside = self.path.with_suffix(".new")
        text = json.dumps({"keys": [asdict(key) for key in keys]}, indent=2, ensure_ascii=False)
        with self._translated():
            aside.unlink(missing_ok=True)
            handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as written:
                written.write(text + "\n")
                written.flush()
                os.fsync(written.fileno())
            aside.replace(self.path)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise SettingsError(
                f"the keys in {self.path} cannot be used ({error.strerror}): check its permissions"
            ) from error
        except (ValueError, TypeError, KeyError) as error:
            raise SettingsError(
                f"{self.path} holds no keys that can be read: restore it from a backup, or delete "
                "it and make new keys with 'rag keys create'"
            ) from error


def require_keys_beyond_loopback(host: str, store: KeyStore) -> None:
    """Raises SettingsError when other machines can reach ``host`` and there is no key."""
    if not is_loopback(host) and not store.keys():
        raise SettingsError(
            f"at {host} other machines can ask, and nobody has a key yet: make one with "
            "'rag keys create NAME', or serve this machine alone with --host 127.0.0.1"
        )


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine as only its own programs reach it."""
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def _parsed(text: str) -> tuple[Key, ...]:
    stored = json.loads(text)["keys"]
    return tuple(_key(**each) for each in stored)


def _key(*, scope: str, collections: Sequence[str] | None, **rest: str) -> Key:
    if scope not in SCOPES:
        raise ValueError(scope)
    opened = None if collections is None else tuple(collections)
    return Key(scope=scope, collections=opened, **rest)


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
