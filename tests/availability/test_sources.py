"""Each source for itself: what is usual, what is more than usual, and who counts."""

from __future__ import annotations

import numpy as np
import pytest

from cartellino.availability.baseline import PER_DAY, Baseline, Usual
from cartellino.availability.board import LEVELS, NONE, UNKNOWN, WARNING, Board, judged
from cartellino.availability.cells import Cells
from cartellino.availability.detection import QUARTER, WEEK, Detection, gain, is_knowable, limits, score
from cartellino.availability.networks import is_prefix, network_of
from cartellino.availability.peaks import is_peak
from cartellino.availability.probes import Probes
from cartellino.availability.reports import PER_PREFIX, Reports
from cartellino.availability.rows import Probe, Problem
from cartellino.vocabulary.times import MINUTE


def problem(number: int, at: int = 0, network: str | None = None, reporter: str | None = None) -> Problem:
    return Problem(id=f"p{number}", time=at, country="ID", feature="sending", network=network,
                   reporter=reporter or f"r{number}")  # fmt: skip


def test_only_the_first_report_of_a_person_counts_within_a_quarter_of_an_hour() -> None:
    reports = Reports(Cells())
    counted = [reports.take(problem(number, at * MINUTE, reporter="anna")) for number, at in enumerate((0, 14, 15, 29))]
    assert counted == [True, False, True, False]


def test_a_person_who_reports_two_features_counts_once() -> None:
    reports = Reports(Cells())
    assert reports.take(problem(1, reporter="anna"))
    assert not reports.take(Problem(id="p2", time=1, country="ID", feature="calls", reporter="anna"))


def test_who_is_sanctioned_does_not_count() -> None:
    cells = Cells()
    reports = Reports(cells)
    reports.take(Problem(id="p", time=0, country="ID", feature="sending", reporter="r", sanctioned=True))
    assert reports.close(0) == {}


def test_one_prefix_counts_for_two_at_most() -> None:
    cells = Cells()
    reports = Reports(cells)
    for number in range(500):
        reports.take(problem(number, network=f"203.0.113.{number % 256}"))
    reports.take(problem(1000, network="198.51.100.9"))
    assert reports.close(0) == {cells.find("main", "ID", "sending"): PER_PREFIX + 1}


@pytest.mark.parametrize(
    ("address", "network"),
    [("203.0.113.9", "203.0.113.0/24"), ("2001:db8:1:2::1", "2001:db8:1::/48"), ("AS7713", "AS7713"),
     ("as7713 telkom", "AS7713"), ("Telkomsel/7", "Telkomsel"), ("", None), (None, None)],
)  # fmt: skip
def test_addresses_have_networks(address: str | None, network: str | None) -> None:
    assert network_of(address) == network
    assert is_prefix("203.0.113.0/24")
    assert not is_prefix("AS7713")


def test_new_years_eve_goes_round_the_world() -> None:
    first = 1_767_139_200_000 // (15 * MINUTE)  # 2025-12-31T00:00Z
    hours = [hour for hour in range(72) if is_peak(first + 4 * hour)]
    assert hours == list(range(10, 37))


def taught(mean: float, size: float, days: int, seed: int = 1) -> tuple[Cells, int, Baseline]:
    cells = Cells()
    cell, baseline = cells.number("main", "ID", "sending"), Baseline(cells)
    rng = np.random.default_rng(seed)
    for bucket in range(days * PER_DAY):
        rate = mean * (1 + 0.8 * np.sin(2 * np.pi * bucket / PER_DAY)) * rng.gamma(size, 1 / size)
        counts = cells.summed({cell: float(rng.poisson(rate))})
        baseline.learn(bucket, counts, baseline.expect(bucket), np.zeros(len(cells), np.bool_))
    return cells, cell, baseline


def test_nothing_is_known_in_the_first_days() -> None:
    assert not taught(3, 4, 2)[2].is_known
    assert taught(3, 4, 3)[2].is_known


