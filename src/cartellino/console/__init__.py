"""What operators work with: overview, queue, decisions, accounts, policies, what brakes hold."""
