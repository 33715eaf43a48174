"""The Academy: courses, a year of support, peers, experts, the library, help, notices

Revision 0005, after 0004.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    _create_courses()
    _create_support()
    _create_rest()


def _create_courses() -> None:
    _create(
        "community",
        sa.Column("names", JSON, nullable=False),
        sa.Column("example", sa.Boolean(), nullable=False),
    )
    _create(
        "school_place",
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
    )
    _create(
        "academy_profile",
        sa.Column("by", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("community_id", sa.Integer(), sa.ForeignKey("community.id"), nullable=True),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("languages", JSON, nullable=False),
        sa.Column("slots", JSON, nullable=False),
        indexed=("by",),
    )
    _create(
        "training",
        sa.Column("programme", sa.String(20), nullable=False),
        sa.Column("names", JSON, nullable=False),
        sa.Column("modules", JSON, nullable=False),
        sa.Column("pass_share", sa.Double(), nullable=False),
        sa.Column("example", sa.Boolean(), nullable=False),
    )
    _create(
        "training_group",
        sa.Column("training_id", sa.Integer(), sa.ForeignKey("training.id"), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("facilitator_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("coach_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        indexed=("training_id",),
    )
    _create(
        "training_session",
        sa.Column("group_id", sa.Integer(), sa.ForeignKey("training_group.id"), nullable=False),
        sa.Column("module", sa.String(40), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("starts", sa.String(5), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(100), nullable=False),
        indexed=("group_id",),
    )
    _create(
        "participant",
        sa.Column("group_id", sa.Integer(), sa.ForeignKey("training_group.id"), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("why", sa.String(200), nullable=False),
        indexed=(
            "group_id",
            "person_id",
        ),
    )
    _create(
        "training_presence",
        sa.Column("session_id", sa.Integer(), sa.ForeignKey("training_session.id"), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        indexed=(
            "session_id",
            "person_id",
        ),
    )
    _create(
        "training_exam",
        sa.Column("participant_id", sa.Integer(), sa.ForeignKey("participant.id"), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        indexed=(
            "participant_id",
            "person_id",
        ),
    )
    _create(
        "certificate",
        sa.Column("participant_id", sa.Integer(), sa.ForeignKey("participant.id"), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("signed", sa.String(1000), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        indexed=(
            "participant_id",
            "person_id",
        ),
    )


def _create_support() -> None:
    _create(
        "evidence",
        sa.Column("by", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("participant_id", sa.Integer(), sa.ForeignKey("participant.id"), nullable=False),
        sa.Column("task", sa.String(60), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("text", sa.String(4000), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("photo", sa.String(64), nullable=False),
        indexed=(
            "by",
            "participant_id",
        ),
    )
    _create(
        "coach_visit",
        sa.Column("by", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("saw", sa.String(2000), nullable=False),
        sa.Column("advice", sa.String(2000), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        indexed=("person_id",),
    )
    _create(
        "peer_need",
        sa.Column("by", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("kind", sa.String(5), nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        indexed=("by",),
    )
    _create(
        "pairing",
        sa.Column("mentor_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("learner_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("slot", sa.String(5), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        indexed=(
            "mentor_id",
            "learner_id",
        ),
    )
    _create(
        "observation",
        sa.Column("by", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("lesson", sa.String(200), nullable=False),
        sa.Column("focus", sa.String(500), nullable=False),
        sa.Column("seen", JSON, nullable=False),
        sa.Column("tally", JSON, nullable=False),
        sa.Column("step", sa.String(500), nullable=False),
        indexed=(
            "by",
            "person_id",
        ),
    )
    _create(
        "lesson_study",
        sa.Column("by", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("members", JSON, nullable=False),
        sa.Column("question", sa.String(500), nullable=False),
        sa.Column("pupils", JSON, nullable=False),
        sa.Column("rounds", JSON, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
    )


def _create_rest() -> None:
    _create(
        "expert_session",
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("expert", sa.String(200), nullable=False),
        sa.Column("on", sa.Date(), nullable=True),
        sa.Column("materials", sa.String(4000), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
    )
    _create(
        "expert_question",
        sa.Column("session_id", sa.Integer(), sa.ForeignKey("expert_session.id"), nullable=False),
        sa.Column("by", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("text", sa.String(1000), nullable=False),
        indexed=("session_id",),
    )
    _create(
        "resource",
        sa.Column("by", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("licence", sa.String(60), nullable=False),
        sa.Column("grades", JSON, nullable=False),
        sa.Column("competences", JSON, nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), sa.ForeignKey("resource.id"), nullable=True),
        sa.Column("body", sa.String(50000), nullable=False),
        sa.Column("lesson", sa.String(100), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        indexed=("by",),
    )
    _create(
        "ticket",
        sa.Column("by", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("page", sa.String(200), nullable=False),
        sa.Column("lesson", sa.String(100), nullable=False),
        sa.Column("error", sa.String(1000), nullable=False),
        sa.Column("text", sa.String(2000), nullable=False),
        sa.Column("level", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        indexed=("by",),
    )
    _create(
        "notice",
        sa.Column("by", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("titles", JSON, nullable=False),
        sa.Column("texts", JSON, nullable=False),
        sa.Column("roles", JSON, nullable=False),
        sa.Column("everywhere", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("on", sa.Date(), nullable=True),
    )
    _create(
        "reply",
        sa.Column("by", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("sheet", sa.String(30), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("text", sa.String(4000), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        indexed=("by",),
    )
    op.create_index("ix_reply_sheet_row", "reply", ["sheet", "row_id"])


def _create(name: str, *columns: sa.Column[object], indexed: Sequence[str] = ()) -> None:
    """Create a table whose rows are kept through the journal."""
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("school_id", sa.Integer(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        *columns,
    )
    for column in ("school_id", *indexed):
        op.create_index(f"ix_{name}_{column}", name, [column])
