"""What the shipped policies do on real people, real reports, real mail and in the simulated town."""
