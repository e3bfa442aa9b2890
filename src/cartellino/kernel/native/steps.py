"""What the entries of the tables of a fold are (`types.Layout`), and what its steps do."""

(
    FIRST_TOTAL, COUNTERS, SUMS_AT, KEY_ROW, CLOCK_ROW, OF_ACCOUNT, LACKS_ROW, GROUP_ROW, PEER_ROW, UNNAMED_ROW,
    FAMILIES, CAP, CAP_SUMS, MOST_VALUES, WORDS,
) = range(15)  # fmt: skip
"""Entries of `places`: where records have their totals, and how many; what is added to the total of a sum to find its
block; rows of event columns (-1: none); the number of families; the largest pane of counts and of sums; the number of
values of a `repeat`; and the words of 16 bits of a pane."""

(
    ACTION, WHERE, VALUE, OF_PEERS, PAIR, NAME, MEMBER, MEMBERS, SENDS, SPAN, OVER, UNSURE, SURE_SUM, UNSURE_SUM, LOST,
    NEGATIVE, ATTRIBUTED, APART, EACH_ONCE, MOST_LOST, HEAD, LATEST, TAKEN, COUNTED_BY,
) = range(24)  # fmt: skip
"""Columns of `steps`; -1 means none. An action (below); the row of the filter, and of the counted value; whether peers
are counted; the column of `pairs`; the number of the family; its first member, and their number; for `unanswered`
whether the kind is sent, and the length of the window; the number of the window; the counter of what is unknown; the
totals of sums; whether authors are recorded, whether they are told apart, and whether each counts once; how much of a
sum one event can take back; the list of a `repeat`; the fields of events without a key; and the action that counts what
is taken back."""

REPLY, UNASK, TAKE_OUT, TAKE_BACK, TAKEN_UNKEYED, COUNT, SUM, DISTINCT, UNANSWERED, REPEAT = range(10)
"""Actions. The first three remove the peer: since they replied, or took back what awaited a reply, or what they did."""
