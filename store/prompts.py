"""Prompts: what the gate found on them, and which version was put in force when, by whom.

They belong to the installation, not to a contract: whoever may see them is decided by role.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select

from store import schema
from store.base import Base

Verb = Literal["release", "rollback"]


@dataclass(frozen=True)
class PromptRelease:
    """A version put in force. `text` is the prompt itself, `record` the id of the gate's record behind it."""

    task: str
    version: str
    digest: str
    text: str
    record: str
    verb: Verb
    by: str
    at: datetime


class Prompts(Base):
    """Records of the gate and releases, oldest first."""

    def put_prompt_record(self, record_id: str, body: dict[str, Any], *, by: str, at: datetime) -> None:
        """Keep a record of the gate; the same one twice is one. `body` holds at least the columns' values."""
        table = schema.prompt_records
        columns = {name: body[name] for name in ("task", "version", "digest", "model", "passed")}
        with self.write(quiet=True) as tx:
            if tx.execute(select(table.c.id).where(table.c.id == record_id)).first() is not None:
                return
            tx.execute(
                table.insert().values(id=record_id, body=body, measured_at=schema.instant(at), **columns)
            )
            name = f"{body['task']}/{body['version']}"
            detail = {"record": record_id, "model": body["model"], "passed": body["passed"]}
            self.audit(tx, at, by, "prompt.measured", name, detail)

    def prompt_records(self, task: str | None = None) -> tuple[dict[str, Any], ...]:
        """The bodies of the records of a task, or of all."""
        table = schema.prompt_records
        query = select(table.c.body).order_by(table.c.measured_at, table.c.id)
        if task is not None:
            query = query.where(table.c.task == task)
        with self.read() as tx:
            return tuple(tx.execute(query).scalars())

    def passing_prompt_record(self, digest: str, model: str) -> dict[str, Any] | None:
        """The newest record that says that a prompt's text passed with a model."""
        table = schema.prompt_records
        query = select(table.c.body).where(table.c.digest == digest, table.c.model == model, table.c.passed)
        with self.read() as tx:
            newest = query.order_by(table.c.measured_at.desc()).limit(1)
            found: dict[str, Any] | None = tx.execute(newest).scalar_one_or_none()
        return found

    def put_prompt_release(self, release: PromptRelease) -> None:
        table = schema.prompt_releases
        with self.write() as tx:
            last = tx.execute(select(table.c.seq).order_by(table.c.seq.desc()).limit(1)).scalar_one_or_none()
            values = {**vars(release), "at": schema.instant(release.at), "seq": (last or 0) + 1}
            tx.execute(table.insert().values(**values))
            name, detail = f"{release.task}/{release.version}", {"record": release.record}
            self.audit(tx, release.at, release.by, f"prompt.{release.verb}", name, detail)

    def prompt_releases(self, task: str | None = None) -> tuple[PromptRelease, ...]:
        """Every version that was put in force, in order: the last one of a task is."""
        table = schema.prompt_releases
        query = select(table).order_by(table.c.seq)
        if task is not None:
            query = query.where(table.c.task == task)
        with self.read() as tx:
            rows = [dict(row) for row in tx.execute(query).mappings()]
        for row in rows:
            row.pop("seq")
        return tuple(PromptRelease(**{**row, "at": schema.parse_instant(row["at"])}) for row in rows)
