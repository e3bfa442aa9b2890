"""Puts other policies in force: at once if they need no new series, else when a new kernel has caught up."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
import structlog

from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.acts import Adopt, Record
from cartellino.kernel.geometry import Geometry
from cartellino.pipeline.policy_switch import PolicySwitch
from cartellino.pipeline.route import Route
from cartellino.pipeline.state_folder import StateFolder
from cartellino.queries.policy_versions import Version, Versions
from cartellino.service.committer import Committer, Machine
from cartellino.storage import tables
from cartellino.storage.database import Database
from cartellino.storage.faults import DamagedLog, WriteFailed
from cartellino.vocabulary.actors import Actor
from cartellino.vocabulary.edition import EDITION

log = structlog.get_logger()


class _Pending(NamedTuple):
    """A version that is catching up with the log: who adopted it and why, and its switch."""

    version: Version
    by: Actor
    why: str
    switch: PolicySwitch


class PolicyChanges:
    """Adopts policies, one version after the other; used by the writer's thread alone."""

    def __init__(
        self, state: StateFolder, database: Database, versions: Versions, committer: Committer, geometry: Geometry,
        salt: str,
    ) -> None:  # fmt: skip
        """Start with no pending version."""
        self._state = state
        self._database = database
        self._versions = versions
        self._committer = committer
        self._geometry = geometry
        self._salt = salt
        self._pending: _Pending | None = None

    @property
    def is_pending(self) -> bool:
        """Whether other policies are catching up with the log."""
        return self._pending is not None

    def begin(self, unit: UnitOfWork, version: Version, why: str) -> bool:
        """Adopt a version, and say whether it is in force at once."""
        policies = self._versions.load(version)
        unit.put(tables.policy_versions, version.row(policies.version, unit.now, unit.by, why))
        if unit.route.adopt(policies):
            self._adopted(unit, version, why)
            self._pending = None
            return True
        waiting = {"version": policies.version, "at": unit.now, "by": unit.by, "why": why}
        unit.change(sa.delete(tables.policy_switches))
        unit.insert(tables.policy_switches, waiting)
        self._fill(unit.route, version, unit.by, why)
        return False

    def resume(self, machine: Machine) -> None:
        """Start again the switch to a version that was acknowledged, but not in force when the process ended."""
        self._pending = None
        with self._database.begin() as rows:
            waiting = rows.execute(sa.select(tables.policy_switches)).one_or_none()
        if waiting is not None:
            version = self._versions.version(waiting.version)
            self._fill(machine.route, version, Actor(waiting.by), waiting.why)

    def finish_if_ready(self, machine: Machine) -> None:
        """Activate the pending version if it has caught up."""
        pending = self._pending
        if pending is None or not pending.switch.is_ready:
            return
        self._pending = None
        unit = self._committer.unit(machine, pending.by)
        try:
            pending.switch.activate()
        except (DamagedLog, WriteFailed):
            raise  # the switch starts again after the recovery
        except Exception as error:
            log.exception("policies could not take over; those in force go on", error=type(error).__name__)
            unit.change(sa.delete(tables.policy_switches))
            what = "policies could not take over; see the log of the service"
            unit.act(Record, pending.why, what=what, subject=pending.switch.policies.version)
            self._committer.write(unit)
            return
        self._adopted(unit, pending.version, pending.why)
        self._committer.write(unit)
        self._state.snapshot(machine.route)

    def _fill(self, route: Route, version: Version, by: Actor, why: str) -> None:
        switch = PolicySwitch(route, self._versions.load(version), self._state.log)
        self._pending = _Pending(version, by, why, switch)

    def _adopted(self, unit: UnitOfWork, version: Version, why: str) -> None:
        policies = unit.route.policies
        unit.route.sequencer.brakes.promise(version.promised)
        unit.act(Adopt, why, version=policies.version, edition=EDITION)
        unit.change(sa.delete(tables.policy_switches))
        unit.send("policy.adopted", "", "", {"version": policies.version, "by": unit.by, "why": why})
        self._state.follow(version.texts, version.parameters, policies, self._geometry, self._salt)
