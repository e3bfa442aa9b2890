"""Kinds of kill, each once; `python -m tests.kills` does it as often as one likes, on both kinds of database."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest
from tests.kills.installation import Databases
from tests.kills.kinds import KINDS

SEED = os.environ.get("CARTELLINO_SEED", "1")
ON_POSTGRES = ("upgrade", "erasure")
"""What a run of all tests also does on PostgreSQL, which takes longer to begin."""

OFTEN = ("load", "upgrade", "restore", "policy", "backup", "erasure")
"""The kinds that every run of all tests has; the others come with --thorough, and by the command."""


def held(kind: str, tmp_path: Path, databases: Databases) -> None:
    killed = KINDS[kind](tmp_path, databases)
    try:
        killed.round(0, Random(f"{SEED} {kind}"))
        killed.end()
    finally:
        killed.stop()


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", [kind if kind in OFTEN else pytest.param(kind, marks=pytest.mark.thorough) for kind in KINDS]
)
def test_killed(kind: str, tmp_path: Path) -> None:
    held(kind, tmp_path, Databases())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ON_POSTGRES)
def test_killed_with_postgresql(kind: str, tmp_path: Path, postgres: str) -> None:
    held(kind, tmp_path, Databases(postgres))
