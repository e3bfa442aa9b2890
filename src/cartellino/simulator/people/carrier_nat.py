"""Carrier-grade NAT: a mobile operator puts its customers behind one address, where accounts are made all the time.

80 to 200 accounts within five days at one address (RFC 6598 is why; the figures are assumptions). Could be mistaken
for: a farm of accounts.
"""

from __future__ import annotations

from cartellino.simulator.people.dormitory import Dormitory


class CarrierNat(Dormitory):
    """Like a dormitory, with more people."""

    name = "carrier-nat"
    crew = (80, 200)
