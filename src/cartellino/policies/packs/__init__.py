"""The policies that are shipped, as packs: a folder of YAML files each.

>>> sorted(text.name for text in pack("messenger"))[:2]
['messenger/automation.yaml', 'messenger/broadcast.yaml']
"""

from __future__ import annotations

from importlib.resources import files

from cartellino.vocabulary.diagnostics import Text

PACKS = ("messenger", "business")


def pack(name: str) -> list[Text]:
    """Return the files of a pack, sorted by name."""
    folder = files("cartellino.policies.packs") / name
    chosen = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    return [Text(f"{name}/{file.name}", file.read_text("utf-8")) for file in chosen]
