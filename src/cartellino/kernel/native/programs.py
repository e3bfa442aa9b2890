"""Executes the programs of rules and filters (`kernel.lowering`) column at a time.

A program is a list of steps; each computes one register from others, or from event columns. A register has the values
of `BLOCK` events, so that what it costs to read a step is shared by all of them, and registers stay in the cache of the
processor. There are registers for truth values, for numbers (`low` and `high` are the ends), and for the codes of
texts. Those of arguments are the same for all events, and are written once.

Nearly every rule is false for nearly every event, and mostly its first condition says so. Therefore `NARROW` ends a
condition: the events for which it is false are left out of all further steps, and truth register 0 has the least of the
conditions so far for those that are left. Registers of before are not valid after it, except those of arguments.
"""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.panes import FULL
from cartellino.kernel.native.rows import CLOCK, FIRST_SEEN, MADE, START, TIME
from cartellino.kernel.native.truths import (
    INF,
    aged,
    complete,
    known_number,
    minus,
    over,
    passed,
    plus,
    possibly,
    share,
    summed,
    times,
)
from cartellino.kernel.native.types import Int, Ints, Longs, Program, Reals, Registers, Seen

BLOCK = 256
"""The number of events that are judged at once."""

OPERATION, OUT, A, B, C, D, E, F = range(8)
"""Columns of a step: what is computed, into which register, and from what."""

NARROW = -1
"""The operation that ends a condition."""

TRUTH, FACT, NOT, AND, OR, ABOVE, AT_LEAST, EQUAL, SAME, SAME_TRUTH, HAS_FACT, HAS_REAL, HAS_LONG = range(13)
"""Operations whose result is a truth value."""

TEXT, CODE = range(13, 15)
"""Operations whose result is the code of a text."""

PARAM, REAL, PLUS, MINUS, TIMES, OVER, SHARE, AGED, PASSED = range(15, 24)
"""Operations whose result is a number."""

COUNTED, SUMMED, COMPLETED, FLOORED, CLOSED, OPENED, IF_SENT, IF_KEYED, POSSIBLY, IF_STANDING = range(24, 34)
"""Operations for aggregates, whose results are numbers."""


def judge(
    rows: Longs, seen: Seen, program: Program, registers: Registers, row: Int, stats: Longs, hits: Longs
) -> Int:  # fmt: skip
    """Execute a program for some events (their numbers in the batch).

    A filter writes its truth value to a row of facts. For a rule, `row` is -1: it writes the events on which it is true
    to `hits`, and returns their number; `stats` are `state.FIGURES`, and `program.codes` begins with when the rule is
    in force, from and until, and how far it looks back.
    """
    count = np.int64(0)
    pass_arguments(program, registers)
    for begin in range(0, rows.shape[0], BLOCK):
        block = rows[begin : min(begin + BLOCK, rows.shape[0])]
        kept = registers.rows[: run(block, seen, program, registers)]
        if row < 0:
            count = note_hits(block, kept, seen, program, registers, stats, hits, count)
        else:
            for j in range(block.shape[0]):
                seen.facts[row, block[j]] = 0
            for j in range(kept.shape[0]):
                seen.facts[row, kept[j]] = registers.truths[0, j]
    return count


def note_hits(
    block: Longs, kept: Longs, seen: Seen, program: Program, registers: Registers, stats: Longs, hits: Longs, count: Int
) -> Int:  # fmt: skip
    """Write the events of a block on which a rule is true, and its statistics. It is false for those not `kept`."""
    truths, longs, codes = registers.truths, seen.longs, program.codes
    for j in range(block.shape[0]):
        if codes[0] <= longs[TIME, block[j]] and longs[TIME, block[j]] < codes[1]:
            stats[0] += 1
    for j in range(kept.shape[0]):
        i = kept[j]
        if codes[0] <= longs[TIME, i] and longs[TIME, i] < codes[1]:
            stats[1] += truths[0, j] == 1
            stats[2] += truths[0, j] == 1 and longs[CLOCK, i] - codes[2] < longs[START, i]
            if truths[0, j] == 2:
                hits[count] = i
                count += 1
    return count


def pass_arguments(program: Program, registers: Registers) -> None:
    """Write the registers of thresholds and texts."""
    for at in range(program.steps.shape[0]):
        step = program.steps[at]
        if step[OPERATION] == PARAM:
            registers.low[step[OUT], :] = program.params[step[A]]
            registers.high[step[OUT], :] = program.params[step[A]]
        elif step[OPERATION] == TEXT:
            registers.codes[step[OUT], :] = program.codes[step[A]]


