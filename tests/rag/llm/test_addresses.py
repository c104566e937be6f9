"""The forms in which the addresses of servers may be written."""

from __future__ import annotations

import pytest

from rag.errors import SettingsError
from rag.llm.addresses import (
    ollama_addresses,
    openai_addresses,
    remote_host,
    without_password,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (None, "http://127.0.0.1:11434"),
        ("", "http://127.0.0.1:11434"),
        ("box", "http://box:11434"),
        ("box:1234", "http://box:1234"),
        (":1234", "http://127.0.0.1:1234"),
        ("box:1234/", "http://box:1234"),
        ("box/ollama/", "http://box:11434/ollama"),
        ("http://box", "http://box:80"),
        ("https://box", "https://box:443"),
        ("https://box:1234/a/b", "https://box:1234/a/b"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:1234", "http://127.0.0.1:1234"),
        ("[::]:1234", "http://[::1]:1234"),
        ("[::1]", "http://[::1]:11434"),
        ("http://[fe80::1]:1234", "http://[fe80::1]:1234"),
        (' "box:1234" ', "http://box:1234"),
        ("'box'", "http://box:11434"),
        ("ann:s3cret@box", "http://ann:s3cret@box:11434"),
    ],
)
def test_ollama_host_is_read_as_ollama_reads_it(text: str | None, address: str) -> None:
    assert ollama_addresses(text) == [address]


def test_several_addresses_stand_between_commas() -> None:
    assert ollama_addresses("one, https://two ,:3") == [
        "http://one:11434",
        "https://two:443",
        "http://127.0.0.1:3",
    ]


@pytest.mark.parametrize("text", ["localhost:port", "http://[::1", "http://h:99999", "ftp://box"])
def test_a_malformed_ollama_host_is_an_error_of_the_settings(text: str) -> None:
    with pytest.raises(SettingsError, match="OLLAMA_HOST"):
        ollama_addresses(text)


def test_a_model_of_several_servers_is_named_once() -> None:
    assert openai_addresses("m@x@http://one/v1,https://two/v1") == (
        "m@x",
        ["http://one/v1", "https://two/v1"],
    )


@pytest.mark.parametrize(
    ("llm", "ollama_host", "host"),
    [
        ("auto", "http://far.example", None),  # embedded: no server is asked
        ("none", "http://far.example", None),
        ("llamacpp:x", "http://far.example", None),
        ("ollama:m", None, None),
        ("ollama:m", "0.0.0.0", None),
        ("ollama:m", "localhost,far.example", "far.example"),
        ("openai:m@http://127.0.0.1:8000/v1", None, None),
        ("openai:m@https://far.example/v1", None, "far.example"),
    ],
)
def test_what_would_leave_this_machine_is_known(
    llm: str, ollama_host: str | None, host: str | None
) -> None:
    assert remote_host(llm, ollama_host) == host


def test_a_password_is_not_shown() -> None:
    assert without_password("http://ann:s3cret@box:11434/a") == "http://box:11434/a"
