"""Small faults that tests must notice, as the files of `faults` state them, and the tests that stand over each file."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGE = Path("src/cartellino")


class Mutation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text of a file, which stands there once, and what stands there instead.

    `equivalent` says why no test can notice it; `source` where it comes from, if somebody once found that none did.
    """

    file: str
    was: str
    becomes: str
    equivalent: str = ""
    source: str = ""

    @property
    def name(self) -> str:
        """A short name that tells it from all others."""
        return f"{self.file}: {' '.join(self.was.split())} → {' '.join(self.becomes.split()) or 'nothing'}"


class Stated(msgspec.Struct, frozen=True):
    """The mutations, and the tests by the beginning of a file's path; the longest beginning that fits counts."""

    covers: dict[str, list[str]]
    mutations: list[Mutation]

    def tests(self, file: str) -> list[str]:
        """Return the tests over a file, in the order in which they are run.

        Raises `KeyError` where no beginning fits.
        """
        return self.covers[max((one for one in self.covers if file.startswith(one)), key=len, default="")]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of `faults`: those of a package, and its tests."""

    covers: dict[str, list[str]]
    mutation: list[Mutation]


def stated() -> Stated:
    """Read all files.

    Raises `msgspec.ValidationError` or `tomllib.TOMLDecodeError` where one is none.
    """
    covers, mutations = dict[str, list[str]](), list[Mutation]()
    for file in sorted((HERE / "faults").glob("*.toml")):
        read = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _File)
        covers |= read.covers
        mutations += read.mutation
    return Stated(covers, mutations)


def mutated(root: Path, mutation: Mutation) -> str:
    """Return the text of the file with the fault in it.

    Raises `ValueError` where the place is not there, or more than once.
    """
    text = (root / PACKAGE / mutation.file).read_text(encoding="utf-8")
    if (found := text.count(mutation.was)) != 1:
        raise ValueError(f"{mutation.file} has this text {found} times, not once: {mutation.was}")
    return text.replace(mutation.was, mutation.becomes)
