"""Incidents: outages during which rules on the behaviour that they cause do not punish (law 8).

A rule does not punish as long as its longest window reaches back into the outage, and only accounts where the outage
is; an account whose country or network is unknown is among them, since what is unknown never punishes. The decisions
of a rule that counts such behaviour among other things are held until a person has looked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from cartellino.availability.networks import network_of
from cartellino.enforcement.acts import CloseIncident, OpenIncident
from cartellino.kernel.finding import Context
from cartellino.policies.rule import Rule, longest_window
from cartellino.vocabulary.times import Duration, Instant


@dataclass
class _Incident:
    opened: OpenIncident
    ends_at: float = inf

    def reaches(self, since: Instant, until: Instant) -> bool:
        """Return whether it overlaps the interval; one that ended before it started never took place."""
        starts_at = self.opened.starts_at
        return starts_at < self.ends_at and starts_at <= until and since < self.ends_at

    def concerns(self, service: str, context: Context) -> bool:
        """Return whether an account of a service is where the outage is, by what was last known of it."""
        opened = self.opened
        return (
            opened.service in ("", service)
            and (not opened.countries or context.region is None or context.region in opened.countries)
            and (not opened.network or network_of(context.address) in (None, opened.network))
        )


class Incidents:
    """All incidents, by id."""

    def __init__(self) -> None:
        """Start without incidents."""
        self._known: dict[str, _Incident] = {}
        self._counted: dict[int, tuple[Rule, frozenset[str], Duration]] = {}

    def note(self, act: OpenIncident | CloseIncident) -> None:
        """Open or close an incident."""
        if isinstance(act, OpenIncident):
            self._known[act.incident] = _Incident(act)
        elif act.incident in self._known:
            self._known[act.incident].ends_at = act.ends_at

    def excuse(self, rule: Rule, at: Instant, service: str, context: Context) -> bool:
        """Return whether an incident excuses a finding of a rule at an instant, about an account.

        It does if the rule is evaluated for, or counts, only kinds of event that the incident causes, and its longest
        window overlaps the incident.
        """
        if not self._known:
            return False
        counted = self._counts(rule)[0] or rule.on
        overlapping = self._overlapping(rule, at, service, context)
        return any(rule.on <= opened.kinds or counted <= opened.kinds for opened in overlapping)

    def hold(self, rule: Rule, at: Instant, service: str, context: Context) -> bool:
        """Return whether an incident holds a finding of a rule: the rule counts what the incident causes, and more."""
        if not self._known:
            return False
        counted, _ = self._counts(rule)
        overlapping = self._overlapping(rule, at, service, context)
        return any(opened.holds and counted & opened.kinds for opened in overlapping)

    def _overlapping(self, rule: Rule, at: Instant, service: str, context: Context) -> Iterator[OpenIncident]:
        """Yield the incidents that concern an account and that the longest window of a rule overlaps."""
        since = at - self._counts(rule)[1]
        for incident in self._known.values():
            if incident.reaches(since, at) and incident.concerns(service, context):
                yield incident.opened

    def _counts(self, rule: Rule) -> tuple[frozenset[str], Duration]:
        """Return the kinds of event that a rule counts, and its longest window; a rule is walked through only once."""
        known = self._counted.get(id(rule))
        if known is None:
            counted = frozenset(aggregate.kind for aggregate in rule.aggregates())
            known = self._counted[id(rule)] = rule, counted, longest_window(rule.when)
        return known[1:]
