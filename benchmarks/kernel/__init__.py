"""How fast the kernel is beside its rivals, and what its panes cost in accuracy: `python -m benchmarks.kernel.<name>`.

`side_by_side` and `accuracy` need `requirements/benchmarks.txt` installed, in an environment of their own.
"""
