"""Watches the installation while it runs: those checks of `cartellino doctor` that are cheap."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from cartellino.service import keys
from cartellino.service.condition import Conditions
from cartellino.service.installation import Installation
from cartellino.service.modes import open_to_others
from cartellino.service.settings import Settings
from cartellino.vocabulary.refusals import Refusal

LEAST_FREE = 1 << 30
"""Bytes of the disk that should be free."""

WATCHED = ("disk", "files", "keys")


class Watch:
    """States problems as conditions, and clears them when they are solved."""

    def __init__(
        self,
        settings: Settings,
        secret: bytes,
        installation: Installation,
        conditions: Conditions,
        more: Sequence[Path] = (),
    ) -> None:
        """`secret` is the one in use; `more` are files beside those of the data folder."""
        self._settings, self._secret, self._more = settings, secret, more
        self._installation, self._conditions = installation, conditions

    def look(self) -> None:
        """Run all checks once."""
        self._installation.look_again()
        wrong = dict(self._wrong())
        for name in WATCHED:
            if name in wrong:
                self._conditions.state(name, wrong[name])
            else:
                self._conditions.clear(name)

    def _wrong(self) -> Iterator[tuple[str, str]]:
        folder = self._settings.folder
        free = shutil.disk_usage(folder).free
        if free < LEAST_FREE:
            yield "disk", f"{free / 1e9:,.1f} GB are free on the disk of the data folder; make room"
        if any(True for _ in open_to_others(folder, *self._more)):
            yield "files", "files of the data folder are open to others than their owner; see `cartellino doctor`"
        if not self._settings.secret:
            yield from self._lost_secret(folder / "secret")

    def _lost_secret(self, file: Path) -> Iterator[tuple[str, str]]:
        try:
            same = file.exists() and keys.read(file).encode() == self._secret
        except (Refusal, OSError):
            same = False
        if not same:
            yield "keys", "the file `secret` is not the one in use; after a restart no token of before would be valid"
