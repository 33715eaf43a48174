"""Alembic's entry point: run the migrations on the connection that ``Database.migrate`` hands over."""

from alembic import context

from sandyq.school.centre import tables  # noqa: F401 # fills Base.metadata, with all tables below
from sandyq.school.database import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
