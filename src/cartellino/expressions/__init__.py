"""The language of policies: typed nodes, text to nodes, nodes to text, and the type of every node.

Python's expression syntax without Python: comparison, arithmetic, `and`, `or`, `not`, `in` and calls of the known
signal functions, parsed with `ast` and never run. The grammar by example is in `docs/reference/language.md`.
"""
