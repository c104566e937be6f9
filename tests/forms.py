"""``python -m tests.forms qwen2.5-coder-1.5b``: the seeds through a model in each form of asking.

The same weights answer behind a double of Ollama that holds them to the schema, that drops it, and
that is asked for plain text with marks. What is lost by a dropped form is seen here.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from index.index import Index
from rag.assistant import Assistant
from rag.evaluation.dataset import Dataset, load_dataset
from rag.evaluation.judge import is_correct
from rag.evaluation.measures.outcome import is_shown
from rag.llm.llamacpp import LlamaCppLLM
from rag.llm.manners import Form, Manner, Manners
from rag.llm.ollama import OllamaLLM
from rag.settings import Settings
from rag.types import Answer
from rag.wiring import Wiring
from tests.llama_ollama import written_by
from tests.loopback import served
from tests.ollama_server import Model, OllamaServer

FORMS: tuple[Form, ...] = ("schema", "words", "text")
SEEDS = Path(__file__).parents[1] / "seeds"
_HELD = Model(["completion"])
_DROPPED = Model(["completion", "thinking"], parser="qwen3.5")
_NAME = "asked:latest"


@click.command()
@click.argument("model")
@click.option("--suite", type=click.Path(path_type=Path), default=SEEDS)
@click.option("--form", "forms", multiple=True, default=FORMS, type=click.Choice(FORMS))
def main(model: str, suite: Path, forms: Sequence[Form]) -> None:
    """Ask the questions of a suite of MODEL, in each form."""
    wiring = Wiring(Settings.from_environment())
    llm = LlamaCppLLM(wiring.store().path(model), f"llamacpp:{model}")
    llm.load()
    dataset = load_dataset(suite)
    alone = tuple(each for each in dataset.questions if not each.history)
    dataset = replace(dataset, questions=alone)
    told: dict[str, list[str]] = {each.question: [] for each in alone}
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        embedder = wiring.open_embedder()
        with Index.open(Path(folder), embedder, create=True) as index:
            index.add([(each.id, each.loaded) for each in dataset.documents.values()])
            for form in forms:
                counts[form] = _asked(dataset, index, wiring, llm, form, told)
    for question, lines in told.items():
        verdicts = {line.partition(" ")[0] for line in lines}
        if len(verdicts) > 1 or "wrong" in verdicts:
            click.echo("\n".join((question, *lines)))
    click.echo("| form | right and shown | wrong and shown | of |\n| --- | --- | --- | --- |")
    for form, each in counts.items():
        click.echo(f"| {form} | {each['right']} | {each['wrong']} | {len(alone)} |")


def _asked(
    dataset: Dataset,
    index: Index,
    wiring: Wiring,
    llm: LlamaCppLLM,
    form: Form,
    told: dict[str, list[str]],
) -> Counter[str]:
    server = OllamaServer({_NAME: _HELD if form == "schema" else _DROPPED}, chat=written_by(llm))
    counts: Counter[str] = Counter()
    with served(server) as host:
        asked = OllamaLLM.connect(_NAME, host=host, manners=_Always(form))
        assistant: Assistant = wiring.assistant(index, asked)
        for question in dataset.questions:
            answer = assistant.ask(question.question)
            right = question.answerable is True and bool(is_correct(question, answer.text))
            verdict = _verdict(answer, right)
            counts[verdict] += 1
            told[question.question].append(f"{verdict} ({form}): {answer.text[:200]!r}")
    return counts


def _verdict(answer: Answer, right: bool) -> str:
    if not is_shown(answer.status):
        return "withheld"
    return "right" if right else "wrong"


class _Always(Manners):
    """Asks in one form, whatever the replies show."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._manner = Manner(form, proved=True)

    def of(self, key: str, guess: Manner) -> Manner:
        return self._manner


if __name__ == "__main__":
    main()
