"""Expert sessions have languages, and a code by which answers that come as a file find them

Revision 0007, after 0006.
"""

import secrets
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("expert_session", sa.Column("languages", JSON, nullable=False, server_default="[]"))
    op.add_column("expert_session", sa.Column("code", sa.String(16), nullable=False, server_default=""))
    meetings = sa.table("expert_session", sa.column("id", sa.Integer), sa.column("code", sa.String))
    connection = op.get_bind()
    for number in connection.scalars(sa.select(meetings.c.id)).all():
        own = meetings.update().where(meetings.c.id == number).values(code=secrets.token_hex(8))
        connection.execute(own)
