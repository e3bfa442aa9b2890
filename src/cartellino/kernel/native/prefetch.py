"""What compiled functions do with addresses: prefetch a cache line, and read eight bytes at once.

Prefetching requests a cache line from memory before it is needed.

A random access to a table of gigabytes takes 200 to 500 ns, and 20 to 30 ns if the accesses overlap (measured; see
docs/explanation/performance.md). Every inner loop therefore prefetches the lines of an event some events ahead.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic
def prefetch(typing: Any, address: Any) -> Any:  # noqa: ANN401 - as Numba calls it
    """Prefetch the line at a byte address: `llvm.prefetch` for reading, with the highest locality."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        pointer, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer, word, word, word])
        function = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
            builder.module, kind, "llvm.prefetch.p0"
        )
        where = builder.inttoptr(arguments[0], pointer)
        builder.call(function, [where, word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(types.int64), generate


@intrinsic
def word_at(typing: Any, address: Any) -> Any:  # noqa: ANN401 - as Numba calls it
    """Read eight bytes that begin at any address. The caller makes sure that they are within the buffer."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        word = builder.load(builder.inttoptr(arguments[0], ir.IntType(64).as_pointer()))
        word.align = 1
        return word

    return types.uint64(types.int64), generate
