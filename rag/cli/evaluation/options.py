"""What the evaluation commands share: the choice of a suite and of models, and what these open.

Importing this loads no measure and no model library.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.cli.options import Decorator, one_of, wiring_of
from rag.errors import EXIT_ANSWERED, EXIT_ERROR

if TYPE_CHECKING:
    from index.embed import Embedder
    from index.index import Index
    from rag.evaluation.dataset import Dataset
    from rag.evaluation.score import Corpus
    from rag.evaluation.split import Part
    from rag.gate.calibration import Calibrations
    from rag.gate.decide import Gate
    from rag.llm import LLM

FolderPath = click.Path(path_type=Path, file_okay=False)
FilePath = click.Path(path_type=Path, dir_okay=False)

DEFAULT_RUNS = Path("runs")
PARTS = ("train", "calibration", "test")

# Written out, not imported: the module that opens them imports the models' libraries.
SYSTEM_NAMES = (
    "footnote",
    "quick",
    "cascade",
    "extractive",
    "naive",
    "retrieval",
    "retrieval-dense",
    "retrieval-words",
)
ANSWERING_SYSTEMS = ("footnote", "cascade", "naive")


@dataclass(frozen=True, slots=True)
class SuiteChoice:
    """The suite, and which of its questions are asked."""

    suite: Path
    questions: Path | None = None
    limit: int | None = None
    seed: int = 0
    part: Part | None = None
    also: tuple[Path, ...] = ()

    def dataset(self) -> Dataset:
        """Return the suite, of the chosen part; ``limit`` is left to who asks.

        Raises EvaluationError when it cannot be read.
        """
        from rag.evaluation.dataset import load_dataset
        from rag.evaluation.split import only

        dataset = load_dataset(self.suite, self.questions, self.also)
        return dataset if self.part is None else only(self.part, dataset)

    def sampled(self) -> Dataset:
        """As :meth:`dataset`, with at most ``limit`` questions, drawn by ``seed``."""
        from rag.evaluation.dataset import sample

        dataset = self.dataset()
        return replace(dataset, questions=sample(dataset.questions, self.limit, self.seed))


@dataclass(frozen=True, slots=True)
class Tools:
    """What the commands run on. ``cache`` is the folder for the suites' indexes."""

    embedder: Embedder
    llm: LLM | None
    cache: Path
    settings: dict[str, str]
    calibrations: Calibrations | None = None

    def gate(self) -> Gate:
        """The gate with these calibrations, or those that ship."""
        from rag.gate.calibration import default_calibrations
        from rag.gate.decide import Gate

        return Gate(calibrations=self.calibrations or default_calibrations())

    @contextmanager
    def opened(self, dataset: Dataset) -> Iterator[tuple[Index, Corpus]]:
        """Open the index of ``dataset``, with a bar while it is made."""
        from rag.cli.terminal import ingest_bar
        from rag.evaluation.workbench import opened_corpus

        with ExitStack() as stack:
            with ingest_bar() as indexing:  # gone before another bar is shown
                opened = stack.enter_context(
                    opened_corpus(dataset, self.embedder, self.cache, indexing)
                )
            yield opened


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The models by name; None for those of the settings."""

    llm: str | None = None
    embedder: str | None = None

    def open(self, *, with_llm: bool = True, warm: bool = True) -> Tools:
        """Return the models; without a language model if so asked.

        With ``warm``, they are loaded now and not with the first question. Raises what opening
        them raises.
        """
        from rag.evaluation.workbench import warm_up
        from rag.settings import DEFAULT_EMBEDDER, Settings

        settings = Settings.from_environment(llm=self.llm, embedder=self.embedder)
        chosen = settings.embedder or DEFAULT_EMBEDDER  # the user's collection has no say here
        wiring = wiring_of(replace(settings, embedder=chosen))
        embedder = wiring.open_embedder()
        llm = wiring.open_llm() if with_llm else None
        if warm:
            warm_up(embedder, llm)
        told = {"llm": llm.name if llm else settings.llm, "embedder": chosen}
        if settings.calibration:
            told["calibration"] = settings.calibration.name
        cache = settings.collections_folder.parent / "eval"
        return Tools(embedder, llm, cache, told, wiring.calibrations())


also_option = click.option(
    "--also", type=FolderPath, multiple=True, help="Add this suite's documents as well."
)
part_option = click.option(
    "--part",
    type=click.Choice(PARTS),
    help="Only questions on this part of the documents: the reader knows those of 'train'.",
)
limit_option = click.option(
    "--limit", type=click.IntRange(1), help="Ask at most so many questions of a suite."
)
seed_option = click.option("--seed", default=0, show_default=True, help="For every random draw.")
embedder_option = click.option("--embedder", metavar="NAME", help="The embedder [RAG_EMBEDDER].")
replies_option = click.option(
    "--replies",
    type=FilePath,
    help="Keep the language model's replies in this file, and use those that are there.",
)
resume_option = click.option("--resume", is_flag=True, help="Continue a run that was stopped.")
out_option = click.option(
    "--out",
    type=FolderPath,
    default=DEFAULT_RUNS,
    show_default=True,
    help="Where each run gets its folder.",
)
output_option = partial(click.option, "-o", "--output", type=FilePath)

model_options: Decorator = one_of(
    ModelChoice,
    "models",
    click.option("--llm", metavar="NAME", help="The language model, as in rag ask [RAG_LLM]."),
    embedder_option,
)


def suite_options(*more: Decorator) -> Decorator:
    """The suite, and which of its questions, as one ``chosen``; ``more`` narrow it further."""
    return one_of(
        SuiteChoice,
        "chosen",
        click.argument("suite", type=FolderPath),
        click.option(
            "--questions", type=FilePath, help="The questions file, if there are several."
        ),
        limit_option,
        seed_option,
        *more,
    )


def exit_code(good: bool) -> int:
    return EXIT_ANSWERED if good else EXIT_ERROR
