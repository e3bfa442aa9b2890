"""The kernel evaluates rules on the events of the log.

`reference` defines what policies mean, one event at a time, in plain Python. `engine` computes the same,
compiled and in batches.
"""
