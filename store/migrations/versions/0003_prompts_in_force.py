"""What the gate found on prompts, and which versions were put in force."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "prompt_records",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("task", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the prompt's text"),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("measured_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_prompt_records_task", "prompt_records", ["task"])
    op.create_index("ix_prompt_records_digest", "prompt_records", ["digest"])
    op.create_table(
        "prompt_releases",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("task", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "text",
            sa.Text(),
            nullable=False,
            comment="the prompt itself: it is the same wherever it is loaded",
        ),
        sa.Column("record", sa.String(length=64), nullable=False, comment="the gate's record it rests on"),
        sa.Column("verb", sa.String(length=16), nullable=False, comment="release or rollback"),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_prompt_releases_task", "prompt_releases", ["task"])


def downgrade() -> None:
    op.drop_table("prompt_releases")
    op.drop_table("prompt_records")
