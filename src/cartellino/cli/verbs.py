"""What every verb needs to register itself."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    Verbs: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]
    """What `add_subparsers` returns; argparse has no public name for it."""
else:
    Verbs = argparse.Action

PLAIN = argparse.RawDescriptionHelpFormatter
"""Help texts are shown as they are written."""
