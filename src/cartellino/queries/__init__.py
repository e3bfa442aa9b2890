"""Named reads of the database, one function per query, in the module of the noun that it is about."""
