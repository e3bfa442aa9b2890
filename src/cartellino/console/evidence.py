"""How evidence is read: which of the signals of a rule are shares, written in percent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cartellino.expressions import nodes
from cartellino.expressions.show import show
from cartellino.service.service import Service


def shares_in(service: Service, record: Mapping[str, Any] | None) -> frozenset[str]:
    """Return the signals in the record of a decision that are shares."""
    return shares_of(service, f"{record['policy']}/{record['rule']}") if record is not None else frozenset()


def shares_of(service: Service, rule: str) -> frozenset[str]:
    """Return the signals of a rule that are shares, as evidence names them."""
    present = service.live.policies.rule(rule)
    parts = nodes.walk(present.when) if present is not None else ()
    return frozenset(show(part) for part in parts if _is_share(part))


def _is_share(node: nodes.Node) -> bool:
    return isinstance(node.means if isinstance(node, nodes.Named) else node, nodes.Share)
