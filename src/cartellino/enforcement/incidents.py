"""Incidents: outages during which rules on the behaviour that they cause do not punish (law 8).

A rule does not punish as long as its longest window reaches back into the outage.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from cartellino.enforcement.acts import CloseIncident, OpenIncident
from cartellino.policies.rule import Rule, longest_window
from cartellino.vocabulary.times import Instant


@dataclass
class _Incident:
    kinds: frozenset[str]
    starts_at: Instant
    ends_at: float = inf

    def reaches(self, since: Instant, until: Instant) -> bool:
        """Return whether it overlaps the interval; one that ended before it started never took place."""
        return self.starts_at < self.ends_at and self.starts_at <= until and since < self.ends_at


class Incidents:
    """All incidents, by id."""

    def __init__(self) -> None:
        """Start without incidents."""
        self._known: dict[str, _Incident] = {}

    def note(self, act: OpenIncident | CloseIncident) -> None:
        """Open or close an incident."""
        if isinstance(act, OpenIncident):
            self._known[act.incident] = _Incident(act.kinds, act.starts_at)
        elif act.incident in self._known:
            self._known[act.incident].ends_at = act.ends_at

    def excuse(self, rule: Rule, at: Instant) -> bool:
        """Return whether an incident excuses a finding of a rule at an instant.

        It does if the rule is evaluated for, or counts, only kinds of event that the incident causes, and its longest
        window overlaps the incident.
        """
        counted = frozenset(aggregate.kind for aggregate in rule.aggregates()) or rule.on
        since = at - longest_window(rule.when)
        seen = [incident.kinds for incident in self._known.values() if incident.reaches(since, at)]
        return any(rule.on <= caused or counted <= caused for caused in seen)
