"""`cartellino matrix ...`: carries out decisions on a Matrix homeserver, and takes everything back."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cartellino.cli.terminal import say, say_json
from cartellino.cli.verbs import PLAIN, Verbs

if TYPE_CHECKING:
    from cartellino.adapters.matrix.actuator import MatrixActuator
    from cartellino.adapters.matrix.journal import Acts
    from cartellino.adapters.matrix.running import Runner
    from cartellino.adapters.matrix.settings import Settings

_ABOUT = """\
Carry out what Cartellino decides on a Synapse homeserver: suspension and lock, server notices with the reason and the
way to appeal, and taking back what does not hold any more. It runs beside the homeserver, with the token of one of its
administrators; single operations are refused by the module in Synapse (packages/synapse-module). An administrator's act
by hand wins, and is recorded.

  cartellino matrix run --config matrix.yaml         go on until a signal to end
  cartellino matrix reconcile --config matrix.yaml   compare all accounts once, and repair
  cartellino matrix status --config matrix.yaml      what of ours holds, and what was done by hand
  cartellino matrix uninstall --config matrix.yaml   take everything back
  cartellino matrix means                            what can be carried out, and what stands in

docs/how-to/matrix.md has the settings, and the way from nothing to a protected homeserver in ten minutes.
"""


class Parts(NamedTuple):
    """What the commands need."""

    settings: Settings
    actuator: MatrixActuator
    acts: Acts
    runner: Runner


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
    means = parts.add_parser("means", help="what can be carried out, and what stands in")
    means.add_argument("--remote", action="store_true", help="for accounts of other homeservers")
    means.set_defaults(run=show_means)


@asynccontextmanager
async def _parts(config: Path) -> AsyncIterator[Parts]:
    """Put together what a command needs, and close it again."""
    from cartellino.adapters.matrix.actuator import MatrixActuator
    from cartellino.adapters.matrix.directory import Directory
    from cartellino.adapters.matrix.homeserver import Homeserver
    from cartellino.adapters.matrix.journal import Acts
    from cartellino.adapters.matrix.pseudonyms import Pseudonyms
    from cartellino.adapters.matrix.running import Runner
    from cartellino.adapters.matrix.service_api import Service
    from cartellino.adapters.matrix.settings import read, secret_in

    settings = read(config)
    homeserver = Homeserver(settings.homeserver, settings.admin_token)
    service = Service(settings.cartellino, settings.key, settings.service)
    acts = Acts(Path(settings.state))
    directory = Directory(homeserver, Pseudonyms(secret_in(settings.pseudonyms_file)), settings.exempt)
    actuator = MatrixActuator(homeserver, service, directory, acts, wait=settings.wait, account_url=settings.account_url,
                              language=settings.language)  # fmt: skip
    try:
        yield Parts(settings, actuator, acts, Runner(service, actuator, directory, acts))
    finally:
        await homeserver.stop()
        await service.stop()


def _with(config: Path, work: Callable[[Parts], Awaitable[int]]) -> int:
    async def all_of_it() -> int:
        async with _parts(config) as parts:
            return await work(parts)

    return asyncio.run(all_of_it())


def run(chosen: argparse.Namespace) -> int:
    """Carry out decisions until a signal to end."""
    from cartellino.cli.serve import log_to_stderr

    log_to_stderr()

    async def work(parts: Parts) -> int:
        task = asyncio.ensure_future(parts.runner.run())
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with suppress(asyncio.CancelledError):
            await task
        return 0

    return _with(chosen.config, work)


def reconcile(chosen: argparse.Namespace) -> int:
    """Compare all accounts once."""

    async def work(parts: Parts) -> int:
        came = await parts.runner.reconcile(everybody=True)
        for result, count in sorted(came.items()):
            say(f"{count:>8,}  {result}")
        return 0

    return _with(chosen.config, work)


def status(chosen: argparse.Namespace) -> int:
    """Say what holds."""
    from cartellino.adapters.matrix.journal import FLAGS
    from cartellino.vocabulary.times import show_instant

    async def work(parts: Parts) -> int:
        acts = parts.acts
        by_hand = [
            {"at": show_instant(row.at), "account": row.account, "flag": row.flag, "by_hand": row.value}
            for row in acts.rows() if row.what in ("manual", "there already")
        ]  # fmt: skip
        holds = {flag: [account for account, of in acts.ours() if of == flag] for flag in FLAGS}
        if chosen.json:
            say_json({"holds": holds, "by_hand": by_hand, "read_to": acts.read_to})
            return 0
        for flag, accounts in holds.items():
            say(f"{flag}: {len(accounts):,}" + "".join(f"\n  {account}" for account in accounts[:50]))
        say(f"done by hand: {len(by_hand):,}")
        for act in by_hand[-50:]:
            say(f"  {act['at']}  {act['flag']:<9} {act['account']}")
        return 0

    return _with(chosen.config, work)


def uninstall(chosen: argparse.Namespace) -> int:
    """Take everything back."""
    from cartellino.adapters.matrix.running import wall

    async def work(parts: Parts) -> int:
        released = await parts.actuator.release(wall())
        say(f"{released:,} accounts were released. Take the module out of homeserver.yaml and start Synapse again: "
            "from then on nothing is refused.")  # fmt: skip
        return 0

    return _with(chosen.config, work)


def show_means(chosen: argparse.Namespace) -> int:
    """Print what can be carried out."""
    from cartellino.adapters.matrix.mapping import MEANS, REMOTE_MEANS

    for action, means in (REMOTE_MEANS if chosen.remote else MEANS).items():
        say(f"{action:<18} {means.how:<12} {means.by}")
    return 0
