"""The edition of the meaning, which is raised whenever the same events and policies would lead to other decisions.

Earlier decisions stay as they were; only events after an installation has adopted an edition are judged by it.
"""

from __future__ import annotations

EDITION = 3
"""The edition that this program decides by."""

FIRST_EDITION = 2
"""The edition of data from before editions were recorded."""
