"""The same question, answered by what a competent user would reach for: one readable file each.

Every rival has `answer(batches, question, threads)`: Arrow batches in memory in, the set of findings out.
"""
