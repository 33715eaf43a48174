"""Certificates of the course, and of the year of support after it

Revision 0012, after 0011.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("certificate", sa.Column("kind", sa.String(10), nullable=False, server_default="course"))


def downgrade() -> None:
    op.drop_column("certificate", "kind")
