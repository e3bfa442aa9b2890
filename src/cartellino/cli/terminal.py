"""What the terminal shows: tables, a progress bar (only where somebody watches), and complaints on stderr.

Names of accounts, texts and files are chosen by strangers, and a terminal obeys what is written to it: colours, moves
of the cursor, the direction of writing, the title of the window. So nothing is printed but through here, where
everything that is not a plain letter is written as Python writes it in a string (`visible`).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import msgspec
from rich import markup
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.segment import Segment
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


_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(code) for code in range(0xFE00, 0xFE10)}
"""Letters, by Unicode's categories, that show nothing or change how the one before looks."""


def visible(text: str) -> str:
    """Write a text on one line so that one sees what is in it, and a terminal obeys nothing of it.

    >>> print(visible("Anna\\x1b[2J\\u202eteb"), visible("two\\nlines"))
    Anna\\x1b[2J\\u202eteb two\\nlines
    """
    return "".join(letter if letter.isprintable() and letter not in _BLANK else ascii(letter)[1:-1] for letter in text)


def escape(text: str) -> str:
    """Return a text of somebody else for use within markup."""
    return markup.escape(visible(text))


class _Seen(RenderHook):
    """The last look at everything that a console prints, whatever made it."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Put each into what makes its letters visible."""
        return [_Visible(renderable) for renderable in renderables]


class _Visible:
    def __init__(self, shown: ConsoleRenderable) -> None:
        self._shown = shown

    def __rich_console__(self, to: Console, options: ConsoleOptions) -> RenderResult:
        for text, style, control in to.render(self._shown, options):
            yield Segment(text if control else _lines(text), style, control)


def console() -> Console:
    """Return the console of standard output, 100 columns wide when nobody watches."""
    made = Console(width=None if sys.stdout.isatty() else 100, highlight=False, emoji=False)
    made.push_render_hook(_Seen())
    return made


def say(text: str) -> None:
    """Write a line to standard output, as long as it is."""
    print(_lines(text))


def say_json(content: object) -> None:
    """Write a value to standard output as JSON; letters that nobody would see are written as JSON writes them."""
    written = msgspec.json.format(msgspec.json.encode(content)).decode()
    print(
        "".join(
            letter if letter == "\n" or visible(letter) == letter else json.dumps(letter)[1:-1] for letter in written
        )
    )


def complain(text: str) -> None:
    """Write to standard error."""
    print(_lines(text), file=sys.stderr)


def _lines(text: str) -> str:
    return re.sub(r"[^\n\t]+", lambda line: visible(line[0]), text)


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
