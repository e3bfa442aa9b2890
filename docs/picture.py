"""Draws the picture of the README: what `./run` shows, as docs/images/demo.svg.

python docs/picture.py
"""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console

from cartellino.cli import demo
from cartellino.cli.main import make_parser

PICTURE = Path(__file__).parent / "images" / "demo.svg"
WIDTH = 108


def main() -> None:
    """Run the demo into a picture; fonts are left to the reader's machine, nothing is fetched."""
    recorded = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, highlight=False)
    demo.console = lambda: recorded
    chosen = make_parser().parse_args(["demo", "--report"])
    chosen.run(chosen)
    drawn = recorded.export_svg(title="./run --report", unique_id="demo")
    drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.S)
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(re.sub(r"<!--.*?-->\s*", "", drawn, flags=re.S), "utf-8")


if __name__ == "__main__":
    main()
