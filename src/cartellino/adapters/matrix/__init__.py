"""Matrix: standings carried out on a Synapse homeserver, and a policy server for rooms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cartellino.adapters.actuator import Means
from cartellino.adapters.registry import Adapter, Beside


def _beside(settings: Path) -> Beside:
    from cartellino.adapters.matrix.beside import MatrixBeside

    return MatrixBeside(settings)


def _means() -> Mapping[str, Mapping[str, Means]]:
    from cartellino.adapters.matrix.mapping import MEANS, REMOTE_MEANS

    return {"accounts of the homeserver": MEANS, "accounts of other homeservers": REMOTE_MEANS}


ADAPTER = Adapter(
    folder="matrix",
    system="Matrix (Synapse)",
    command="cartellino matrix",
    guide="matrix.md",
    beside=_beside,
    means=_means,
)