def test_the_baseline_has_the_shape_of_the_day_and_agrees_with_a_fitted_model() -> None:
    """The fit of statsmodels to the same counts, with an hour of the day each, is the oracle."""
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    mean, size, days = 8.0, 4.0, 28
    _, cell, baseline = taught(mean, size, days)
    rng = np.random.default_rng(1)
    counts = [
        rng.poisson(mean * (1 + 0.8 * np.sin(2 * np.pi * bucket / PER_DAY)) * rng.gamma(size, 1 / size))
        for bucket in range(days * PER_DAY)
    ]
    hours = np.arange(days * PER_DAY) // 4 % 24
    fitted = GLM(np.array(counts), np.eye(24)[hours], family=families.NegativeBinomial(alpha=1 / size)).fit()
    expected = np.exp(fitted.params)
    ours = np.array([baseline.expect(days * PER_DAY + 4 * hour).mean[cell] for hour in range(24)])
    assert np.abs(ours / expected - 1).max() < 0.25
    assert 2 < baseline.expect(days * PER_DAY + 24).size[cell] < 4


def test_a_sparse_country_borrows_the_shape_of_its_neighbours_and_is_less_sure() -> None:
    cells = Cells()
    big, small = cells.number("main", "ID", "sending"), cells.number("main", "BN", "sending")
    baseline = Baseline(cells)
    for bucket in range(14 * PER_DAY):
        wave = 1 + 0.9 * np.sin(2 * np.pi * bucket / PER_DAY)
        counts = cells.summed({big: round(40 * wave), small: float(bucket % 97 == 0)})
        baseline.learn(bucket, counts, baseline.expect(bucket), np.zeros(len(cells), np.bool_))
    noon, night = (baseline.expect(14 * PER_DAY + hour * 4) for hour in (6, 18))
    assert noon.mean[small] > 3 * night.mean[small]
    assert noon.size[small] < noon.size[big]


def test_an_outage_does_not_become_usual() -> None:
    cells, cell, baseline = taught(3, 4, 14)
    before = baseline.expect(15 * PER_DAY).mean[cell]
    for bucket in range(14 * PER_DAY, 15 * PER_DAY):
        baseline.learn(bucket, cells.summed({cell: 300.0}), baseline.expect(bucket), np.ones(len(cells), np.bool_))
    assert abs(baseline.expect(15 * PER_DAY).mean[cell] / before - 1) < 0.1


def usual(mean: float, size: float = 4) -> Usual:
    return Usual(np.array([mean]), np.array([size]))


def test_a_count_as_usual_has_no_score_and_a_large_one_a_large_score() -> None:
    assert abs(score(np.array([0.0]), usual(0.01))[0]) < 0.1
    assert abs(score(np.array([100.0]), usual(100, 1e6))[0]) < 0.1
    assert score(np.array([30.0]), usual(3))[0] > 3
    assert np.isfinite(score(np.array([1e6]), usual(0.001))).all()


def test_the_sum_is_the_likelihood_ratio_of_the_negative_binomial() -> None:
    from scipy.stats import nbinom

    counts, mean, size = np.array([7.0]), 3.0, 4.0
    ratio = [nbinom.logpmf(7, size, size / (size + one)) for one in (mean * 2, mean)]
    assert gain(counts, usual(mean, size), 2.0)[0] == pytest.approx(ratio[0] - ratio[1])


def test_the_threshold_grows_with_the_board_and_with_the_budget() -> None:
    assert limits(2160, WEEK).total - limits(1, WEEK).total == pytest.approx(np.log(2160))
    assert limits(2160, QUARTER).total > limits(2160, WEEK).total


def test_a_series_in_which_no_surge_would_show_is_not_known() -> None:
    bound = limits(2000, WEEK)
    assert not is_knowable(usual(0.01), bound)[0]
    assert is_knowable(usual(3), bound)[0]


def test_a_surge_is_found_and_forgotten_when_it_is_over() -> None:
    detection, bound, calm = Detection(), limits(100, WEEK), usual(3)
    for bucket in range(20):
        detection.step(bucket, np.array([3.0]), calm)
    assert not detection.passes(bound)[0]
    detection.step(20, np.array([60.0]), calm)
    assert detection.passes(bound)[0]
    assert detection.since[0] == 20
    for bucket in range(21, 25):
        detection.step(bucket, np.array([2.0]), calm)
    assert not detection.passes(bound)[0]


