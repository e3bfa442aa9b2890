"""Draw ten files of the program by the digest of a commit, to be read by somebody who knows nothing but the repository.

Nobody chooses them, so nobody tidies those ten alone; the same commit draws the same ten. What a reader misunderstood
is listed with its rewrite in docs/decisions/read-by-a-stranger.md.

    python checks/draw_files.py            # by the commit that is checked out
    python checks/draw_files.py a1b2c3d    # by another
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256

MANY = 10
SHORTEST = 20
"""Lines; what is shorter says nothing that could be misread."""


def drawn(commit: str, files: Sequence[str], many: int = MANY) -> list[str]:
    """Return the files that a commit draws.

    >>> drawn("a1b2", ["a.py", "b.py", "c.py"], many=2) == drawn("a1b2", ["c.py", "b.py", "a.py"], many=2)
    True
    """
    return sorted(files, key=lambda file: sha256(f"{commit} {file}".encode()).digest())[:many]


def main(arguments: Sequence[str]) -> int:
    """Print the paths of the files."""
    commit = _git("rev-parse", "--verify", f"{arguments[0] if arguments else 'HEAD'}^{{commit}}").strip()
    files = _git("ls-tree", "-r", "--name-only", commit, "src/cartellino").split()
    python = [file for file in files if file.endswith(".py") and "/migrations/" not in file]
    long = [file for file in python if _git("show", f"{commit}:{file}").count("\n") >= SHORTEST]
    print("\n".join(drawn(commit, long)))
    return 0


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
