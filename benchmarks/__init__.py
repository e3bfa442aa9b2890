"""Measurements: each is a command whose output is a table. Real data are read from `CARTELLINO_DATA`, never shipped."""
