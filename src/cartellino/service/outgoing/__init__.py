"""Everything that leaves the service: calls to receivers, bounded and checked, in a queue for each webhook."""
