"""Two versions side by side: what they count alike is counted once, and each decides as it would alone."""

from __future__ import annotations

import pytest
from tests.pipeline.test_resume import POLICY, chunks, policies, stream

from cartellino.analysis.backtest import SANCTIONS, Backtest
from cartellino.analysis.threshold_sweep import Sweep
from cartellino.enforcement.brakes import Released
from cartellino.pipeline.route import Route
from cartellino.policies.load import Text, load
from cartellino.policies.policyset import PolicySet
from cartellino.vocabulary.refusals import BadArgument

SWEPT = POLICY.replace("when: strangers > 4", """when: 'strangers > param("limit", 4)'""")


def changed(old: str, new: str) -> PolicySet:
    return load([Text("p.yaml", POLICY.replace(old, new))])


def alone(chosen: PolicySet) -> set[tuple[str, str]]:
    route = Route(chosen, brakes=Released(), native=False)
    decided = [one for chunk in chunks(stream(400), 70) for one in route.judge(chunk.batch)]
    return {(one.rule, one.account) for one in decided if one.mode == "live" and one.action.kind in SANCTIONS}


@pytest.mark.parametrize(("old", "new", "alike"), [("> 4", "> 9", True), ('over="1h"', 'over="24h"', False)])
def test_each_side_decides_as_it_would_alone(old: str, new: str, alike: bool) -> None:
    candidate = changed(old, new)
    backtest = Backtest(candidate, policies())
    assert backtest._see_alike is alike
    for chunk in chunks(stream(400), 70):
        backtest.take(chunk.batch)
    for side, chosen in ((backtest.candidate, candidate), (backtest.current, policies())):
        found = {(rule, account) for rule, accounts in side.by_rule.items() for account in accounts}
        assert found == alone(chosen) != set()


def test_a_sweep_finds_at_each_value_whom_the_rule_would_find() -> None:
    sweep = Sweep(load([Text("p.yaml", SWEPT)]), "limit", [2, 4, 9, 1_000])
    for chunk in chunks(stream(400), 70):
        sweep.take(chunk.batch)
    found = [point.by_rule["p/strangers"] for point in sweep.points({})]
    alone_at = [
        len({account for rule, account in alone(changed("> 4", f"> {limit}")) if rule == "p/strangers"})
        for limit in (2, 4, 9, 1_000)
    ]
    assert found == alone_at
    assert found[0] > found[2] > found[3] == 0


def test_a_parameter_that_no_rule_reads_is_refused() -> None:
    with pytest.raises(BadArgument, match="did you mean `limit`"):
        Sweep(load([Text("p.yaml", SWEPT)]), "limits", [1, 2])
