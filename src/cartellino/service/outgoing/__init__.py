"""Outgoing messages: bounded and checked calls to receivers, with a queue for each webhook."""
