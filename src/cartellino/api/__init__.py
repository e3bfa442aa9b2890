"""The interface for machines: HTTP and JSON, as the contract says it."""
