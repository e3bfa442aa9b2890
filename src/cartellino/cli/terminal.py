"""Output to the terminal: tables, a progress bar (only on a terminal), and errors on stderr.

Strangers choose the names of accounts, texts and files, and a terminal obeys control characters: colours, movements of
the cursor, the direction of writing, the title of the window. So all output goes through this module, which escapes
everything but plain characters as in a Python string (`visible`).
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
"""The colour of each kind of action on a terminal."""


class Advance(Protocol):
    """Moves a progress bar to `done`, with a text beside it."""

    def __call__(self, done: float, beside: str = "") -> None:
        """Show progress."""


_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(code) for code in range(0xFE00, 0xFE10)}
"""Characters that are letters or marks by Unicode's categories, but are invisible or change the one before."""


def visible(text: str) -> str:
    """Escape a text so that every character is visible, and a terminal obeys none of it.

    >>> print(visible("Anna\\x1b[2J\\u202eteb"), visible("two\\nlines"))
    Anna\\x1b[2J\\u202eteb two\\nlines
    """
    return "".join(letter if letter.isprintable() and letter not in _BLANK else ascii(letter)[1:-1] for letter in text)


def escape(text: str) -> str:
    """Escape a text from outside for use within markup."""
    return markup.escape(visible(text))


class _Seen(RenderHook):
    """A filter of everything that a console prints, whatever produced it."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Wrap each renderable, so that its text is escaped."""
        return [_Visible(renderable) for renderable in renderables]


class _Visible:
    def __init__(self, shown: ConsoleRenderable) -> None:
        self._shown = shown

    def __rich_console__(self, to: Console, options: ConsoleOptions) -> RenderResult:
        for text, style, control in to.render(self._shown, options):
            yield Segment(text if control else _lines(text), style, control)


def console() -> Console:
    """Return the console of standard output, 100 columns wide if that is no terminal."""
    made = Console(width=None if sys.stdout.isatty() else 100, highlight=False, emoji=False)
    made.push_render_hook(_Seen())
    return made


def say(text: str) -> None:
    """Write a line to standard output, without wrapping."""
    print(_lines(text))


def say_json(content: object) -> None:
    """Write a value to standard output as JSON; invisible characters are escaped as in JSON."""
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
    """Return a table; the columns numbered in `right` are right-aligned."""
    made = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False)
    for index, column in enumerate(columns):
        made.add_column(column, justify="right" if index in set(right) else "left", overflow="fold")
    for row in rows:
        made.add_row(*(str(cell) for cell in row))
    return made


def action(kind: str) -> str:
    """Return an action in its colour."""
    return f"[{COLOURS.get(kind, 'white')}]{kind}[/]"


@contextmanager
def progress(what: str, total: float) -> Iterator[Advance]:
    """Show a progress bar on a terminal; print nothing elsewhere."""
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
