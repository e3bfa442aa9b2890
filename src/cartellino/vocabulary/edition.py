"""The edition of the meaning: raised when the same events and policies would lead to other decisions.

What was decided stays as it was told; only events after an adoption are judged under the adoption's edition.
"""

from __future__ import annotations

EDITION = 3
"""The edition that this program decides by."""

FIRST_EDITION = 2
"""The edition of what was kept before editions were written down."""
