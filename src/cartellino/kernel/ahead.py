"""Ahead-of-time compilation: records the calls of a policy set's functions, and compiles a function for one call.

Functions are compiled for the types of their arguments. Python therefore executes a machine on a sample, and every call
is recorded; then each function can be compiled by itself, also in another process.

>>> from cartellino.kernel.sample import sample
>>> from cartellino.policies.load import Text, load
>>> policies = load([Text("p.yaml", '''
... policy: p
... rules:
...   busy: {when: 'count(message_sent, over="1h") > 2', code: 1, action: review, reason: {en: "Busy."}}
... ''')])
>>> engine = Engine(policies, geometry=SMALL, native=False)
>>> machine = noting(engine)
>>> _ = engine.judge(sample(), 1)
>>> [(call.part, call.name) for call in machine.calls if call.part != "core"]
[('folds', 'account'), ('rules', 0)]
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from types import FunctionType, SimpleNamespace
from typing import Any, NamedTuple

from cartellino.kernel.engine import Engine
from cartellino.kernel.geometry import Geometry
from cartellino.kernel.machine import Compiled, Machine

SMALL = Geometry(lines=64)
"""For an engine that only processes a sample."""


class Call(NamedTuple):
    """A function of a machine, and Numba's types of its arguments."""

    part: str
    name: str | int
    types: tuple[Any, ...]


@dataclass(frozen=True)
class Noting(Machine):
    """A machine in plain Python that records the calls of its functions."""

    calls: dict[Call, None] = field(default_factory=dict)

    @cached_property
    def core(self) -> SimpleNamespace:
        """The functions that do not depend on the policies."""
        plain = vars(super().core)
        functions = {name: function for name, function in plain.items() if isinstance(function, FunctionType)}
        return SimpleNamespace(
            **plain | {name: self._noted("core", name, function) for name, function in functions.items()}
        )

    @cached_property
    def folds(self) -> dict[str, Compiled]:
        """The fold of each table."""
        return {by: self._noted("folds", by, fold) for by, fold in super().folds.items()}

    @cached_property
    def filters(self) -> list[Compiled]:
        """The function of each filter."""
        return [self._noted("filters", at, function) for at, function in enumerate(super().filters)]

    @cached_property
    def rules(self) -> list[Compiled]:
        """The function of each rule."""
        return [self._noted("rules", at, function) for at, function in enumerate(super().rules)]

    def _noted(self, part: str, name: str | int, function: Compiled) -> Compiled:
        from numba import typeof

        def call(*given: Any) -> int:
            self.calls.setdefault(Call(part, name, tuple(map(typeof, given))))
            return function(*given)

        return call


def noting(engine: Engine) -> Noting:
    """Make an engine that runs in plain Python record its calls, and return its new machine."""
    machine = Noting(engine.plan, native=False)
    engine.run_on(machine)
    return machine


def compile_call(machine: Machine, call: Call) -> None:
    """Compile a function for the types of a call, unless it is in the cache."""
    part: Any = getattr(machine, call.part)
    function: Any = getattr(part, str(call.name)) if call.part == "core" else part[call.name]
    function.compile(call.types)
