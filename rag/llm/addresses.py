"""Where servers listen: ``OLLAMA_HOST`` in all its forms, and ``MODEL@URL``.

Several addresses are separated by commas; the first that answers is used. Knows no protocol.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from rag.errors import SettingsError

OLLAMA = "ollama:"  # begins the names of models that an Ollama server has
OLLAMA_DEFAULT = "http://127.0.0.1:11434"
_OLLAMA_PORT = 11434
_PORTS = {"http": 80, "https": 443}  # where an address names its scheme, as Ollama reads it
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 # a server listens there; nobody calls it
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def ollama_addresses(text: str | None) -> list[str]:
    """Return the base URLs that ``text``, the value of OLLAMA_HOST, names.

    Each may be HOST, HOST:PORT, :PORT or a URL with a path and with NAME:PASSWORD@, in quotation
    marks or not. Raises SettingsError for anything else.
    """
    given = [_bare(each) for each in _bare(text or "").split(",")]
    return [_ollama_address(each) for each in given if each] or [OLLAMA_DEFAULT]


def _bare(text: str) -> str:
    return text.strip().strip("\"'").strip()


def _ollama_address(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "http", text
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        port = parts.port or (_PORTS[scheme] if separator else _OLLAMA_PORT)
        host = parts.hostname or "127.0.0.1"
    except (KeyError, ValueError) as error:
        raise SettingsError(
            f"OLLAMA_HOST '{text}' is not an address ({error}): write HOST, HOST:PORT or a URL, "
            "and a comma between several"
        ) from error
    host = _EVERYWHERE.get(host, host)
    user = parts.netloc.rpartition("@")[0]
    return (
        f"{scheme}://{user + '@' if user else ''}{f'[{host}]' if ':' in host else host}:{port}"
        f"{parts.path.rstrip('/')}"
    )


def openai_addresses(text: str) -> tuple[str, list[str]]:
    """Return the model and the base URLs of ``MODEL@URL`` or ``MODEL@URL,URL``.

    Raises SettingsError for anything else.
    """
    model, separator, rest = _split_at_url(text)
    base_urls = [each.strip() for each in rest.split(",")]
    if not (separator and model and all(_is_url(each) for each in base_urls)):
        raise SettingsError(
            f"'openai:{text}' needs a model and an address, such as "
            "openai:qwen3-4b@http://localhost:8000/v1"
        )
    return model, base_urls


def _split_at_url(text: str) -> tuple[str, str, str]:
    """A model's name may have an @, and so may a URL: the one before ``http`` parts them."""
    for scheme in ("http://", "https://"):
        model, separator, rest = text.partition(f"@{scheme}")
        if separator:
            return model, "@", scheme + rest
    return text.rpartition("@")


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port  # read for its error: a port that is no number
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def remote_host(llm: str, ollama_host: str | None) -> str | None:
    """Return another machine that questions to ``llm`` would be sent to; None where all stay.

    Raises SettingsError for a malformed address.
    """
    backend, _, rest = llm.partition(":")
    if backend == "ollama":
        addresses = ollama_addresses(ollama_host)
    elif backend == "openai":
        addresses = openai_addresses(rest)[1]
    else:
        return None
    hosts = (urlsplit(each).hostname or "" for each in addresses)
    return next((each for each in hosts if each not in (*LOOPBACK, *_EVERYWHERE)), None)


def without_password(address: str) -> str:
    """Return ``address`` as it may be shown."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
