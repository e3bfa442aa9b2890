"""The platform's errors, read from `data/errors.yaml`: what each means for what may be sent next.

A rule has the form `{match, threshold, action, duration, source, date}`, so that a community can keep the file as mail
operators keep their rules for other servers' answers.

>>> rule_of(131056).action, rule_of(200).action, rule_of(999) is None
('slow_pair', 'fix_message', True)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Literal

import msgspec
import yaml

from cartellino.senders.shipped import text_of
from cartellino.vocabulary.times import SECOND, Duration, duration

Action = Literal[
    "stop_number", "stop_business_initiated", "stop_marketing", "stop_utility", "stop_direct_utility", "stop_country",
    "stop_template", "retire_template", "stop_person", "stop_person_marketing", "slow_number", "slow_pair",
    "only_templates", "fix_message", "try_later",
]  # fmt: skip
"""What follows on an error."""

_GROWING = re.compile(r"(\d{1,2})\^n s")
_THRESHOLD = re.compile(r"(\d{1,6})(?: in (\S+))?")
_LONGEST_GROWTH: Duration = 3_600 * SECOND


class Match(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which errors a rule is about: codes, a range of them, and words of the details."""

    code: int | None = None
    codes: tuple[int, ...] = ()
    least: int | None = msgspec.field(default=None, name="from")
    most: int | None = msgspec.field(default=None, name="to")
    details: str | None = None

    def takes(self, code: int, details: str = "") -> bool:
        """Say whether an error is meant."""
        named = code == self.code or code in self.codes
        ranged = self.least is not None and self.most is not None and self.least <= code <= self.most
        return (named or ranged) and (self.details is None or self.details.casefold() in details.casefold())


class ErrorRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to do when an error comes `threshold` times."""

    match: Match
    threshold: int | str
    action: Action
    lasting: str = msgspec.field(name="duration")
    source: str
    date: date
    title: str = ""
    details: str = ""
    http: int = 400

    def __post_init__(self) -> None:
        _threshold(self.threshold)
        self.pause(0)

    @property
    def times(self) -> int:
        """How many such errors it takes."""
        return _threshold(self.threshold)[0]

    @property
    def within(self) -> Duration | None:
        """The time within which they have to come; `None` without bound."""
        return _threshold(self.threshold)[1]

    def pause(self, repeated: int) -> Duration | None:
        """Return how long the action lasts at the n-th repetition; `None` until somebody says that it is over."""
        growing = _GROWING.fullmatch(self.lasting)
        if growing:
            seconds: int = int(growing[1]) ** min(repeated, 12)
            return min(seconds * SECOND, _LONGEST_GROWTH)
        if self.lasting in ("webhook", "operator"):
            return None
        return 0 if self.lasting == "once" else duration(self.lasting)


def _threshold(written: int | str) -> tuple[int, Duration | None]:
    match = _THRESHOLD.fullmatch(str(written))
    if match is None or int(match[1]) < 1:
        raise ValueError(f"`{written}` is not a threshold; write a number, or one with a time, such as `3 in 10m`")
    return int(match[1]), duration(match[2]) if match[2] else None


@cache
def error_rules() -> tuple[ErrorRule, ...]:
    """Return the rules as shipped."""
    return read_errors(text_of("errors"))


def read_errors(text: str) -> tuple[ErrorRule, ...]:
    """Read rules from YAML.

    Raises `msgspec.ValidationError` or `yaml.YAMLError`, which say what is wrong and where.
    """
    return msgspec.convert(yaml.safe_load(text), type=tuple[ErrorRule, ...])


def rule_of(code: int, details: str = "", rules: Sequence[ErrorRule] | None = None) -> ErrorRule | None:
    """Return the first rule that is about an error; `None` for an error that nobody has described."""
    return next((rule for rule in (error_rules() if rules is None else rules) if rule.match.takes(code, details)), None)