def run(block: Longs, seen: Seen, program: Program, registers: Registers) -> Int:
    """Execute a program for at most `BLOCK` events; return how many are left, which are in `registers.rows`."""
    size = block.shape[0]
    for j in range(size):
        registers.rows[j] = block[j]
        registers.truths[0, j] = 2
    for at in range(program.steps.shape[0]):
        step = program.steps[at]
        if size == 0:
            break
        rows = registers.rows[:size]
        if step[OPERATION] == NARROW:
            size = narrow(step[A], size, registers)
        elif step[OPERATION] < TEXT:
            compute_truth(rows, seen, step, registers)
        elif step[OPERATION] == CODE:
            for j in range(size):
                registers.codes[step[OUT], j] = seen.longs[step[A], rows[j]]
        elif step[OPERATION] > PARAM and step[OPERATION] < COUNTED:
            compute_number(rows, seen, step, program.params, registers)
        elif step[OPERATION] >= COUNTED:
            compute_aggregate(rows, seen, step, registers)
    return size


def narrow(condition: Int, size: Int, registers: Registers) -> Int:
    """Keep the events for which a condition is not false; return their number."""
    rows, truths, left = registers.rows, registers.truths, np.int64(0)
    for j in range(size):
        if truths[condition, j] != 0:
            rows[left] = rows[j]
            truths[0, left] = min(truths[0, j], truths[condition, j])
            left += 1
    return left


def compute_truth(rows: Longs, seen: Seen, step: Longs, registers: Registers) -> None:
    """Compute a truth value: from event columns, from other truth values, or by comparing."""
    operation, a, b = step[OPERATION], step[A], step[B]
    out, truths = registers.truths[step[OUT]], registers.truths
    if operation == TRUTH:
        out[: rows.shape[0]] = a
    elif operation == FACT:
        for j in range(rows.shape[0]):
            out[j] = seen.facts[a, rows[j]]
    elif operation == NOT:
        for j in range(rows.shape[0]):
            out[j] = 2 - truths[a, j]
    elif operation == AND:
        for j in range(rows.shape[0]):
            out[j] = min(truths[a, j], truths[b, j])
    elif operation == OR:
        for j in range(rows.shape[0]):
            out[j] = max(truths[a, j], truths[b, j])
    elif operation == SAME_TRUTH:
        for j in range(rows.shape[0]):
            left, right = truths[a, j], truths[b, j]
            out[j] = 1 if left == 1 or right == 1 else 2 * (left == right)
    elif operation == SAME:
        for j in range(rows.shape[0]):
            left, right = registers.codes[a, j], registers.codes[b, j]
            out[j] = 1 if left == 0 or right == 0 else 2 * (left == right)
    elif operation >= HAS_FACT:
        has_value(rows, seen, operation, a, out)
    else:
        compare(rows.shape[0], operation, a, b, registers, out)


def has_value(rows: Longs, seen: Seen, operation: Int, row: Int, out: Ints) -> None:
    """Write whether a column has a value."""
    if operation == HAS_FACT:
        for j in range(rows.shape[0]):
            out[j] = 2 * (seen.facts[row, rows[j]] != 1)
    elif operation == HAS_REAL:
        for j in range(rows.shape[0]):
            out[j] = 2 * (seen.reals[row, rows[j]] == seen.reals[row, rows[j]])
    else:
        for j in range(rows.shape[0]):
            out[j] = 2 * (seen.longs[row, rows[j]] != 0)


def compare(number: Int, operation: Int, first: Int, second: Int, registers: Registers, out: Ints) -> None:
    """Compare two numbers: whether it holds for some, and for all, values of the intervals."""
    low, high = registers.low, registers.high
    if operation == ABOVE:
        for j in range(number):
            out[j] = 1 * (low[first, j] > high[second, j]) + 1 * (high[first, j] > low[second, j])
    elif operation == AT_LEAST:
        for j in range(number):
            out[j] = 1 * (low[first, j] >= high[second, j]) + 1 * (high[first, j] >= low[second, j])
    else:
        for j in range(number):
            a, b, c, d = low[first, j], high[first, j], low[second, j], high[second, j]
            out[j] = 1 * ((a == b) & (b == c) & (c == d)) + 1 * ((a <= d) & (b >= c))


def compute_number(rows: Longs, seen: Seen, step: Longs, params: Reals, registers: Registers) -> None:
    """Compute a number: from event columns, or from other numbers."""
    operation, a, b, c = step[OPERATION], step[A], step[B], step[C]
    low, high = registers.low, registers.high
    to_low, to_high = low[step[OUT]], high[step[OUT]]
    if operation == REAL:
        for j in range(rows.shape[0]):
            to_low[j], to_high[j] = known_number(seen.reals[a, rows[j]])
    elif operation == PLUS:
        for j in range(rows.shape[0]):
            to_low[j], to_high[j] = plus(low[a, j], high[a, j], low[b, j], high[b, j])
    elif operation == MINUS:
        for j in range(rows.shape[0]):
            to_low[j], to_high[j] = minus(low[a, j], high[a, j], low[b, j], high[b, j])
    elif operation == TIMES:
        for j in range(rows.shape[0]):
            to_low[j], to_high[j] = times(low[a, j], high[a, j], low[b, j], high[b, j])
    elif operation == OVER:
        for j in range(rows.shape[0]):
            to_low[j], to_high[j] = over(low[a, j], high[a, j], low[b, j], high[b, j])
    elif operation == SHARE:
        for j in range(rows.shape[0]):
            to_low[j], to_high[j] = share(low[a, j], high[a, j], low[b, j], high[b, j], params[c])
    else:
        compute_time(rows, seen, step, to_low, to_high)


