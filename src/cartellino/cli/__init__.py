"""The command line; each verb has a module of its own."""
