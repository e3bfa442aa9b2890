"""The HTTP API for programs, in JSON, as the contract defines it."""
