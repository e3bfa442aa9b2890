"""Installs the pinned packages and shows the progress: `python -m cartellino.cli.packages LEVEL TITLE...`.

`./run` calls this before anything is installed, so it needs only the standard library. The titles are those of the
steps of the start, of which this is the first. The installer runs in a session of its own, and is ended with all its
child processes at a signal. The next `./run` recreates an incomplete environment.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cartellino.cli.ending import run_until_told
from cartellino.cli.steps import Steps

ENVIRONMENT = Path(".venv")
PYTHON = str(ENVIRONMENT / "bin" / "python")


def main(arguments: Sequence[str]) -> int:
    """Install, and return the exit code of the installer."""
    level, *titles = arguments
    return run_until_told(_Installation(level, Steps(*titles)).run())


class _Installation:
    def __init__(self, level: str, steps: Steps) -> None:
        self._requirements = Path("requirements") / f"{level}.txt"
        self._steps = steps
        self._pinned = sum("==" in line for line in self._requirements.read_text().splitlines())
        self._collected = 0
        self._said: deque[str] = deque(maxlen=20)

    async def run(self) -> int:
        """Install all pinned packages, then the project itself in editable mode."""
        code = 0 if _has_installer() else await self._do(PYTHON, "-m", "ensurepip")
        code = code or await self._do(*_installer(), "--require-hashes", "-r", str(self._requirements))
        # The build backend is among the pinned requirements, so that nothing else is fetched here.
        code = code or await self._do(*_installer(), "--no-build-isolation", "--no-deps", "-e", ".")
        if code == 0:
            self._steps.move(0, 1, 1, f"all {_installed()} installed")
        else:
            self._steps.say("\n".join(["these packages could not be installed:", *self._said]))
        return code

    async def _do(self, *command: str) -> int:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, start_new_session=True,
            env=_environment(),
        )  # fmt: skip
        assert process.stdout is not None, "it was started with a pipe"
        counting = asyncio.ensure_future(self._count())
        try:
            async for line in process.stdout:
                self._hear(line.decode(errors="replace").rstrip())
            return await process.wait()
        finally:
            counting.cancel()
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()

    def _hear(self, line: str) -> None:
        self._said.append(line)
        self._collected += line.startswith("Collecting ")

    async def _count(self) -> None:
        """Count collected and installed packages, as pip reports nothing while it installs."""
        while True:
            installed = _installed()
            words = f"{installed} of about {self._pinned} installed"
            collected = max(self._collected, installed)  # what a cache holds is not announced
            if not installed or collected < self._pinned - 5:
                words = f"{collected} of about {self._pinned} collected, {installed} installed"
            self._steps.move(0, collected + installed, 2 * self._pinned + 1, words)
            await asyncio.sleep(0.5)


def _installed() -> int:
    """Return the number of packages in the environment, without pip itself."""
    return sum(
        not package.name.startswith("pip-") for package in ENVIRONMENT.glob("lib/python*/site-packages/*.dist-info")
    )


def _is_made_by_uv() -> bool:
    return "\nuv = " in (ENVIRONMENT / "pyvenv.cfg").read_text()


def _has_installer() -> bool:
    return _is_made_by_uv() or any(ENVIRONMENT.glob("lib/python*/site-packages/pip"))


def _installer() -> tuple[str, ...]:
    """Return the command of the installer: uv if it created the environment, else pip."""
    if _is_made_by_uv():
        return "uv", "pip", "install", "--python", PYTHON
    return PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--progress-bar", "off"


def _environment() -> dict[str, str]:
    """Return the variables of the installer, whose temporary files go into the new environment."""
    temporary = (ENVIRONMENT / "tmp").absolute()
    temporary.mkdir(exist_ok=True)
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"TMPDIR": str(temporary)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
