"""Generates the source of the fold of a table: the function that counts events in the records of their keys.

For every event of a key, in the order of the log:

    expire     panes that have left their windows are subtracted from the totals
    reply      a reply removes its peer from the unanswered ones
    count      each family of the event's kind counts it, if it may pass the filter
    show       the totals that rules read on this kind are written to the event columns

The result is a plain function over arrays (see `native`), which `FoldWriter` composes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cartellino.events.kinds import TAKES_BACK
from cartellino.expressions import nodes
from cartellino.kernel.event_columns import CLOCK, MADE, START, TIME
from cartellino.kernel.families import Family
from cartellino.kernel.lowering import taken_back_name
from cartellino.kernel.places import KIND, Places
from cartellino.kernel.plan import PEERS, Slot
from cartellino.kernel.series import authors_table, sightings_table
from cartellino.signals.window import Window
from cartellino.vocabulary.times import SECOND

PAIRS = "moves, count, lines, looked, since"
PLACES = "panes, places, now, pane_counts"
MEMBERS = "members, now, pane_counts, pane_seconds"
"""Arguments that the functions of `native.counting` have in common."""

NAMES = (sightings_table, authors_table)
"""The functions that name the tables of a family. A fold gets the codes of all names by the first, then the second."""

HEAD = """\
def fold(rows, slots, r8, r4, pool, free, counts, sums, free_sums, counts_sums, values, entries, spare, kept, lines,
         looked, longs, ints, reals, facts, kinds, names, relevant, firsts, pane_counts, pane_seconds, members, cap,
         cap_sums, most_values, since, moves, pairs, panes, places, now, then):
    base = r4.ctypes.data
    stride = r4.shape[1] * 4
    line_base = lines.ctypes.data
    pool_base = pool.ctypes.data
    pool_stride = pool.shape[1] * pool.itemsize
    for number in range(-AHEAD, rows.shape[0]):
        if number + AHEAD < rows.shape[0]:
            i = rows[number + AHEAD]
            for near in range(0, min(stride, 512), 64):
                prefetch(base + slots[i] * stride + near)
