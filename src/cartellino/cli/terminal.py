"""What the terminal shows: tables, a progress bar (only where somebody watches), and complaints on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

COLOURS = {
    "warning": "yellow",
    "challenge": "cyan",
    "restriction": "yellow",
    "suspension": "dark_orange",
    "ban": "red",
    "review": "blue",
    "diagnosis": "dim",
}
"""One colour an action; yellow card and red card are words for people's screens."""


class Advance(Protocol):
    """Moves a progress bar to `done`, and says what stands beside it."""

    def __call__(self, done: float, beside: str = "") -> None:
        """Show progress."""


def console() -> Console:
    """Return the console of standard output, 100 columns wide when nobody watches."""
    return Console(width=None if sys.stdout.isatty() else 100, highlight=False, emoji=False)


def complain(text: str) -> None:
    """Write to standard error."""
    Console(stderr=True, highlight=False, soft_wrap=True, emoji=False).print(escape(text))


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], right: Iterable[int] = ()) -> Table:
    """Return a table; the columns numbered in `right` are set flush right."""
    made = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False)
    for index, column in enumerate(columns):
        made.add_column(column, justify="right" if index in set(right) else "left", overflow="fold")
    for row in rows:
        made.add_row(*(str(cell) for cell in row))
    return made


def action(kind: str) -> str:
    """Write an action in its colour."""
    return f"[{COLOURS.get(kind, 'white')}]{kind}[/]"


@contextmanager
def progress(what: str, total: float) -> Iterator[Advance]:
    """Show a progress bar on a terminal; elsewhere stay silent."""
    shown = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[beside]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=shown,
        disable=not shown.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task(what, total=max(total, 1), beside="")

        def advance(done: float, beside: str = "") -> None:
            bar.update(task, completed=done, beside=beside)

        yield advance
