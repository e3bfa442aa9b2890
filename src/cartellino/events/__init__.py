"""Events: their kinds and columns, and the codecs that read and write them."""
