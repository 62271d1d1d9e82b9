"""Names that records use: what a person decided they mean, and facts found by the name they came with.

Ids of facts hold their record's own id, which vendors make as long as they like.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

BATCH = 1000


def upgrade() -> None:
    op.create_table(
        "party_links",
        sa.Column("system", sa.String(length=64), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("party", sa.String(length=64), nullable=True, comment="None: nobody of ours"),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("system", "hint"),
    )
    with op.batch_alter_table("facts") as table:
        table.alter_column("id", existing_type=sa.String(length=64), type_=sa.String(length=500))
        table.add_column(sa.Column("party_hint", sa.Text(), nullable=False, server_default=""))
        table.create_index("facts_by_hint", ["party", "system", "party_hint"])
    _fill()


def _fill() -> None:
    """The hints of the facts that are held, from their bodies."""
    facts = sa.table(
        "facts", sa.column("id", sa.String), sa.column("body", sa.JSON), sa.column("party_hint", sa.Text)
    )
    tx = op.get_bind()
    last = ""
    while rows := tx.execute(
        sa.select(facts.c.id, facts.c.body).where(facts.c.id > last).order_by(facts.c.id).limit(BATCH)
    ).all():
        for fact_id, body in rows:
            if hint := body.get("party_hint"):
                tx.execute(facts.update().where(facts.c.id == fact_id).values(party_hint=hint))
        last = rows[-1][0]


def downgrade() -> None:
    with op.batch_alter_table("facts") as table:
        table.drop_index("facts_by_hint")
        table.drop_column("party_hint")
    op.drop_table("party_links")
