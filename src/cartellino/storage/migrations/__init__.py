"""The migrations of the relational schema, run by Alembic."""
