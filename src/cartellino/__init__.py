"""Cartellino: account integrity and availability for messaging services.

The route of one event, which is also the order of the packages:

    events → signals → policies → kernel → enforcement → notices → appeals → learning

`docs/route.md` follows one event to the end.
"""

__version__ = "0.1.0"
