"""The expression language of policies: its nodes, parsing, writing, types and meaning.

It has the syntax of Python's expressions: comparisons, arithmetic, `and`, `or`, `not`, `in` and calls of the known
functions. Expressions are parsed with `ast` and never executed. `docs/reference/language.md` shows the language by
example.
"""
