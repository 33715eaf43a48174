"""Consents, who looked at whose data, who was erased

Revision 0006, after 0005.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _person(name: str, primary_key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), sa.ForeignKey("person.id"), nullable=False, primary_key=primary_key)


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), primary_key=True),
        _person("person_id"),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("given_by", sa.String(200), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        _person("recorded_by"),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_consent_person_id", "consent", ["person_id"])
    op.create_table(
        "access_note",
        sa.Column("id", sa.Integer(), primary_key=True),
        _person("person_id"),
        _person("viewer_id"),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.UniqueConstraint("person_id", "viewer_id", "what", "on", name="uq_access_note_person_id"),
    )
    for column in ("person_id", "viewer_id"):
        op.create_index(f"ix_access_note_{column}", "access_note", [column])
    op.create_table(
        "erasure",
        _person("person_id", primary_key=True),
        _person("erased_by"),
        sa.Column("home", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
