"""An outage excuses (law 8): rules on the behaviour that it causes do not punish as long as they can still see it.

It excuses where it holds, and nowhere else: of accounts whose country or network is unknown, all, since what is unknown
never punishes. A rule that counts what the outage causes among other behaviour is not excused: it is held, until a
person has looked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from cartellino.availability.networks import network_of
from cartellino.enforcement.acts import CloseIncident, OpenIncident
from cartellino.kernel.finding import Context
from cartellino.policies.rule import Rule, longest_window
from cartellino.vocabulary.times import Instant


@dataclass
class _Incident:
    opened: OpenIncident
    ends_at: float = inf

    def reaches(self, since: Instant, until: Instant) -> bool:
        """Say whether it and a window have anything in common; one that was closed before its start never was."""
        starts_at = self.opened.starts_at
        return starts_at < self.ends_at and starts_at <= until and since < self.ends_at

    def holds_for(self, service: str, context: Context) -> bool:
        """Say whether it holds for an account of a service, by what was last known of it."""
        opened = self.opened
        return (
            opened.service in ("", service)
            and (not opened.countries or context.region is None or context.region in opened.countries)
            and (not opened.network or network_of(context.address) in (None, opened.network))
        )


class Incidents:
    """The incidents that were opened, and since when, until when and where they excuse."""

    def __init__(self) -> None:
        """Start with none."""
        self._known: dict[str, _Incident] = {}

    def note(self, act: OpenIncident | CloseIncident) -> None:
        """Open or close an incident."""
        if isinstance(act, OpenIncident):
            self._known[act.incident] = _Incident(act)
        elif act.incident in self._known:
            self._known[act.incident].ends_at = act.ends_at

    def excuse(self, rule: Rule, at: Instant, service: str, context: Context) -> bool:
        """Say whether an incident excuses what the rule found at an instant, of an account.

        It does where the rule is judged on, or counts, only what the incident causes, and its longest window reaches
        into the incident.
        """
        counted = _counted(rule) or rule.on
        seen = self._seen(rule, at, service, context)
        return any(rule.on <= opened.kinds or counted <= opened.kinds for opened in seen)

    def hold(self, rule: Rule, at: Instant, service: str, context: Context) -> bool:
        """Say whether what the rule found leans on an incident: it counts what the incident causes, and more."""
        seen = self._seen(rule, at, service, context)
        return any(opened.holds and _counted(rule) & opened.kinds for opened in seen)

    def _seen(self, rule: Rule, at: Instant, service: str, context: Context) -> Iterator[OpenIncident]:
        """Yield the incidents that the longest window of a rule reaches into, where they hold."""
        since = at - longest_window(rule.when)
        for one in self._known.values():
            if one.reaches(since, at) and one.holds_for(service, context):
                yield one.opened


def _counted(rule: Rule) -> frozenset[str]:
    return frozenset(one.kind for one in rule.aggregates())
