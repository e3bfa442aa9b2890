"""The red team: attackers with parameters, and the search for those that reach most strangers under given policies."""
