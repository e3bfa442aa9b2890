"""How the relational schema came to be, step by step; Alembic runs what is missing."""
