"""What stands between Cartellino and other messaging systems: a folder for each."""
