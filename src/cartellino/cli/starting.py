"""The start of a demonstration: compiles the rules, simulates the town, serves, and shows the progress.

This process does none of the work. It shows the waiting page, starts the processes that work (`compiling`, `live`),
receives their progress, and ends them at a signal. So it can respond at any moment, and leaves nothing behind.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from cartellino.cli.compiling import compile_ahead, show_compiled
from cartellino.cli.ending import run_until_told
from cartellino.cli.folders import passing_folder
from cartellino.cli.helpers import Helper
from cartellino.cli.serve import listening, must_be_free
from cartellino.cli.steps import Step, Steps
from cartellino.cli.terminal import complain, console
from cartellino.cli.waiting import WaitingRoom

TITLES = ("packages", "rules", "two weeks of the town")
PACKAGES, RULES, TOWN = range(3)


class Options(NamedTuple):
    """The arguments of the command."""

    accounts: int
    seed: int
    abusive: float
    listen: str
    speed: float


def run(options: Options) -> int:
    """Serve until a signal to end; all data is in a temporary folder that is removed afterwards."""
    address, port = listening(options.listen)
    must_be_free(address, port)
    return run_until_told(_run(options, address, port))


async def _run(options: Options, address: str, port: int) -> int:
    steps = Steps(*TITLES)
    steps.all[PACKAGES] = Step(TITLES[PACKAGES], 1, 1, "all installed")
    with passing_folder() as folder:  # signals are handled before it is created and until it is removed
        return await _Start(options, steps, folder).run(address, port)


class _Start:
    """One start of a demonstration."""

    def __init__(self, options: Options, steps: Steps, folder: Path) -> None:
        self._options = options
        self._steps = steps
        self._folder = folder
        self._is_serving = False

    async def run(self, address: str, port: int) -> int:
        """Show the progress, then serve; return 0 after a signal while it served."""
        room = WaitingRoom(address, port, self._steps)
        url = f"http://{f'[{address}]' if ':' in address else address}:{port}/"
        self._steps.say(f"{url} shows how far this is, and becomes the product when it is ready.")
        # Temporary files of the town's process are in the folder, and are removed with it.
        town = await Helper.start("cartellino.cli.live", {"TMPDIR": str(self._folder)})
        try:
            town.tell({**self._options._asdict(), "folder": str(self._folder)})
            async with asyncio.TaskGroup() as group:
                compiling = group.create_task(self._compile(town))
                await self._follow(town, room, url)
                compiling.cancel()
            return _ended_by_itself(await town.wait())
        except asyncio.CancelledError:
            if self._is_serving:
                return 0
            raise
        finally:
            room.close()
            await town.end()

    async def _compile(self, town: Helper) -> None:
        self._steps.move(RULES, 0, 0, "looking for what is compiled already")
        is_compiled = await compile_ahead(partial(show_compiled, self._steps, RULES))
        if not is_compiled:
            words = "they could not be compiled; Python itself runs them, which decides the same, more slowly"
            self._steps.move(RULES, 1, 1, words)
        town.tell({"native": "auto" if is_compiled else "never"})

    async def _follow(self, town: Helper, room: WaitingRoom, url: str) -> None:
        async for message in town.messages():
            if "day" in message:
                self._steps.move(TOWN, message["day"], message["of"], f"day {message['day']} of {message['of']}")
            else:
                self._is_serving = True
                await room.give_way()
                _welcome(message["tour"], url)


def _ended_by_itself(code: int) -> int:
    complain(f"the service ended by itself (exit code {code}); what it said stands above")
    return 1


def _welcome(tour: dict[str, Any], url: str) -> None:
    with suppress(OSError):  # the output is closed
        console().print(f"[bold]Open {url}[/] and look around.", highlight=False)
        console().print(
            f"Every door is prepared: {', '.join(tour['roles'])} (password {tour['password']}).", highlight=False
        )
        console().print(
            f"Time runs {tour['speed']:g} times as fast as yours. Ctrl-C ends it, and nothing stays.", highlight=False
        )
