"""An outage excuses (law 8): rules on the behaviour that it causes do not punish as long as they can still see it."""

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
        """Say whether it and a window have anything in common; one that was closed before its start never was."""
        return self.starts_at < self.ends_at and self.starts_at <= until and since < self.ends_at


class Incidents:
    """The incidents that were opened, and since when and until when they excuse."""

    def __init__(self) -> None:
        """Start with none."""
        self._known: dict[str, _Incident] = {}

    def note(self, act: OpenIncident | CloseIncident) -> None:
        """Open or close an incident."""
        if isinstance(act, OpenIncident):
            self._known[act.incident] = _Incident(act.kinds, act.starts_at)
        elif act.incident in self._known:
            self._known[act.incident].ends_at = act.ends_at

    def excuse(self, rule: Rule, at: Instant) -> bool:
        """Say whether an incident excuses what the rule found at an instant.

        It does where the rule is judged on, or counts, only what the incident causes, and its longest window reaches
        into the incident.
        """
        counted = frozenset(aggregate.kind for aggregate in rule.aggregates()) or rule.on
        since = at - longest_window(rule.when)
        seen = [incident.kinds for incident in self._known.values() if incident.reaches(since, at)]
        return any(rule.on <= caused or counted <= caused for caused in seen)
