"""Certificates of the course, and of the year of support after it

Revision 0011, after 0010.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("certificate", sa.Column("kind", sa.String(10), nullable=False, server_default="course"))


def downgrade() -> None:
    op.drop_column("certificate", "kind")
