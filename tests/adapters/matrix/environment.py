"""Makes `.venv-synapse`: `python -m tests.adapters.matrix.environment`, which `./test` calls.

Synapse is under the AGPL and has heavy requirements, so it is no dependency of the product and has an environment of
its own; the module is linked into it.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[3]
HOME = ROOT / ".venv-synapse"
REQUIREMENTS, MODULE = ROOT / "requirements" / "synapse.txt", ROOT / "packages" / "synapse-module"
STAMP = HOME / ".cartellino"


def digest() -> str:
    """Return a digest of what the environment is made from, but for the module, which is linked."""
    said = (
        f"{HOME} {sys.version_info[:2]}".encode() + REQUIREMENTS.read_bytes() + (MODULE / "pyproject.toml").read_bytes()
    )
    return hashlib.sha256(said).hexdigest()


def main() -> int:
    """Make the environment, if it is not there yet or other files make it."""
    if STAMP.exists() and STAMP.read_text() == digest():
        return 0
    print("Setting up .venv-synapse ...", file=sys.stderr)
    shutil.rmtree(HOME, ignore_errors=True)
    venv.create(HOME, with_pip=True)
    python = str(HOME / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for more in (
        ["--require-hashes", "-r", str(REQUIREMENTS)],
        ["--no-build-isolation", "--no-deps", "-e", str(MODULE)],
    ):
        code = subprocess.run([*pip, *more], check=False).returncode
        if code:
            print("test: .venv-synapse could not be made; tests of the homeserver are skipped", file=sys.stderr)
            shutil.rmtree(HOME, ignore_errors=True)
            return 0
    STAMP.write_text(digest())
    return 0


if __name__ == "__main__":
    sys.exit(main())
