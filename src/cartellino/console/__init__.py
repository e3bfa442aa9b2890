"""The operators' console: overview, queue of cases, decisions, accounts, policies and held decisions."""
