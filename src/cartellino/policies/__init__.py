"""What we say about it: rules, ladders, lists, policy sets, and the checker. `packs/` holds the policies that ship."""
