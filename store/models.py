"""What language models cost each caller, day by day, and replies that are kept to be used again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from store import schema
from store.base import Base

COUNTED = ("calls", "input_tokens", "output_tokens")


@dataclass(frozen=True)
class ModelUse:
    """What one caller used of one model on one day."""

    principal: str
    day: date
    model: str
    calls: int
    input_tokens: int
    output_tokens: int

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


class Models(Base):
    """Quiet writes: nothing that an answer could rest on."""

    def add_model_use(self, use: ModelUse) -> None:
        """Add to what the caller has used that day."""
        table = schema.model_use
        mine = (
            (table.c.principal == use.principal)
            & (table.c.day == use.day.isoformat())
            & (table.c.model == use.model)
        )
        more = {name: getattr(use, name) for name in COUNTED}
        with self.write(quiet=True) as tx:
            added = {name: table.c[name] + value for name, value in more.items()}
            if tx.execute(table.update().where(mine).values(**added)).rowcount == 0:
                key = {"principal": use.principal, "day": use.day.isoformat(), "model": use.model}
                tx.execute(table.insert().values(**key, **more))

    def model_use(self, *, first: date, last: date, principal: str | None = None) -> tuple[ModelUse, ...]:
        """By day, caller and model; of one caller, or of all."""
        table = schema.model_use
        query = select(table).where(table.c.day.between(first.isoformat(), last.isoformat()))
        if principal is not None:
            query = query.where(table.c.principal == principal)
        ordered = query.order_by(table.c.day, table.c.principal, table.c.model)
        with self.read() as tx:
            rows = [dict(row) for row in tx.execute(ordered).mappings()]
        return tuple(_use(row) for row in rows)

    def model_reply(self, key: str) -> str | None:
        table = schema.model_replies
        with self.read() as tx:
            return tx.execute(select(table.c.reply).where(table.c.key == key)).scalar_one_or_none()

    def put_model_reply(self, key: str, task: str, reply: str, *, at: datetime) -> None:
        values = {"key": key, "task": task, "reply": reply, "kept_at": schema.instant(at)}
        with self.write(quiet=True) as tx:
            self.upsert(tx, schema.model_replies, "key", values)

    def forget_model_replies(self, before: datetime) -> int:
        """Drop the replies kept before an instant; how many there were."""
        table = schema.model_replies
        with self.write(quiet=True) as tx:
            gone = tx.execute(table.delete().where(table.c.kept_at < schema.instant(before)))
        return int(gone.rowcount)


def _use(row: Mapping[str, object]) -> ModelUse:
    return ModelUse(**{**row, "day": date.fromisoformat(str(row["day"]))})  # type: ignore[arg-type]
