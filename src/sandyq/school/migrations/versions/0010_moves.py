"""Who has moved from one school of the server to another

Revision 0010, after 0009.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "move",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("from_id", sa.Integer(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("to_id", sa.Integer(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
    )
    op.create_index("ix_move_person_id", "move", ["person_id"])
