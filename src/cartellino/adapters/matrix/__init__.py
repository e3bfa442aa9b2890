"""Matrix: standings carried out on a Synapse homeserver, and a policy server for rooms."""
