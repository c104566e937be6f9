"""``python -m tests.pace --program FOLDER PATHS``: how fast files become searchable, beside
another version.

FOLDER is another checkout, whose dependencies are here too. Both versions index each of PATHS in
turns, each time in a process of its own and a new collection; what counts is the time of the
processor of that process and of those that it starts, because other work on the machine hardly
lengthens it. Loading alone, and the start with one line of text, are timed in the same way.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import pypdfium2 as pdfium

from index.files import find_files
from rag.evaluation.bench import Cost, Measured, measured, process_cost

HERE = Path(__file__).resolve().parents[1]
# Where the environment has another version installed, none of its modules fill in for these.
_THIS_VERSION = """
import sys
sys.path.insert(0, sys.argv.pop(1))
sys.meta_path[:] = [each for each in sys.meta_path if "editable" not in repr(each).lower()]
"""
_INDEX = f"""{_THIS_VERSION}
try:
    from rag.cli.main import main
except ModuleNotFoundError:  # of versions in which it was one file
    from rag.cli import main
main()
"""
_LOAD = f"""{_THIS_VERSION}
from pathlib import Path
from index.errors import DocumentError
from index.load.loading import load_parts, read
for path in map(Path, sys.argv[1:]):
    try:
        for part in load_parts(read(path), path.name):
            part.outcome
    except DocumentError:
        pass
"""
_ENDS = (0, 1)  # 1: a file was refused, with its reason

Once = Callable[[Path, Path], Cost]  # what a checkout takes for a path


@dataclass(frozen=True, slots=True)
class Compared:
    """What one thing cost the other version and this one; ``units`` are the pages or files."""

    name: str
    units: int
    other: Measured
    here: Measured

    def row(self) -> str:
        """A row of the table: seconds, and how many times as many units in a second."""
        low, high = self.here.cpu_ratio_high, self.here.cpu_ratio_low
        ratio, wall = self.here.cpu_ratio, self.here.ratio
        speed = f"{1 / ratio:.2f} ({1 / low:.2f}–{1 / high:.2f})" if ratio and low and high else "–"
        cells = (
            self.name,
            str(self.units),
            f"{self.other.cpu_s:.2f}",
            f"{self.here.cpu_s:.2f}",
            speed,
            f"{1 / wall:.2f}" if wall else "–",
        )
        return f"| {' | '.join(cells)} |"


def compared(program: Path, paths: Sequence[Path], rounds: int) -> Iterator[Compared]:
    """Time both versions over each of ``paths``: what is indexed, and what is only loaded."""
    numbers = itertools.count()
    with tempfile.TemporaryDirectory(prefix="rag-pace-") as folder:
        home = Path(folder)
        line = home / "one line.txt"
        line.write_text("The Leeds office has 40 desks.\n", encoding="utf-8")

        def index(checkout: Path, path: Path) -> Cost:
            own = home / ("here" if checkout == HERE else "other")
            return _cost(_INDEX, checkout, own, "index", path, "--collection", f"c{next(numbers)}")

        def load(checkout: Path, path: Path) -> Cost:
            return _cost(_LOAD, checkout, home, *find_files([path]).paths)

        for checkout in (program, HERE):
            index(checkout, line)  # fetches the models
        for path in (line, *paths):
            yield _in_turns(f"index {path.stem}", index, program, path, rounds)
            yield _in_turns(f"load {path.stem}", load, program, path, rounds)


def _in_turns(name: str, once: Once, program: Path, path: Path, rounds: int) -> Compared:
    costs: dict[Path, list[Cost]] = {program: [], HERE: []}
    for number in range(rounds):
        for checkout in (HERE, program) if number % 2 else (program, HERE):
            costs[checkout].append(once(checkout, path))
    other, here = costs[program], costs[HERE]
    return Compared(name, _units(path), measured("other", other), measured("here", here, other))


def _cost(source: str, checkout: Path, home: Path, *arguments: str | Path) -> Cost:
    settings = {"RAG_HOME": str(home), "RAG_LLM": "none", "PYTHONPATH": str(checkout)}
    return process_cost((source, str(checkout), *map(str, arguments)), settings, _ENDS)


def _units(path: Path) -> int:
    """The pages of PDFs; a file of another format is one."""
    return sum(
        len(pdfium.PdfDocument(file)) if file.suffix.lower() == ".pdf" else 1
        for file in find_files([path]).paths
    )


@click.command()
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, resolve_path=True, path_type=Path),
)
@click.option(
    "--program",
    required=True,
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
    help="The folder of the version to compare with.",
)
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1))
def main(paths: Sequence[Path], program: Path, rounds: int) -> None:
    """Print a row for each of PATHS, files or folders: seconds of the processor, and the speed."""
    click.echo("| what | pages or files | s before | s now | times as fast | by the wall |")
    click.echo("| --- | --- | --- | --- | --- | --- |")
    for each in compared(program, paths, rounds):
        click.echo(each.row())


if __name__ == "__main__":
    main()
