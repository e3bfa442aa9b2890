"""Policies: rules, ladders, lists, policy sets, and the checker. `packs/` contains the policies that are shipped."""
