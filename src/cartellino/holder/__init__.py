"""What account holders see: their card, why, until when, what to do, and how to answer. It needs no JavaScript."""
