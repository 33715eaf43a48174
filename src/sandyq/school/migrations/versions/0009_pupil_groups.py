"""Groups of a class's pupils, and which releases go to them

Revision 0009, after 0008.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "pupil_group",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("class_id", sa.Integer(), sa.ForeignKey("class_group.id"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.UniqueConstraint("class_id", "name", name="uq_pupil_group_class_id"),
    )
    op.create_table(
        "pupil_group_member",
        sa.Column("group_id", sa.Integer(), sa.ForeignKey("pupil_group.id"), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), primary_key=True),
    )
    op.create_table(
        "release_group",
        sa.Column("release_id", sa.Integer(), sa.ForeignKey("release.id"), primary_key=True),
        sa.Column("group_id", sa.Integer(), sa.ForeignKey("pupil_group.id"), primary_key=True),
    )
