"""How a segment stores columns: texts of few values as dictionaries, and whole numbers in fewer bytes.

A dictionary has in each frame every value once, and a small number for each row. Which form a column has, the schema of
the segment says, so all can be read. A dictionary costs some 200 bytes a frame, so a segment that begins with a small
batch has every column as it is.

>>> schema = pa.schema([("sequence", pa.int64()), ("kind", pa.string()), ("credit", pa.int64())])
>>> batch = pa.record_batch([pa.array([1, 2]), pa.array(["read", "read"]), pa.array([7, None])], schema=schema)
>>> stored = schema.set(1, pa.field("kind", pa.dictionary(pa.int8(), pa.string())))
>>> encoded(batch, stored).column("kind").indices.to_pylist(), plain(stored, schema) == schema
([0, 0], True)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyarrow as pa

Forms = Mapping[str, pa.DataType]
"""The types with which columns are stored, if their values allow it."""

Number = Callable[[pa.Array, pa.DataType], "pa.DictionaryArray | None"]
"""Does what `numbered` does, in its own way; it may also give up at fewer values."""

WORTH = 128
"""Fewest rows of a batch with which a segment begins that has columns in another form."""


def form_for(batch: pa.RecordBatch, schema: pa.Schema, forms: Forms, number: Number) -> pa.Schema:
    """Return the schema with which a segment begins: with these forms, where they are worth it and the batch fits."""
    if batch.num_rows < WORTH:
        return schema
    fitting = {
        name: form
        for name, form in forms.items()
        if name in schema.names and _stored(batch.column(name), form, number) is not None
    }
    return pa.schema(field.with_type(fitting.get(field.name, field.type)) for field in schema)


def is_form_of(stored: pa.DataType, kind: pa.DataType) -> bool:
    """Return whether a column of the type `kind` may be stored with the type `stored`.

    >>> is_form_of(pa.int8(), pa.int64()), is_form_of(pa.int64(), pa.int8()), is_form_of(pa.string(), pa.string())
    (True, False, True)
    """
    if pa.types.is_dictionary(stored):
        return bool(stored.value_type == kind)
    both = pa.types.is_signed_integer(stored) and pa.types.is_signed_integer(kind)
    return bool(stored == kind or (both and stored.bit_width < kind.bit_width))


def plain(stored: pa.Schema, schema: pa.Schema) -> pa.Schema:
    """Return the schema of a segment with every column as it is in the schema of the log."""
    kinds = {field.name: field.type for field in schema if field.name in stored.names}
    return pa.schema(
        field.with_type(kinds[field.name])
        if field.name in kinds and is_form_of(field.type, kinds[field.name])
        else field
        for field in stored
    )


def dictionaries_in(schema: pa.Schema) -> int:
    """Return the number of dictionaries."""
    return sum(pa.types.is_dictionary(field.type) for field in schema)


def numbered(column: pa.Array, index: pa.DataType) -> pa.DictionaryArray | None:
    """Return a column as a dictionary with numbers of this type, `None` if it has too many values."""
    wide = column.dictionary_encode()
    if len(wide.dictionary) > most(index):
        return None
    return pa.DictionaryArray.from_arrays(wide.indices.cast(index), wide.dictionary, safe=False)


def most(index: pa.DataType) -> int:
    """Return how many values the numbers of a type can tell apart."""
    return 1 << (int(index.bit_width) - 1)


def encoded(batch: pa.RecordBatch, stored: pa.Schema, number: Number = numbered) -> pa.RecordBatch | None:
    """Return rows in the form that a segment stores, `None` if the values of a column do not fit it."""
    columns = [_stored(batch.column(field.name), field.type, number) for field in stored]
    if any(column is None for column in columns):
        return None
    return pa.RecordBatch.from_arrays(columns, schema=stored)


def _stored(column: pa.Array, form: pa.DataType, number: Number) -> pa.Array | None:
    if column.type == form:
        return column
    if pa.types.is_dictionary(form):
        return number(column, form.index_type)
    try:
        return column.cast(form)
    except pa.ArrowInvalid:  # a number is too large
        return None
