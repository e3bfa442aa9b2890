"""What happened: the kinds of event, their columns, and the codecs that read and write them."""
