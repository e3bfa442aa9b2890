"""Checks the data files of the rules, shipped or changed: every fault at once, with its place and a hint.

>>> text = "frequency: {marketing: {24h: many}}"
>>> faults = check(Text("practice.yaml", text))
>>> [(fault.code, fault.problem) for fault in faults if fault.code == "type"]
[('type', 'a whole number is needed here')]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, TypeAlias, get_args

import msgspec
from msgspec import inspect

from cartellino.policies.document import Branch, parse
from cartellino.policies.typed import Check, reads
from cartellino.senders import ai_policy, causes, errors, platform, practice, shipped, wording, words
from cartellino.senders.errors import ErrorRule, Match
from cartellino.senders.platform import Span as Lasting
from cartellino.vocabulary.diagnostics import Diagnostic, Faults, Span, Text
from cartellino.vocabulary.times import duration

Extra: TypeAlias = Callable[[Branch, Faults], None]


def check(text: Text) -> list[Diagnostic]:
    """Return every fault of a file; which one it is follows from its name, or else from what stands in it."""
    faults = Faults()
    tree = parse(text, faults)
    if tree is None:
        if not faults:
            faults.add("empty", "the file is empty", Span(text, 0, 1))
        return list(faults)
    name = kind_of(text.name, tree)
    if name is None:
        known = ", ".join(f"{file}.yaml" for file in shipped.NAMES)
        faults.add("unknown-file", "this is none of the files of rules", Span(text, 0, 1), f"name it as one of {known}")
        return list(faults)
    kind, extra = _FILES[name]
    Check(faults, (Lasting,)).value(tree, inspect.type_info(kind), name)
    extra(tree, faults)
    if not faults:
        _as_a_whole(name, text, faults)
    return sorted(faults, key=lambda fault: fault.span.start)


def kind_of(path: str, tree: Branch) -> str | None:
    """Return which file this is."""
    stem = path.replace("\\", "/").rpartition("/")[2].partition(".")[0]
    if stem in _FILES:
        return stem
    if isinstance(tree.value, list):
        return "errors"
    keys = set(tree.value) if isinstance(tree.value, dict) else set()
    signs = {"tiers": "platform", "frequency": "practice", "terms": "ai_policy", "stop": "words",
             "without_consent": "causes", "goods": "contents"}  # fmt: skip
    return next((name for sign, name in signs.items() if sign in keys), None)


# What the types do not say


def _errors(tree: Branch, faults: Faults) -> None:
    """Check thresholds and durations, and that no rule stands behind one that takes all of its codes."""
    before: list[Match] = []
    for rule in tree.value if isinstance(tree.value, list) else ():
        for name in ("threshold", "duration"):
            _convert(rule, name, faults)
        written = dict(_inside(rule)).get("match")
        try:
            match = msgspec.convert(written.plain() if written else None, Match)
        except msgspec.ValidationError:
            continue
        _match(match, before, written.span if written else None, faults)
        before.append(match)


def _match(match: Match, before: Iterable[Match], place: Span | None, faults: Faults) -> None:
    codes = [*match.codes, *([match.code] if match.code is not None else [])]
    if not codes and (match.least is None or match.most is None):
        faults.add("match", "this rule names no code", place, "write `code`, `codes`, or `from` and `to`")
    for code in codes:
        if any(earlier.details is None and earlier.takes(code) for earlier in before):
            faults.add("never-reached", f"a rule above takes every error {code}", place,
                       "the first rule that matches holds: move this one up, or remove it")  # fmt: skip


_EXAMPLE: Mapping[str, Any] = {
    "match": {"code": 1}, "threshold": 1, "action": "fix_message", "duration": "once", "source": "",
    "date": date(2026, 1, 1),
}  # fmt: skip
_HINTS = {
    "threshold": "write a number, or one with a time, such as `3 in 10m`",
    "duration": "write a time such as 24h, `webhook`, `operator`, `once`, or `4^n s`",
}


def _convert(rule: Branch, name: str, faults: Faults) -> None:
    inside = dict(_inside(rule)).get(name)
    if inside is None or isinstance(inside.value, dict | list):
        return
    try:
        msgspec.convert({**_EXAMPLE, name: inside.written if name == "duration" else inside.value}, ErrorRule)
    except (msgspec.ValidationError, ValueError):
        faults.add(name, f"`{inside.written}` is not a {name}", inside.span, _HINTS[name])


def _practice(tree: Branch, faults: Faults) -> None:
    """Check the times of frequency caps, and hours and shares."""
    for category in ("marketing", "utility", "authentication"):
        for within, most in _inside(tree, "frequency", category):
            if not reads(duration, within):
                faults.add("type", f"`{within}` is no time", most.key, "write it as 24h, 7d or 30d")
            if isinstance(most.value, int) and most.value < 1:
                faults.add("range", "at least 1 is needed here", most.span)
    for name, hour in _inside(tree, "quiet_hours"):
        if name in ("from", "to") and isinstance(hour.value, int) and not 0 <= hour.value <= 24:
            faults.add("range", "an hour from 0 to 24 is needed here", hour.span)
    for field, name in (("reciprocity", "least_share"), ("reserve", "most_share"), ("reserve", "least_share")):
        _share(tree, (field, name), faults)
    for path in (("unanswered", "most"), ("reciprocity", "people"), ("warm_up", "first_day"), ("warm_up", "factor")):
        _at_least_one(tree, path, faults)
    _at_least(tree, ("reserve", "times"), 0, faults)


def _platform(tree: Branch, faults: Faults) -> None:
    """Check that limits let something pass, and that tiers rise."""
    paths = (("throughput", "ordinary"), ("throughput", "raised"), ("throughput", "coexistence"), ("pair", "burst"),
             ("pair", "retry_base"), ("templates", "created_per_hour"), ("webhooks", "most_updates"),
             ("webhooks", "most_bytes"))  # fmt: skip
    for path in paths:
        _at_least_one(tree, path, faults)
    _share(tree, ("tiers", "growth", "share_used"), faults)
    below = 0
    for _, level in _inside(tree, "tiers", "levels"):
        if isinstance(level.value, int) and not isinstance(level.value, bool):
            if level.value <= below:
                faults.add(
                    "range", f"a tier lets more people be written to than the one before it ({below})", level.span
                )
            below = max(below, level.value)
    first = dict(_inside(tree, "tiers")).get("first")
    names = dict(_inside(tree, "tiers", "levels"))
    if first is not None and isinstance(first.value, str) and names and first.value not in names:
        faults.add("unknown-name", f"`{first.value}` is none of the levels", first.span, "write one of them")


def _contents(tree: Branch, faults: Faults) -> None:
    """Check shares and counts."""
    _share(tree, ("shape", "capitals"), faults)
    for name in ("letters", "marks", "emoji", "words_per_placeholder"):
        _at_least_one(tree, ("shape", name), faults)
    _at_least(tree, ("shape", "empty_lines"), 0, faults)


def _share(tree: Branch, path: tuple[str, ...], faults: Faults) -> None:
    number = dict(_inside(tree, *path[:-1])).get(path[-1])
    if number is not None and isinstance(number.value, int | float) and not 0 <= number.value <= 1:
        faults.add("range", "a share from 0 to 1 is needed here", number.span)


def _at_least_one(tree: Branch, path: tuple[str, ...], faults: Faults) -> None:
    _at_least(tree, path, 1, faults)


def _at_least(tree: Branch, path: tuple[str, ...], least: int, faults: Faults) -> None:
    number = dict(_inside(tree, *path[:-1])).get(path[-1])
    if number is not None and isinstance(number.value, int | float) and number.value < least:
        faults.add("range", f"at least {least} is needed here", number.span)


def _inside(tree: Branch, *names: str) -> Iterable[tuple[str, Branch]]:
    """Return the entries of a mapping within mappings; none where there is no such mapping."""
    for name in names:
        inside = tree.value.get(name) if isinstance(tree.value, dict) else None
        if inside is None:
            return ()
        tree = inside
    return tree.value.items() if isinstance(tree.value, dict) else ()


def _words(tree: Branch, faults: Faults) -> None:
    """Check that no word means two things, that there are words that stop, and that no list or word is empty."""
    seen: dict[str, str] = {}
    stopping = dict(_inside(tree)).get("stop")
    if isinstance(tree.value, dict) and not (stopping is not None and stopping.value):
        faults.add("missing-field", "without words under `stop` nobody could stop anything", tree.span)
    for meaning, by_language in _inside(tree):
        for _, listed in _inside(by_language):
            if listed.value == []:
                faults.add("empty", "the list is empty: write the words, or leave the language out", listed.span)
            for word in listed.value if isinstance(listed.value, list) else ():
                if not words.plain(str(word.value)):
                    faults.add("empty", "this is no word", word.span)
                    continue
                before = seen.setdefault(words.plain(str(word.value)), meaning)
                if before != meaning:
                    faults.add("two-meanings", f"`{word.value}` means `{before}` already", word.span)


def _nothing(tree: Branch, faults: Faults) -> None:
    """Types say everything."""


_FILES: Mapping[str, tuple[Any, Extra]] = {
    "platform": (platform.Platform, _platform),
    "errors": (tuple[ErrorRule, ...], _errors),
    "practice": (practice.Practice, _practice),
    "ai_policy": (ai_policy.AiPolicy, _nothing),
    "words": (dict[words.Word, dict[str, list[str]]], _words),
    "causes": (causes.CauseBounds, _nothing),
    "contents": (wording.Contents, _contents),
}
assert set(_FILES) == set(shipped.NAMES)
assert set(get_args(words.Word)) == {"stop", "stop_everything", "resume"}

_READERS: Mapping[str, Callable[[str], object]] = {
    "platform": platform.read_platform, "errors": errors.read_errors, "practice": practice.read_practice,
    "ai_policy": ai_policy.read_ai_policy, "words": words.read_words, "causes": causes.read_cause_bounds,
    "contents": wording.read_contents,
}  # fmt: skip


def _as_a_whole(name: str, text: Text, faults: Faults) -> None:
    """Let the reader read the file, so that nothing passes here that the gateway refuses."""
    try:
        _READERS[name](text.content)
    except (msgspec.ValidationError, ValueError) as wrong:
        faults.add("value", str(wrong), Span(text, 0, 1))


def use(texts: Mapping[str, str]) -> None:
    """Let texts that were checked stand for the shipped ones, by name; once, before anything is judged."""
    shipped.change(texts)
    for reader in (platform.platform, errors.error_rules, practice.practice, ai_policy.ai_policy, words.words,
                   causes.cause_bounds):  # fmt: skip
        reader.cache_clear()
    wording.forget()
