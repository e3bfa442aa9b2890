"""Expressions for hypothesis: every type of node that the parser can give."""

from __future__ import annotations

from keyword import iskeyword
from typing import get_args

from hypothesis import strategies as st

from cartellino.expressions import nodes
from cartellino.expressions.nodes import Comparison, Node, Operation
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, SECOND

WORDS = ("true", "false")

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
"""What stands in quotes: the names of lists, parameters, ladders."""

words = (
    st.sampled_from(["known", "peer", "message_sent", "strangers_24h", "x_shop", "città"])
    | st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
).filter(lambda word: not iskeyword(word) and word not in WORDS)
"""Bare words: kinds, columns, keys, signals."""

durations = st.builds(
    lambda count, unit: count * unit, st.integers(0, 999_999_999), st.sampled_from([1, SECOND, MINUTE, HOUR, DAY])
)
numbers = st.integers(0, 2**53 - 1) | st.floats(0, 2**53, exclude_max=True)

leaves: st.SearchStrategy[Node] = st.one_of(
    st.builds(nodes.Number, numbers),
    st.builds(nodes.Text, texts),
    st.builds(nodes.Flag, st.booleans()),
    st.builds(nodes.Name, words),
    st.builds(nodes.Param, names, numbers),
    st.builds(nodes.Age),
    st.builds(nodes.Since, words),
    st.builds(nodes.First, words, words),
    st.builds(nodes.Last, words, words),
    st.builds(nodes.Has, words),
    st.builds(nodes.InList, words, names),
    st.builds(nodes.Near, words, names, st.integers(0, 128)),
    st.builds(nodes.Strikes, st.none() | names, st.none() | durations),
    st.builds(nodes.Sanctions, st.none() | names, st.none() | durations),
    st.builds(nodes.Linked, words, names, st.booleans()),
)


def aggregates(filters: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    """Signals that add events up, with filters made of `filters`."""
    where, over, by = st.none() | filters, st.none() | durations, words | st.just("account")
    return st.one_of(
        st.builds(nodes.Count, words, st.none(), where, over, by),
        *(st.builds(kind, words, words, where, over, by) for kind in (nodes.Sum, nodes.Distinct, nodes.Repeat)),
        st.builds(nodes.Unanswered, words, st.none(), where, over),
    )


def _below(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        aggregates(inner),
        st.builds(nodes.Not, inner),
        st.builds(nodes.And, several),
        st.builds(nodes.Or, several),
        st.builds(nodes.Compare, st.sampled_from(get_args(Comparison)), inner, inner),
        st.builds(nodes.OneOf, inner, st.lists(texts, min_size=1, max_size=3).map(tuple)),
        st.builds(nodes.Arithmetic, st.sampled_from(get_args(Operation)), inner, inner),
        st.builds(nodes.Minus, inner),
        st.builds(nodes.Share, inner, inner, numbers),
    )


expressions: st.SearchStrategy[Node] = st.recursive(leaves | aggregates(leaves), _below, max_leaves=12)
"""Any expression that can be written, whether or not its types fit."""
