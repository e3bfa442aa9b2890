"""Tagged.com: real reports of one user by another, with the operator's verdict.

Fakhraei, Foulds, Shashanka and Getoor, "Collective spammer detection in evolving multi-relational social networks",
KDD 2015. 106,851 pairs `reporter reported`, all distinct; 72,768 reported users in three folds, verdict 1 spammer or 0
not; a file per fold with the credibility of 49,268 reporters: the share, 0 to 1, of their reports on users of the
*other* two folds that were right, 0.5 where there is none. It looks at no verdict of its own fold, yet it knows a
reporter's whole record in the others, later reports included: kinder than a live service, whose `credit` grows with
time. For 97 % of reporters it is the share of the distinct pairs here; for the rest not quite, as if repeats counted.

The verdicts of fold 3 are held back, so folds 1 and 2 are given unless asked otherwise. No times exist: the reports are
put in a pseudo-random order that is always the same, and spread evenly over 28 days.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from benchmarks.real.common import DAY, Row, data, parser, write

BEGIN = 1_433_116_800_000
"""2015-06-01T00:00:00Z: made up, as the real times are not given."""

SPAN = 28 * DAY

SCORED = (1, 2)
"""The folds whose verdicts are here."""

_FOLDS = (1, 2, 3)
_SEED = b"cartellino tagged 1"


class Report(NamedTuple):
    """A row of the file: both users and the fold of the reported one."""

    reporter: str
    reported: str
    fold: int


def verdicts() -> dict[str, tuple[int, bool]]:
    """Read who was judged: fold, and whether a spammer."""
    return {user: (fold, verdict == "1") for fold in SCORED for user, verdict in _pairs(f"spammer_fold_{fold}.tsv")}


def reports() -> list[Report]:
    """Read every report, in a pseudo-random order that is always the same. Who has no verdict here is of fold 3."""
    judged = verdicts()
    held = (_FOLDS[-1], False)
    rows = [Report(by, user, judged.get(user, held)[0]) for by, user in _pairs("reported.tsv")]
    return sorted(rows, key=_place)


def credibility(fold: int) -> dict[str, int]:
    """Read what each reporter's record in the other folds was worth, in percent."""
    rows = _pairs(f"prior_credibility_test_fold_{fold}.tsv")
    return {reporter: round(100 * float(share)) for reporter, share in rows}


def events(folds: Collection[int] = SCORED) -> Iterator[Row]:
    """Give each report on a user of `folds` as `reported`, with the reporter's `credit` from outside that fold."""
    credit = {fold: credibility(fold) for fold in folds}
    chosen = [report for report in reports() if report.fold in credit]
    for number, report in enumerate(chosen):
        time = BEGIN + number * SPAN // len(chosen)
        yield _reported(report, time, credit[report.fold][report.reporter])


def labels(folds: Collection[int] = SCORED) -> Iterator[Row]:
    """Give the verdicts that are here, in the files' order."""
    for user, (fold, spammer) in verdicts().items():
        if fold in folds:
            yield {"account": user, "abusive": spammer}


def _reported(report: Report, time: int, credit: int) -> Row:
    return {
        "id": f"tagged-{report.reporter}-{report.reported}",
        "time": time,
        "kind": "reported",
        "account": report.reported,
        "peer": report.reporter,
        "reason": "spam",
        "credit": credit,
    }


def _place(report: Report) -> bytes:
    return blake2b(f"{report.reporter} {report.reported}".encode(), key=_SEED, digest_size=16).digest()


def _pairs(name: str) -> Iterator[tuple[str, str]]:
    with data(f"tagged_reports/{name}").open() as file:
        for line in file:
            first, second = line.split()
            yield first, second


def main() -> None:
    """Write the events, and the labels where asked."""
    command = parser(__doc__)
    command.add_argument("--labels", type=Path, help="the NDJSON file of labels to write")
    command.add_argument("--folds", type=int, nargs="+", choices=_FOLDS, default=SCORED, help="folds of reported users")
    given = command.parse_args()
    write(events(given.folds), given.out)
    if given.labels:
        write(labels(given.folds), given.labels)


if __name__ == "__main__":
    main()