"""

Lines = Iterator[tuple[int, str]]
"""Lines of source, each with its depth of indentation."""


class FoldWriter(Places):
    """Writes the fold of one table."""

    def text(self) -> str:
        """Return the source of the function."""
        passes = (self._ask_ahead(), self._clock(), self._settle(), self._count(), self._carry_out(), self._show())
        return HEAD + "\n".join("    " * depth + line for lines in passes for depth, line in lines) + "\n"

    # Prefetching

    def _ask_ahead(self) -> Lines:
        """Compute the pairs of an event some events ahead, and prefetch their lines.

        A little later, when its record has arrived, prefetch the blocks in use.
        """
        yield 3, "kind = kinds[i]"
        for number, kind in enumerate(self.kinds):
            yield 3, f"{_elif(number)} kind == {KIND[kind]}:"
            yield 4, "pass"
            for place, family in enumerate(self._paired(kind)):
                passes = "True" if family in self._with_peer_removed(kind) else self._passes(family)
                yield 4, f"if {passes} and {self._value(family)} != 0:"
                name = f"names[{self.table.families.index(family)}]"
                yield 5, f"pair = joined(joined(longs[{self.key_row}, i], {name}), {self._value(family)})"
                yield 5, f"pairs[(number + AHEAD) & 15, {place}] = pair"
                yield 5, "prefetch(line_base + bucket_of(pair, lines.shape[0]) * 64)"
        yield 2, "if number + NEAR >= 0 and number + NEAR < rows.shape[0]:"
        yield 3, "s = slots[rows[number + NEAR]]"
        yield 3, f"for at in range({self.totals}, {self.blocks}):"
        yield 4, "if r4[s, at] != 0:"
        yield 5, f"prefetch(pool_base + np.int64(r4[s, {self._block()}]) * pool_stride)"
        yield 2, "if number < 0:"
        yield 3, "continue"

    # Clock and windows

    def _clock(self) -> Lines:
        """Advance the clock of the key; the clocks of accounts were advanced in the pass `note`."""
        yield 2, "i = rows[number]"
        yield 2, "s = slots[i]"
        yield 2, f"time = longs[{TIME}, i]"
        if self.table.by == "account":
            yield 2, f"clock = longs[{CLOCK}, i]"
        else:
            yield 2, "clock = max(r8[s, 0] - 1, time)"
            yield 2, "r8[s, 0] = clock + 1"
            yield 2, f"longs[{self.plan.rows.long(f'clock {self.table.by}')}, i] = clock"
        yield 2, "kind = kinds[i]"
        yield 2, "if relevant[kind] == 0:"
        yield 3, "continue"
        yield 2, "second = time // 1000 + 1"

    def _settle(self) -> Lines:
        """Advance every counter whose window has moved to another pane."""
        yield 2, "was = r8[s, 1] - 1"
        yield 2, "r8[s, 1] = clock + 1"
        for number, window in enumerate(self.table.windows):
            yield 2, f"panes[{number}] = time // {window.pane}"
            yield 2, f"places[{number}] = panes[{number}] % {window.panes}"
            yield 2, f"now[{number}] = clock // {window.pane}"
            yield 2, f"then[{number}] = was // {window.pane} if was >= 0 else now[{number}]"
        yield 2, f"for window in range({len(self.table.windows)}):"
        yield 3, "if now[window] != then[window]:"
        yield 4, "for at in range(firsts[window], firsts[window + 1]):"
        yield 5, "if r4[s, at] != 0:"
        moved = "then[window], now[window], pane_counts[window]"
        yield 6, f"expire(r4, r4, s, at, {self._block()}, pool, free, counts, {moved}, cap, FULL)"
        for slot in self.table.sums.values():
            where = (
                f"r8, r4, s, {self.table.fields + slot.at}, {self.sum_blocks + slot.at}, sums, free_sums, counts_sums"
            )
            yield 2, f"expire({where}, {self._moved(slot.window)}, cap_sums, FULL_SUM)"
        for family, slot in self.table.repeats.items():
            yield from self._settle_repeat(family, slot)

    def _settle_repeat(self, family: Family, slot: Slot) -> Lines:
        """Advance the lists of `repeat` only on the kinds that use them, since every entry must be visited."""
        number, settled = self.table.windows.index(slot.window), f"r8[s, {self._settled(family)}]"
        kinds = {family.head.kind} | {kind for kind, needed in self.table.needs.items() if family in needed}
        yield 2, f"if {' or '.join(f'kind == {KIND[kind]}' for kind in sorted(kinds))}:"
        yield 3, f"was = ({settled} - 1) // {slot.window.pane} if {settled} != 0 else now[{number}]"
        yield 3, f"{settled} = clock + 1"
        yield 3, f"if was != now[{number}]:"
        yield 4, f"expire_repeats({self._lists(slot)}, was, now[{number}], {slot.window.panes}, cap)"

    def _moved(self, window: Window) -> str:
        number = self.table.windows.index(window)
        return f"then[{number}], now[{number}], {window.panes}"

    # Counting

    def _count(self) -> Lines:
        """Count the event in each family of its kind."""
        yield 2, "count = 0"
        for number, kind in enumerate(self.kinds):
            yield 2, f"{_elif(number)} kind == {KIND[kind]}:"
            yield 3, "pass"
            if kind == "reply_received":
                for family in self._waiting():
                    yield from self._stop_waiting(family)
            for family in self._taken_back(kind):
                yield from self._take_back(family)
            for family in self._taken_back_without_key(kind):
                yield 3, f"if longs[{self.plan.rows.long(f'code {self.lacks}')}, i] == 0:"
                yield 4, f"r8[s, {self._when_taken_back(family)}] = clock + 1"
            for family in self.table.families:
                if family.head.kind == kind:
                    yield 3, f"if {self._passes(family)}:"
                    if self.lacks is not None:
                        yield 4, f"r8[s, {self._latest(family)}] = max(r8[s, {self._latest(family)}], time + 1)"
                    if family.is_revocable and not isinstance(family.head, nodes.Unanswered):
                        yield from self._record_author(family)
                    yield from self._counted(family)

    def _counted(self, family: Family) -> Lines:
        write: dict[type, Callable[[Family], Lines]] = {
            nodes.Count: self._count_event,
            nodes.Sum: self._sum,
            nodes.Distinct: self._count_value,
            nodes.Unanswered: self._count_unanswered,
            nodes.Repeat: self._repeat,
        }
        yield from write[type(family.head)](family)

    def _count_event(self, family: Family) -> Lines:
        sort = f"CERTAIN if {self._where(family)} == 2 else POSSIBLE"
        yield 4, f"count = count_event(moves, count, {self._first(family)}, members, {sort}, {PLACES})"

    def _count_value(self, family: Family) -> Lines:
        first = f"{self._first(family)}, {len(family.members)}"
        given = f"{self._pair(family)}, {self._value(family)}, SEEN if {self._where(family)} == 2 else MAYBE"
        yield 4, f"count = count_value({PAIRS}, {given}, second, {first}, members, {PLACES}, pane_seconds)"

    def _count_unanswered(self, family: Family) -> Lines:
        sends = f"facts[{self.plan.rows.fact(f'sends {family.head.kind}')}, i]"
        is_complete = f"complete(clock, {family.head.over}, longs[{START}, i], longs[{MADE}, i], {sends})"
        unnamed = f"longs[{self.plan.rows.long(PEERS[2])}, i] // 1000 + 1"
        given = (
            f"{self._pair(family)}, {self._value(family)}, 1 if {self._where(family)} == 2 else 0, "
            f"0 if {is_complete} else 1, {unnamed}"
        )
        where = f"second, {self._first(family)}, members, {PLACES}, pane_seconds"
        yield 4, f"count = count_unanswered({PAIRS}, {given}, {where})"

    def _stop_waiting(self, family: Family) -> Lines:
        yield 3, f"if {self._value(family)} != 0:"
        given = f"{self._pair(family, 'reply_received')}, second, {self._first(family)}"
        where = "members, panes, now, pane_counts, pane_seconds"
        yield 4, f"count = stop_waiting(moves, count, lines, looked, {given}, {where}, 1)"
        number = self.table.windows.index(family.windows[0])
        doubts = self.table.windows.index(family.doubted(family.windows[0]))
        yield 3, f"elif panes[{number}] > now[{number}] - {family.windows[0].panes}:"
        yield 4, f"count = add_to_pane(moves, count, {self._total(family, 0, 'doubt')}, places[{doubts}])"

    def _record_author(self, family: Family) -> Lines:
        """Record the author of an event that can be taken back, and whether it may count as certain."""
        peer = f"longs[{self.plan.rows.long('code peer')}, i]"
        yield 4, f"sure = {self._judged(family)}"
        yield 4, f"if sure == 2 and {peer} != 0:" if family.counts_peers else "if sure == 2:"
        pairs, tallies = f"{self._author(family)}, {self._nobody(family)}", 0 if family.tells_peers_apart else 1
        given = f"{pairs}, second, {self._all(family)}, {tallies}"
        yield 5, f"sure = record_author(lines, looked, {given}, {MEMBERS})"

    def _take_back(self, family: Family) -> Lines:
        """Remove what the author caused before, or put it in doubt."""
        kind = next(undoes for undoes, taken in TAKES_BACK.items() if taken == family.head.kind)
        peer = f"longs[{self.plan.rows.long('code peer')}, i]"
        if isinstance(family.head, nodes.Unanswered):
            given = f"{self._pair(family, kind)}, second, {self._first(family)}"
            where = "members, panes, now, pane_counts, pane_seconds"
            yield 3, f"if {peer} != 0:"
            yield 4, f"count = stop_waiting(moves, count, lines, looked, {given}, {where}, 0)"
            yield 3, "else:"
            yield 4, f"count = put_in_doubt(moves, count, 0, 1, {self._all(family)}, {MEMBERS})"
            return
        noted = f"record_take_back(lines, {self._author(family)}, {self._nobody(family)}, {peer}, second)"
        if family.tells_peers_apart:
            yield 3, noted
            yield 3, f"if {peer} != 0:"
            given = f"{self._pair(family, kind)}, {self._all(family)}, {MEMBERS}"
            yield 4, f"count = remove_peer(moves, count, lines, looked, {given})"
            yield 3, "else:"
            yield 4, f"count = put_in_doubt(moves, count, 0, 1, {self._all(family)}, {MEMBERS})"
            return
        given = f"{self._author(family)}, {peer}, {self._all(family)}"
        yield 3, f"latest, often = pop_author_count(lines, looked, {given}, {MEMBERS})"
        yield 3, noted
        if isinstance(family.head, nodes.Count):
            yield 3, f"count, often = remove_latest(moves, count, latest, often, {self._first(family)}, {MEMBERS})"
        yield from self._put_in_doubt(family)
        given = f"{self._nobody(family)}, {self._all(family)}"
        yield 3, f"latest, often = pop_unnamed_count(lines, looked, {given}, {MEMBERS})"
        yield from self._put_in_doubt(family)

    def _put_in_doubt(self, family: Family) -> Lines:
        """Put `often` events in doubt, until the latest of them leaves the window."""
        if isinstance(family.head, nodes.Sum):
            yield from self._take_back_sum(family)
        else:
            often = "min(often, 1)" if family.counts_peers else "often"
            yield 3, f"count = put_in_doubt(moves, count, latest, {often}, {self._all(family)}, {MEMBERS})"

    def _take_back_sum(self, family: Family) -> Lines:
        """Put the largest value that each can have had in doubt; if the column is not bounded, everything."""
        (window,) = family.windows
        number = self.table.windows.index(window)
        yield 3, f"pane = now[{number}] if latest == 0 else (latest - 1) // {window.pane // SECOND}"
        yield 3, f"if often != 0 and pane > now[{number}] - {window.panes}:"
        if family.most_taken_back is None:
            unknown = self._total(family, 0, "unknown")
            yield 4, f"count = add_to_pane(moves, count, {unknown}, pane % {window.panes})"
            return
        at = self._sum_at(family, "negative")
        where = f"r8, r4, s, {at}, {at + self.sum_blocks - self.table.fields}, sums, free_sums, counts_sums"
        amount = f"often * {family.most_taken_back}"
        yield 4, f"bump({where}, pane % {window.panes}, {amount}, cap_sums, FULL_SUM)"

    def _sum(self, family: Family) -> Lines:
        (window,) = family.windows
        number = self.table.windows.index(window)
        yield 4, f"value = reals[{self.plan.value_row(family)}, i]"
        yield 4, "if value != value:"
        unknown = self._total(family, 0, "unknown")
        yield 5, f"if panes[{number}] > now[{number}] - {window.panes}:"
        yield 6, f"count = add_to_pane(moves, count, {unknown}, places[{number}])"
        yield 4, f"elif panes[{number}] > now[{number}] - {window.panes}:"
        yield 5, "amount = np.int64(min(np.rint(abs(value * 1000.0)), cap_sums + 1.0))"
        sure = f"{self._where(family)} == 2"
        at = f"({self._sum_at(family, 'certain')} if {sure} else {self._sum_at(family, 'possible')})"
        if (family, 0, "lost") in self.table.sums:
            loss = f"({self._sum_at(family, 'lost')} if {sure} else {self._sum_at(family, 'negative')})"
            at = f"{loss} if value < 0.0 else {at}"
        yield 5, f"at = {at}"
        where = f"r8, r4, s, at, at + {self.sum_blocks - self.table.fields}, sums, free_sums, counts_sums"
        yield 5, f"bump({where}, places[{number}], amount, cap_sums, FULL_SUM)"

    def _repeat(self, family: Family) -> Lines:
        (window,) = family.windows
        number = self.table.windows.index(window)
        yield 4, f"if {self._value(family)} == 0 or {self._where(family)} == 1:"
        yield 5, f"count = count_event(moves, count, {self._first(family)}, members, POSSIBLE, {PLACES})"
        yield 4, f"elif panes[{number}] > now[{number}] - {window.panes}:"
        given = f"{self._value(family)}, places[{number}], {window.panes}, cap, most_values"
        yield 5, f"gone = repeat({self._lists(self.table.repeats[family])}, {given})"
        yield 5, "if gone != 0:"
        yield 6, f"at = {self._total(family, 0, 'possible')}"
        where = f"r4, r4, s, at, {self._block()}, pool, free, counts, now[{number}] % {window.panes}"
        yield 6, f"bump({where}, gone if gone < FULL else cap + 1, cap, FULL)"

    def _carry_out(self) -> Lines:
        """Apply the moves, in one place."""
        yield 2, "for move_number in range(count):"
        yield 3, "at = moves[move_number, 0]"
        yield 3, "if moves[move_number, 2] > 0:"
        where = f"r4, r4, s, at, {self._block()}, pool, free, counts, moves[move_number, 1]"
        yield 4, f"bump({where}, moves[move_number, 2], cap, FULL)"
        yield 3, "else:"
        yield 4, f"subtract({where}, cap)"

    # Showing

    def _show(self) -> Lines:
        """Write the totals that rules read on events of the kind."""
        for number, kind in enumerate(self.kinds):
            yield 2, f"{_elif(number)} kind == {KIND[kind]}:"
            yield 3, "pass"
            yield from self._show_kind(self.table.needs.get(kind, set()))

    def _show_kind(self, needed: set[Family]) -> Lines:
        for family in self.table.families if self.lacks is not None else ():
            if family in needed:
                yield 3, f"longs[{self.plan.latest_row(family)}, i] = r8[s, {self._latest(family)}] - 1"
                if family.head.kind in TAKES_BACK.values():
                    at = self._when_taken_back(family)
                    yield 3, f"longs[{self.plan.rows.long(taken_back_name(family.head))}, i] = r8[s, {at}] - 1"
        for (family, _, _), slot in self.table.counts.items():
            if family in needed:
                yield 3, f"ints[{slot.row}, i] = r4[s, {self.totals + slot.at}]"
        for (family, _, _), slot in self.table.sums.items():
            if family in needed:
                yield 3, f"longs[{slot.row}, i] = r8[s, {self.table.fields + slot.at}]"
        for family, slot in self.table.repeats.items():
            if family in needed:
                yield 3, f"ints[{slot.row}, i] = r4[s, {self.heads + 2 * slot.at + 1}]"


def _elif(number: int) -> str:
    return "elif" if number else "if"
