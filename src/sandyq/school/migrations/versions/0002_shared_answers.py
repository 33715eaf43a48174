"""Answers that two pupils gave together

Revision 0002, after 0001.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("learning_event") as table:
        table.add_column(sa.Column("partner_id", sa.Integer(), nullable=True))
        table.create_foreign_key("fk_learning_event_partner_id_person", "person", ["partner_id"], ["id"])
