"""Who had left the school before leaving ended places in clubs is in none of them any more, and waits for none

Revision 0013, after 0012.
"""

from collections.abc import Sequence
from datetime import UTC
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ZONE = ZoneInfo("Asia/Almaty")
PERSON = sa.table("person", sa.column("id"), sa.column("left_at", sa.DateTime(timezone=True)))
ENROLMENT = sa.table(
    "enrolment",
    sa.column("id"),
    sa.column("person_id"),
    sa.column("since", sa.Date()),
    sa.column("until", sa.Date()),
    sa.column("gone", sa.Boolean()),
    sa.column("version"),
)
WAITING = sa.table("waiting", sa.column("person_id"), sa.column("gone", sa.Boolean()), sa.column("version"))


def upgrade() -> None:
    left = PERSON.c.left_at.is_not(None)
    going_on = (
        sa.select(ENROLMENT.c.id, ENROLMENT.c.since, PERSON.c.left_at)
        .join(PERSON, PERSON.c.id == ENROLMENT.c.person_id)
        .where(left, ENROLMENT.c.until.is_(None), ENROLMENT.c.gone.is_(False))
    )
    for number, since, left_at in op.get_bind().execute(going_on).all():
        at = left_at if left_at.tzinfo else left_at.replace(tzinfo=UTC)
        until = max(since, at.astimezone(ZONE).date())
        op.execute(
            sa.update(ENROLMENT)
            .where(ENROLMENT.c.id == number)
            .values(until=until, version=ENROLMENT.c.version + 1)
        )
    waits = WAITING.c.person_id.in_(sa.select(PERSON.c.id).where(left)) & WAITING.c.gone.is_(False)
    op.execute(sa.update(WAITING).where(waits).values(gone=True, version=WAITING.c.version + 1))


def downgrade() -> None:
    """Nothing: that they had left was true before, too."""
