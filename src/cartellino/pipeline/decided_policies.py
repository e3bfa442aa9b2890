"""Records which policies decided in a state folder, with which table sizes, salt and edition of the meaning.

A run with another size or salt cannot continue the folder: tables of other sizes forget other accounts, and another
salt draws other canaries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from cartellino.kernel.geometry import Geometry
from cartellino.pipeline.folder_parts import must_be_known, read_part, write_part
from cartellino.policies.load import Text, load
from cartellino.policies.policyset import PolicySet
from cartellino.storage.files import Files
from cartellino.vocabulary.edition import EDITION, FIRST_EDITION
from cartellino.vocabulary.ids import digest
from cartellino.vocabulary.refusals import BadArgument


class DecidedPolicies:
    """The file `policies.json` of a state folder; only a digest of the salt is in it."""

    def __init__(self, folder: Path, files: Files) -> None:
        """The folder and the file may not exist yet."""
        self._folder, self._file, self._files = folder, folder / "policies.json", files

    @property
    def is_there(self) -> bool:
        """Whether policies and a salt have decided here before."""
        return self._file.exists()

    def must_be_there(self) -> None:
        """Raises `BadArgument` when nothing decided here before."""
        if not self.is_there:
            raise BadArgument(
                f"{self._folder} is no state folder: it has no policies.json; make one with `decide --state`"
            )

    def policies(self) -> PolicySet:
        """Return the policies that decided here.

        Raises `BadArgument` when the folder holds none.
        """
        self.must_be_there()
        kept = self.kept()
        return load([Text(**text) for text in kept["texts"]], kept["parameters"])

    def geometry(self) -> Geometry:
        """Return the sizes of the tables that decided here."""
        return msgspec.convert(self.kept()["geometry"], Geometry)

    def edition_since(self) -> int:
        """Return the number of the last event before this program's edition of the meaning; 0 if it is the first."""
        return int(self.kept().get("since", 0)) if self.is_there else 0

    def edition_told(self) -> int:
        """Return the number of the last event whose decisions an earlier edition has written."""
        since = self.edition_since()
        return int(self.kept().get("told", since)) if since else 0

    @property
    def is_of_earlier_edition(self) -> bool:
        """Whether the last run here decided by an earlier edition of the meaning."""
        return bool(self.kept().get("edition", FIRST_EDITION) < EDITION)

    def write(
        self, texts: Sequence[Text], parameters: Mapping[str, float], policies: PolicySet, geometry: Geometry, salt: str
    ) -> None:
        """Record the policies, sizes and salt that decide from now on."""
        kept = {
            "version": policies.version,
            "parameters": dict(parameters),
            "texts": texts,
            "geometry": geometry,
            "salt": digest("salt", salt),
            "edition": EDITION,
            "since": self.edition_since(),
        }
        write_part(self._file, kept, self._files)

    def begin_edition(self, since: int, told: int) -> None:
        """Record that this edition decides on the events after `since`, and that decisions up to `told` are written."""
        write_part(self._file, {**self.kept(), "edition": EDITION, "since": since, "told": told}, self._files)

    def has_salt(self, salt: str) -> bool:
        """Say whether this is the salt that decided here."""
        return bool(self.kept()["salt"] == digest("salt", salt))

    def must_have_salt(self, salt: str) -> None:
        """Raises `BadArgument` when another salt decided here."""
        if not self.has_salt(salt):
            raise BadArgument(f"{self._folder} was decided with another salt; set CARTELLINO_SALT to that one")

    def must_be_the_same(self, policies: PolicySet, geometry: Geometry, salt: str) -> None:
        """Raises `BadArgument` when other policies, sizes or salts decided here."""
        before = self.policies().version
        if before != policies.version:
            raise BadArgument(
                f"{self._folder} was decided with {before}, and these policies are {policies.version}; "
                "use another --state, or compare the two with `cartellino backtest`"
            )
        self.must_fit(geometry, salt)

    def must_fit(self, geometry: Geometry, salt: str) -> None:
        """Raises `BadArgument` when other sizes or another salt decided here."""
        if self.geometry() != geometry:
            lines = self.geometry().lines * self.geometry().shards
            raise BadArgument(f"{self._folder} was decided with --memory {lines}; use the same, or another --state")
        self.must_have_salt(salt)

    def kept(self) -> dict[str, Any]:
        """Return the content of the file.

        Raises `BadFile` for one that is damaged, or of a later edition.
        """
        kept = read_part(self._file)
        must_be_known(self._file, kept.get("edition", FIRST_EDITION), EDITION)
        return kept
