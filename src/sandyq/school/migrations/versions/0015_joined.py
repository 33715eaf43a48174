"""Who joins a course that has begun is in it from that day; of those before it is not known, so from its beginning

Revision 0015, after 0014.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("participant", sa.Column("joined_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("participant", "joined_on")
