"""What may only become less: counted in the code, and compared with `ratchet.toml` by `./lint`.

    python checks/ratchet.py          look; more than written down is a fault, and so is less that is not written down
    python checks/ratchet.py --write  write down what there is, where it is less

Counted are statements of SQL and reach through another object's private names, by package; functions over 40 lines,
files over 400; names made of words that docs/glossary.md lists under "not"; and, in packages that were rid of most of
them, variables whose name says nothing (`one`, `found`, `held`).
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "cartellino"
BOUNDS = Path(__file__).with_name("ratchet.toml")

LONGEST_FUNCTION, LONGEST_FILE = 40, 400
AT_HOME = ("commands", "queries", "storage")
"""Packages in which statements of SQL belong."""

SAYS_NOTHING = {"one", "found", "held"}
RID_OF_THEM = ("adapters", "senders", "status")
"""Packages in which variables are named by what they hold."""

STATEMENTS = {"select", "insert", "update", "delete", "text"}

Counts = dict[str, dict[str, int]]


def counted() -> Counts:
    """Return every count, by what is counted and where."""
    sql, reach, functions, files, words, nameless = (Counter[str]() for _ in range(6))
    listed = not_used()
    for file in sorted(SOURCE.rglob("*.py")):
        place = file.relative_to(SOURCE).as_posix()
        if place.startswith("storage/migrations/"):
            continue  # written once
        package = place.partition("/")[0]
        text = file.read_text("utf-8")
        tree = ast.parse(text)
        if package not in AT_HOME:
            sql[package] += sum(map(is_statement, ast.walk(tree)))
        reach[package] += sum(map(reaches, ast.walk(tree)))
        functions.update({f"{place}:{name}": size for name, size in long_functions(tree)})
        if (lines := text.count("\n")) > LONGEST_FILE:
            files[place] = lines
        words.update(word for name in names(tree) for word in listed.intersection(name.lower().split("_")))
        if package in RID_OF_THEM:
            nameless[package] += sum(name in SAYS_NOTHING for name in names(tree))
    counts = {
        "sql": sql, "reach": reach, "functions": functions, "files": files, "words": words, "nameless": nameless,
    }  # fmt: skip
    return {what: {where: many for where, many in sorted(by.items()) if many} for what, by in counts.items()}


def is_statement(node: ast.AST) -> bool:
    """Say whether a node makes a statement of SQL."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in STATEMENTS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "sa"
    )


def reaches(node: ast.AST) -> bool:
    """Say whether a node reads or sets a private name of something else."""
    return (
        isinstance(node, ast.Attribute)
        and re.match(r"_[a-z]", node.attr) is not None
        and node.attr not in ("_mapping", "_replace", "_asdict", "_fields")
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
    )


def long_functions(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield functions that are too long, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            if size > LONGEST_FUNCTION:
                yield node.name, size


def names(tree: ast.AST) -> Iterator[str]:
    """Yield the names that a file gives: functions, classes (in parts), arguments and variables."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.ClassDef):
            yield re.sub(r"(?<=[a-z])(?=[A-Z])", "_", node.name)
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def not_used() -> set[str]:
    """Return the single words that the glossary lists under "not", and that it does not use itself."""
    page = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \|([^|]*)\|$", page, re.M)
    used = {word.strip() for first, _ in rows for word in re.split(r",", first)}
    return (
        {word.strip() for _, last in rows for word in last.split(",") if " " not in word.strip()} - used - {"", "not"}
    )


def differences(now: Counts, bounds: Mapping[str, Mapping[str, int]]) -> Iterator[tuple[str, bool]]:
    """Yield what differs from the bounds, and whether it is more."""
    for what in now:
        kept = bounds.get(what, {})
        for where in sorted({*now[what], *kept}):
            have, may = now[what].get(where, 0), kept.get(where, 0)
            if have != may:
                yield f"{what}, {where}: {have}, and {may} are written down", have > may


def written(counts: Counts) -> str:
    """Return counts as they are kept."""
    lines = ["# Written by `python checks/ratchet.py --write`: these may only become less."]
    for what, by in counts.items():
        lines += ["", f"[{what}]", *(f'"{where}" = {many}' for where, many in by.items())]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Compare, or write."""
    now = counted()
    bounds = tomllib.loads(BOUNDS.read_text("utf-8")) if BOUNDS.exists() else {}
    found = list(differences(now, bounds))
    more = [text for text, is_more in found if is_more]
    if "--write" in sys.argv[1:] and (not more or not bounds):
        BOUNDS.write_text(written(now), "utf-8")
        return 0
    for text in more:
        print(f"more than before: {text}")
    for text in (text for text, is_more in found if not is_more):
        print(f"less than before, well done; write it down with --write: {text}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