def compute_time(rows: Longs, seen: Seen, step: Longs, low: Reals, high: Reals) -> None:
    """Compute the age of the account, or the time since its latest event of a kind."""
    longs, latest, doubted, sends = seen.longs, step[A], step[B], step[C]
    for j in range(rows.shape[0]):
        i = rows[j]
        if step[OPERATION] == AGED:
            low[j], high[j] = aged(longs[CLOCK, i], longs[MADE, i], longs[FIRST_SEEN, i])
        else:
            in_doubt = longs[doubted, i] if doubted >= 0 else 0
            low[j], high[j] = passed(
                longs[CLOCK, i], longs[latest, i], in_doubt, longs[MADE, i], longs[START, i], seen.facts[sends, i]
            )


def compute_aggregate(rows: Longs, seen: Seen, step: Longs, registers: Registers) -> None:
    """Compute the interval of an aggregate from its counters, or what is left of one where something is missing."""
    operation, a, b, c = step[OPERATION], step[A], step[B], step[C]
    low, high, longs = registers.low, registers.high, seen.longs
    to_low, to_high = low[step[OUT]], high[step[OUT]]
    if operation == COUNTED:
        for j in range(rows.shape[0]):
            to_low[j], to_high[j] = counted(rows[j], seen, a, b, c)
    elif operation == SUMMED:
        for j in range(rows.shape[0]):
            i = rows[j]
            lost = longs[c, i] if c >= 0 else 0
            negative = longs[step[D], i] if step[D] >= 0 else 0
            to_low[j], to_high[j] = summed(longs[a, i], longs[b, i], lost, negative, seen.ints[step[E], i])
    elif operation == COMPLETED:
        for j in range(rows.shape[0]):
            i = rows[j]
            made = longs[MADE, i] if step[E] != 0 else -1
            is_complete = complete(longs[c, i], step[D], longs[START, i], made, seen.facts[b, i])
            to_low[j], to_high[j] = low[a, j], high[a, j] if is_complete else INF
    elif operation == POSSIBLY:
        for j in range(rows.shape[0]):
            i = rows[j]
            to_low[j], to_high[j] = possibly(
                low[a, j], high[a, j], longs[b, i], longs[c, i], longs[step[D], i], step[E], step[F]
            )
    else:
        for j in range(rows.shape[0]):
            to_low[j], to_high[j] = bounded(rows[j], seen, step, low[a, j], high[a, j])


def counted(i: Int, seen: Seen, certain_row: Int, possible_row: Int, doubt_row: Int) -> tuple[float, float]:
    """Return [certain − in doubt, certain + possible] of counters; the upper end is infinite while a pane is full."""
    certain = np.int64(seen.ints[certain_row, i])
    possible = np.int64(seen.ints[possible_row, i]) if possible_row >= 0 else np.int64(0)
    doubt = np.int64(seen.ints[doubt_row, i]) if doubt_row >= 0 else np.int64(0)
    sure = 1.0 * (certain & (FULL - 1))
    most = INF if (certain | possible) >= FULL else sure + possible
    return max(sure - doubt, 0.0) if doubt < FULL else 0.0, most


def bounded(i: Int, seen: Seen, step: Longs, least: float, most: float) -> tuple[float, float]:
    """Return what is left of the bounds of an aggregate where something is missing or was taken back."""
    operation, b, c = step[OPERATION], step[B], step[C]
    if operation == FLOORED:  # a sum of what cannot be negative
        least = max(least, 0.0)
    elif operation == CLOSED:  # likewise, and nothing is certain while it has no upper end
        least = max(least, 0.0) if most != INF else 0.0
    elif operation == OPENED:
        least = least if most != INF else -INF
    elif operation == IF_SENT:
        least = least if seen.facts[b, i] != 0 else 0.0
    elif operation == IF_KEYED:
        least, most = (least, most) if seen.longs[b, i] != 0 else (0.0, INF)
    elif operation == IF_STANDING:  # nothing in the window may have been taken back by an event without the key
        at, clock, pane = seen.longs[b, i], seen.longs[c, i], step[D]
        if at >= 0 and at // pane > clock // pane - step[E]:
            least = -INF if step[F] != 0 else 0.0
    return least, most
