"""A log may gain columns over the years: in a column that was added later, older rows read as null (unknown).

>>> old = pa.record_batch({"sequence": [1]})
>>> new = pa.schema([("sequence", pa.int64()), ("region", pa.string())])
>>> conform(old, new).to_pylist()
[{'sequence': 1, 'region': None}]
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from cartellino.storage.forms import is_form_of
from cartellino.vocabulary.refusals import BadArgument, BadFile


def check_types(schema: pa.Schema) -> None:
    """Raise `BadArgument` unless a schema begins with `sequence`, int64, and has no dictionary types.

    Which columns are stored as dictionaries is the affair of a segment; rows come and go without.
    """
    if not schema.names or schema.names[0] != "sequence" or schema.field(0).type != pa.int64():
        raise BadArgument("the first column of a log is `sequence`, int64")
    if coded := [field.name for field in schema if _has_dictionary(field.type)]:
        raise BadArgument(f"a log has no dictionaries; decode {', '.join(f'`{name}`' for name in coded)} first")


def check_readable(stored: pa.Schema, schema: pa.Schema, file: Path) -> None:
    """Raise `BadFile` unless a file stores all required columns of `schema`, and no column that `schema` lacks."""
    types = {field.name: field.type for field in schema}
    other = [field.name for field in stored if not is_form_of(field.type, types.get(field.name, pa.null()))]
    missing = [field.name for field in schema if not field.nullable and field.name not in stored.names]
    if other or missing:
        named = ", ".join(f"`{name}`" for name in other + missing)
        raise BadFile(f"{file} has other columns than this log: {named}; read it with the version that wrote it")


def conform(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return a batch with the columns of a schema; those that it has in this form are not copied, and those that it
    lacks are null."""
    if batch.schema.equals(schema):
        return batch
    names = set(batch.schema.names)
    rows = batch.num_rows
    columns = [
        batch.column(field.name).cast(field.type) if field.name in names else pa.nulls(rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def used_in(batch: pa.RecordBatch) -> frozenset[str]:
    """Return the names of the columns that a segment needs for a batch: those with a value, and the required ones.

    >>> sorted(used_in(pa.record_batch({"sequence": [1], "peer": pa.nulls(1, pa.string())})))
    ['sequence']
    """
    columns = zip(batch.schema, batch.columns, strict=True)
    return frozenset(
        field.name for field, column in columns if not field.nullable or column.null_count < batch.num_rows
    )


def narrowed(schema: pa.Schema, names: frozenset[str]) -> pa.Schema:
    """Return the fields of a schema that have one of these names, in their order."""
    return pa.schema([field for field in schema if field.name in names])


def _has_dictionary(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return True
    return any(_has_dictionary(kind.field(index).type) for index in range(kind.num_fields))
