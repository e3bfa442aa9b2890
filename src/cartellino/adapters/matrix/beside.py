"""Puts together what runs beside the homeserver, from its settings."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cartellino.adapters.matrix.actuator import MatrixActuator
from cartellino.adapters.matrix.directory import Directory
from cartellino.adapters.matrix.homeserver import Homeserver
from cartellino.adapters.matrix.journal import FLAGS, Acts
from cartellino.adapters.matrix.policy import Book, PolicyServer
from cartellino.adapters.matrix.pseudonyms import Pseudonyms
from cartellino.adapters.matrix.running import Runner
from cartellino.adapters.matrix.service_api import Service
from cartellino.adapters.matrix.settings import PolicyServer as Asked
from cartellino.adapters.matrix.settings import read, secret_in
from cartellino.adapters.matrix.signing import Key
from cartellino.vocabulary.times import duration, show_instant


class MatrixBeside:
    """The process beside a homeserver."""

    def __init__(self, file: Path) -> None:
        """`file` is the file of settings.

        Raises `BadArgument` for what cannot be used, and `DamagedLog` if the journal cannot be read.
        """
        settings = read(file)
        self._homeserver = Homeserver(settings.homeserver, settings.admin_token)
        self._service = Service(settings.cartellino, settings.key, settings.service)
        self._acts = Acts(Path(settings.state))
        names = Pseudonyms(secret_in(settings.pseudonyms_file))
        directory = Directory(self._homeserver, names, settings.exempt)
        self._actuator = MatrixActuator(
            self._homeserver, self._service, directory, self._acts, wait=settings.wait,
            account_url=settings.account_url, language=settings.language,
        )  # fmt: skip
        every = duration(settings.look_every) / 1000
        self._runner = Runner(
            self._homeserver, self._service, self._actuator, directory, self._acts, every=every, now=self._service.now
        )
        self._policy: PolicyServer | None = None
        self._listen = ""
        if settings.policy_server is not None:
            self._policy = self._policy_server(settings.policy_server, names, directory, settings.exempt)
            self._listen = settings.policy_server.listen

    def _policy_server(
        self, asked: Asked, names: Pseudonyms, directory: Directory, exempt: tuple[str, ...]
    ) -> PolicyServer:
        book = Book(self._service)
        self._runner.changed = book.changed
        return PolicyServer(
            asked.name, Key(secret_in(asked.key_file)), self._homeserver, directory, names, book, self._service.now,
            fails_closed=asked.fail == "closed", exempt=exempt,
        )  # fmt: skip

    async def run(self) -> None:
        """Follow the decisions and carry them out, until it is cancelled."""
        self._acts.own()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._runner.run())
            if self._policy is not None:
                tasks.create_task(self._serve(self._policy))

    async def _serve(self, policy: PolicyServer) -> None:
        """Answer other homeservers, until it is cancelled."""
        from granian.constants import HTTPModes, Interfaces
        from granian.server.embed import Server

        address, _, port = self._listen.rpartition(":")
        server = Server(policy, address=address, port=int(port), interface=Interfaces.ASGI, http=HTTPModes.http1,
                        log_enabled=False)  # fmt: skip
        try:
            await server.serve()
        finally:
            server.stop()  # type: ignore[no-untyped-call]

    async def reconcile(self) -> Mapping[str, int]:
        """Compare all accounts once, and repair.

        Raises `Unreached` and `Refused`.
        """
        self._acts.own()
        return await self._runner.reconcile(everybody=True)

    async def release(self) -> int:
        """Take back everything that was done.

        Raises `Unreached` and `Refused`.
        """
        self._acts.own()
        return await self._actuator.release(self._service.now())

    def holds(self) -> Mapping[str, Any]:
        """Return what of ours holds, by flag, what was done by hand, and how far the changes were read."""
        by_hand = [
            {"at": show_instant(row.at), "account": row.account, "flag": row.flag, "what": row.what}
            for row in self._acts.rows()
            if row.what in ("manual", "there already")
        ]
        ours = self._acts.ours()
        return {
            **{flag: [account for account, of in ours if of == flag] for flag in FLAGS},
            "by_hand": by_hand,
            "read_to": self._acts.read_to,
        }

    async def stop(self) -> None:
        """Close the connections."""
        await self._homeserver.stop()
        await self._service.stop()
