"""Finds the signals of a rule that are shares, which are shown in percent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cartellino.expressions import nodes
from cartellino.expressions.show import show
from cartellino.service.service import Service


def shares_in(service: Service, record: Mapping[str, Any] | None) -> frozenset[str]:
    """Return the names of the signals in a decision's record that are shares."""
    return shares_of(service, f"{record['policy']}/{record['rule']}") if record is not None else frozenset()


def shares_of(service: Service, rule: str) -> frozenset[str]:
    """Return the names of a rule's signals that are shares, as in evidence."""
    present = service.live.policies.rule(rule)
    parts = nodes.walk(present.when) if present is not None else ()
    return frozenset(show(part) for part in parts if _is_share(part))


def _is_share(node: nodes.Node) -> bool:
    return isinstance(node.means if isinstance(node, nodes.Named) else node, nodes.Share)
