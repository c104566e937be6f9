"""The embedded language model: llama.cpp in this process, through xllamacpp.

Loaded on first use, or ahead of it with :meth:`LlamaCppLLM.load`, which may run in a thread beside
the loading of the embedder. Knows only a GGUF file.
"""

from __future__ import annotations

import os
import queue
import secrets
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from index.cores import usable_cores
from rag.errors import LLMError
from rag.llm.kept_prefix import SLOT, KeptPrefix, SlotServer
from rag.llm.openmp import import_llamacpp
from rag.llm.types import Ended, Generation, Part, Schema, Token
from rag.llm.wire import chat_request, roles_and_contents
from rag.types import Message, Usage

CONTEXT_TOKENS = 4096  # ours fill a tenth of it; five whole chunks in a prompt still fit
# Of each of several prompts at once: the longest question, its evidence and the answer. Keys and
# values of the default model take 28 KB a token, so that four of them need 235 MB.
SHARED_CONTEXT_TOKENS = 2048
_SOCKET_PATH_BYTES = 100  # an address of the file system holds 104 on macOS, 108 on Linux
_COMPACT = {
    "x-guidance": {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
}
SEED = 0  # temperature is 0; the seed only makes that explicit to the sampler


class LlamaCppLLM:
    """A GGUF model on this machine's cores, which writes up to ``parallel`` replies at a time:
    each step of the model adds a token to all of them (continuous batching).

    With a ``prefix``, and one reply at a time, the model begins with what is kept of it.

    Raises LLMError when the file is not a model that llama.cpp can load, and when llama.cpp itself
    cannot be loaded.
    """

    def __init__(
        self, path: Path, name: str, *, parallel: int = 1, prefix: KeptPrefix | None = None
    ) -> None:
        self.name = name
        self._path = path
        self._parallel = parallel
        self._prefix = prefix if parallel == 1 else None
        self._server: Any = None
        self._lock = threading.Lock()

    def load(self) -> Any:
        """Load the model if it is not loaded yet and return the server that holds it."""
        with self._lock:
            if self._server is None:
                self._server = _start(self._path, self._parallel, self._prefix)
            return self._server

    def stream(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 256
    ) -> Generation:
        asked = chat_request(messages, None, max_tokens)
        ours = {"seed": SEED, "cache_prompt": True, "logprobs": True}
        return Generation(self._parts({**asked, **ours}, schema))

    def _parts(self, asked: dict[str, Any], schema: Schema | None) -> Iterator[Part]:
        server = self.load()
        events: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        stopped = threading.Event()

        def receive(event: Any) -> bool:
            for each in event if isinstance(event, list) else [event]:
                events.put(each)
            return stopped.is_set()  # True ends the generation

        def work() -> None:
            try:
                held = {"grammar": _grammar(schema)} if schema else {}
                server.handle_chat_completions({**asked, **held}, receive)
            except Exception as error:  # noqa: BLE001 # raised again in the thread that reads
                events.put({"error": {"message": str(error)}})
            finally:
                events.put(None)

        worker = threading.Thread(target=work, daemon=True)
        worker.start()
        try:
            parts = (part for event in iter(events.get, None) for part in _read(event))
            yield from _held(parts) if schema else parts
        finally:
            stopped.set()
            worker.join()


def _held(parts: Iterator[Part]) -> Iterator[Part]:
    """Raises LLMError at the first letter of a reply that nothing holds to its schema: a grammar
    that llguidance cannot read is passed over without a word."""
    written = ""
    for part in parts:
        if not written and isinstance(part, str):
            written = part.lstrip()
            if written and not written.startswith("{"):
                raise LLMError("the embedded model failed: it is not held to the schema")
        yield part


def _grammar(schema: Schema) -> str:
    """What holds the model to ``schema`` and, where llama.cpp is built with llguidance, leaves it
    no choice of blanks and lines, which were a quarter of all that it wrote."""
    return str(import_llamacpp().json_schema_to_grammar({**schema.json_schema, **_COMPACT}))


def _read(event: dict[str, Any]) -> Iterator[Part]:
    if "choices" not in event:
        error = event.get("error", event)
        raise LLMError(f"the embedded model failed: {error.get('message', error)}")
    for choice in event["choices"]:
        if content := choice["delta"].get("content"):
            told = (choice.get("logprobs") or {}).get("content") or []
            yield Token(content, sum(each["logprob"] for each in told)) if told else content
        if choice.get("finish_reason") == Ended.BY_LENGTH.value:
            yield Ended.BY_LENGTH
    if usage := event.get("usage"):
        yield Usage(usage["prompt_tokens"], usage["completion_tokens"])


def _start(path: Path, parallel: int, prefix: KeptPrefix | None) -> Any:
    if not path.is_file():
        raise LLMError(
            f"{path} is no model file: name a language model of 'rag models list', or the path of "
            "a .gguf file"
        )
    xllamacpp = import_llamacpp()
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    # One more than answers: what is asked of cited texts begins otherwise, and would push the
    # instructions of the next answer out of its place.
    params.n_parallel = parallel + 1
    each = CONTEXT_TOKENS if parallel == 1 else SHARED_CONTEXT_TOKENS
    params.n_ctx = each * params.n_parallel
    params.cache_ram_mib = 0  # else the prompts of all questions are kept, up to 8 GB of them
    params.warmup = False  # the first question is the warm-up
    params.verbosity = -1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = usable_cores()
    try:
        return _unreachable(xllamacpp, params, prefix)
    except RuntimeError as error:
        raise LLMError(
            f"{path.name} cannot be loaded ({error}): check it with 'rag models verify'"
        ) from error


def _unreachable(xllamacpp: Any, params: Any, prefix: KeptPrefix | None) -> Any:
    """The server of xllamacpp, which is called in process but always listens as well.

    It listens on a socket in a folder of ours that is removed as soon as the prefix is read, so
    that nothing can connect. Where there are no such sockets it listens on loopback, and answers
    only to a key of random bits that nobody has, and to no page of the web.
    """
    params.api_keys = [secrets.token_urlsafe(32)]
    params.cors_origins = ""
    params.ui = params.endpoint_slots = params.endpoint_props = params.endpoint_metrics = False
    with TemporaryDirectory(prefix="rag-", ignore_cleanup_errors=True) as folder:
        address = str(Path(folder, "llm.sock"))
        if hasattr(socket, "AF_UNIX") and len(os.fsencode(address)) <= _SOCKET_PATH_BYTES:
            params.hostnames = [address]
        else:
            params.hostnames = ["127.0.0.1"]
        if prefix is None:
            return xllamacpp.Server(params)
        return _prepared(xllamacpp, params, prefix)


def _prepared(xllamacpp: Any, params: Any, prefix: KeptPrefix) -> Any:
    """The server, which has read ``prefix``: from the disk, else now, and keeps it there."""
    with suppress(OSError):  # a cache that cannot be written
        prefix.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not prefix.folder.is_dir():
        return xllamacpp.Server(params)
    params.slot_save_path = f"{prefix.folder}{os.sep}"
    server = xllamacpp.Server(params)
    reached = SlotServer(server.listening_address, params.api_keys[0])
    name = prefix.name(Path(params.model.path), xllamacpp.__version__, params.n_ctx)
    if not prefix.restore(reached, name):
        asked = {"messages": roles_and_contents(prefix.messages), "max_tokens": 1}
        with suppress(Exception):  # what fails here fails at the first question, and is told there
            server.handle_chat_completions({**asked, "id_slot": SLOT})
            prefix.keep(reached, name)
    return server
