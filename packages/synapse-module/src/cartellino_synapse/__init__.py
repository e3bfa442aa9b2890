"""The part of Cartellino that runs inside Synapse: tells what accounts do, and carries out limits. Metadata only."""

from cartellino_synapse.module import Cartellino

__all__ = ["Cartellino"]
