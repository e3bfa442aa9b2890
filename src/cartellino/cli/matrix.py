"""`cartellino matrix ...`: carries out decisions on a Matrix homeserver, and takes everything back."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cartellino.cli.terminal import console, say, say_json, table
from cartellino.cli.verbs import PLAIN, Verbs

if TYPE_CHECKING:
    from cartellino.adapters.registry import Beside

_ABOUT = """\
Carry out what Cartellino decides on a Synapse homeserver: suspension and lock, server notices with the reason and the
way to appeal, and taking back what does not hold any more. It runs beside the homeserver, with the token of one of its
administrators; single operations are refused by the module in Synapse (packages/synapse-module). What an administrator
does by hand wins, and is recorded.

  cartellino matrix run --config matrix.yaml         go on until a signal to end
  cartellino matrix reconcile --config matrix.yaml   compare all accounts once, and repair
  cartellino matrix status --config matrix.yaml      what of ours holds, and what was done by hand
  cartellino matrix uninstall --config matrix.yaml   take everything back
  cartellino matrix means                            what can be carried out, and what stands in

docs/how-to/matrix.md has the settings, and the way from nothing to a protected homeserver in ten minutes.
"""

_SHOWN = 50
"""Most accounts and acts that a status lists."""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser("matrix", help="carry out decisions on a Matrix homeserver", description=_ABOUT,
                            formatter_class=PLAIN)  # fmt: skip
    parts = verb.add_subparsers(title="parts", metavar="PART", required=True)
    for name, work, about in (
        ("run", run, "follow the decisions and carry them out"),
        ("reconcile", reconcile, "compare all accounts once, and repair"),
        ("status", status, "what of ours holds, and what was done by hand"),
        ("uninstall", uninstall, "take back everything that was done"),
    ):
        part = parts.add_parser(name, help=about, description=about)
        part.add_argument("--config", type=Path, required=True, metavar="FILE", help="settings (YAML)")
        if name == "status":
            part.add_argument("--json", action="store_true", help="as JSON")
        part.set_defaults(run=work)
    parts.add_parser("means", help="what can be carried out, and what stands in").set_defaults(run=means)


def run(chosen: argparse.Namespace) -> int:
    """Carry out decisions until a signal to end."""
    from cartellino.cli.serve import log_to_stderr

    log_to_stderr()

    async def work(beside: Beside) -> int:
        task = asyncio.ensure_future(beside.run())
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with suppress(asyncio.CancelledError):
            await task
        return 0

    return _with(chosen.config, work)


def reconcile(chosen: argparse.Namespace) -> int:
    """Compare all accounts once."""

    async def work(beside: Beside) -> int:
        for result, count in sorted((await beside.reconcile()).items()):
            say(f"{count:>8,}  {result}")
        return 0

    return _with(chosen.config, work)


def status(chosen: argparse.Namespace) -> int:
    """Say what holds."""

    async def work(beside: Beside) -> int:
        holds = dict(beside.holds())
        if chosen.json:
            say_json(holds)
            return 0
        by_hand = holds.pop("by_hand")
        say(f"changes read to: {holds.pop('read_to') or 'none yet'}")
        for flag, accounts in holds.items():
            say(f"{flag}: {len(accounts):,}" + "".join(f"\n  {account}" for account in accounts[:_SHOWN]))
        say(f"done by hand: {len(by_hand):,}")
        for act in by_hand[-_SHOWN:]:
            say(f"  {act['at']}  {act['flag']:<9}  {act['what']:<13}  {act['account']}")
        return 0

    return _with(chosen.config, work)


def uninstall(chosen: argparse.Namespace) -> int:
    """Take everything back."""

    async def work(beside: Beside) -> int:
        say(f"{await beside.release():,} accounts were released. Take the module out of homeserver.yaml and start "
            "Synapse again: from then on nothing is refused.")  # fmt: skip
        return 0

    return _with(chosen.config, work)


def means(_: argparse.Namespace) -> int:
    """Print what can be carried out, and what stands in."""
    from cartellino.adapters.registry import adapter

    stated = adapter("matrix").means
    for kind, of in (stated() if stated is not None else {}).items():
        console().print(table(kind, ("action", "how", "by"), ((action, how, by) for action, (how, by) in of.items())))
    return 0


def _with(config: Path, work: Callable[[Beside], Awaitable[int]]) -> int:
    """Do something with what runs beside the homeserver, and close it."""
    from cartellino.adapters.registry import adapter

    make = adapter("matrix").beside
    assert make is not None

    async def all_of_it() -> int:
        beside = make(config)
        try:
            return await work(beside)
        finally:
            await beside.stop()

    return asyncio.run(all_of_it())