def levels(*sources: int) -> str:
    return LEVELS[int(judged(*(np.array([one], np.int8) for one in sources))[0])]


@pytest.mark.parametrize("reports", [2, 3])
def test_reports_alone_are_never_red(reports: int) -> None:
    assert levels(reports, 0, 0) == "warning"
    assert levels(reports, 1, 0) == "warning"
    assert levels(reports, 0, 1) == "warning"


def test_reports_that_two_measurements_contradict_raise_nothing() -> None:
    assert levels(3, 1, 1) == "none"


def test_red_takes_two_sources_or_one_measurement_that_is_sure_and_lasts() -> None:
    assert levels(3, 2, 0) == "danger"
    assert levels(0, 2, 2) == "danger"
    assert levels(0, 3, 0) == "danger"
    assert levels(0, 2, 0) == "warning"
    assert levels(2, 2, 0) == "warning"


def test_what_nobody_knows_is_grey_and_not_green() -> None:
    assert levels(0, 0, 0) == "unknown"
    assert levels(1, 0, 0) == "none"


def walk(*due: int) -> list[int]:
    board, found = Board(), []
    for one in due:
        board.step(np.array([one], np.int8))
        found.append(int(board.levels[0]))
    return found


def test_a_level_rises_at_once_and_falls_after_three_quiet_buckets() -> None:
    assert walk(WARNING, NONE, NONE, WARNING, NONE, NONE, NONE, NONE) == [2, 2, 2, 2, 2, 2, 1, 1]


def test_green_has_to_be_known_twice_and_is_forgotten_after_an_hour() -> None:
    assert walk(NONE, NONE, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN) == [0, 1, 1, 1, 1, 0]


def probe(number: int, bucket: int, ok: bool, network: str = "AS1", target: str = "t:443") -> Probe:
    return Probe(id=f"m{number}", time=bucket * 15 * MINUTE, country="ID", feature="calls", target=target, ok=ok,
                 network=network, failure=None if ok else "timeout")  # fmt: skip


def states(*rounds: list[tuple[bool, str, str]]) -> list[str]:
    cells = Cells()
    probes, found = Probes(cells), []
    for bucket, measured in enumerate(rounds, start=1):
        for number, (ok, network, target) in enumerate(measured):
            probes.take(probe(number, bucket, ok, network, target))
        probes.close(bucket)
        cell = cells.find("main", "ID", "calls")
        found.append(probes.seen(cell, bucket, limits(20, WEEK)).state if cell is not None else "")
    return found


def test_probes_speak_without_history_and_not_after_a_single_failure() -> None:
    bad, good = (False, "AS1", "t:443"), (True, "AS1", "t:443")
    assert states([good], [bad], [bad], [bad], [bad])[0::4] == ["fine", "failing"]
    assert "failing" not in states([good], [bad], [good], [good], [bad], [good])


def test_a_port_that_is_refused_alone_does_not_fail() -> None:
    refused = [(False, "AS1", "t:5222"), (True, "AS1", "t:443")]
    assert set(states(*[refused] * 8)) == {"fine"}


def test_one_network_of_several_is_a_part() -> None:
    mixed = [(False, "AS1", "t:443"), (True, "AS2", "t:443"), (True, "AS3", "t:443")]
    assert states(*[mixed] * 8)[-1] == "part"
    both = [(False, "AS1", "t:443"), (False, "AS2", "t:443"), (True, "AS3", "t:443")]
    assert states(*[both] * 8)[-1] == "failing"


def test_old_measurements_are_not_known_any_more() -> None:
    good = [(True, "AS1", "t:443")]
    assert states(good, good, *[[]] * 12)[-1] == "unknown"


def test_failures_fade_after_a_gap() -> None:
    """Two failures, nine days of silence, one more: that is no run of three."""
    cells = Cells()
    probes = Probes(cells)
    for bucket in (1, 2, 3, 2 + 9 * PER_DAY):
        probes.take(probe(bucket, bucket, bucket == 1))
        probes.close(bucket)
    cell = cells.find("main", "ID", "calls")
    assert cell is not None
    assert probes.seen(cell, 2 + 9 * PER_DAY, limits(3, WEEK)).state != "failing"
