"""What language models cost each caller, and replies that are kept to be used again."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "model_use",
        sa.Column("principal", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("principal", "day", "model"),
    )
    op.create_table(
        "model_replies",
        sa.Column("key", sa.String(length=64), nullable=False, comment="SHA-256 of what was asked"),
        sa.Column("task", sa.String(length=32), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_model_replies_kept_at", "model_replies", ["kept_at"])


def downgrade() -> None:
    op.drop_table("model_replies")
    op.drop_table("model_use")
