"""Definitions that every verb needs to register itself."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    Verbs: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]
    """The type that `add_subparsers` returns, for which argparse has no public name."""
else:
    Verbs = argparse.Action

PLAIN = argparse.RawDescriptionHelpFormatter
"""The formatter that prints help texts as they are written."""
