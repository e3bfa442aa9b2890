"""Real data as events of the contract: one module per data set, each with a function and a command that writes NDJSON.

`python -m benchmarks.real.<name> --out FILE.ndjson`, from the root of the repository. The data are not in it and may
not be redistributed; `CARTELLINO_DATA` says where they are, `../shared/data` beside the repository if unset.
"""
