"""The pages of account holders: their card, its reason and end, what to do, and appeals. They need no JavaScript."""
