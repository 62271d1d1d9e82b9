"""Prompts: the versions there are, what the gate found on them, releasing one and going back.

Measuring is the command's work (`pacta prompts test`, in CI or by hand, with the same store): it asks a model
hundreds of questions about the invented company, which is no part of a service.
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel

from api.auth import Admin, Product, Reviewer
from flows import prompts
from flows.errors import NotReady

router = APIRouter(prefix="/v1/prompts", tags=["prompts"])

Task = Annotated[str, Path(pattern="^(understand|compose|research|extract)$")]
Version = Annotated[str, Path(pattern=r"^v\d{1,6}$")]


class Measured(BaseModel):
    """A record of the gate, without its report."""

    id: str
    model: str
    passed: bool
    against: str | None
    stops: tuple[str, ...]
    at: AwareDatetime
    cases: str
    code: str


class PromptVersion(BaseModel):
    """A version of a prompt; `records` oldest first."""

    task: str
    version: str
    in_force: bool
    digest: str
    reason: str
    released_at: datetime | None
    released_by: str | None
    records: list[Measured]


class PromptText(PromptVersion):
    """A version with its text."""

    text: str


class Back(BaseModel):
    """Where to go back to; None is the version in force before."""

    to: str | None = None


class InForce(BaseModel):
    """What is in force now, and the gate's record behind it."""

    task: str
    version: str
    digest: str
    record: str
    at: datetime


@router.get("")
def versions(caller: Reviewer, pacta: Product) -> list[PromptVersion]:
    """Every version of every task, oldest first."""
    return [PromptVersion(**_body(each)) for each in prompts.standing(pacta)]


@router.get("/records/{record}")
def record(record: str, caller: Reviewer, pacta: Product) -> dict[str, Any]:
    """One record of the gate with its whole report."""
    found = next((r for r in prompts.records(pacta) if r.id == record), None)
    if found is None:
        raise NotReady(f"there is no record {record!r}", remedy="GET /v1/prompts lists the records")
    return {"id": found.id, **found.model_dump(mode="json")}


@router.get("/{task}/{version}")
def version(task: Task, version: Version, caller: Reviewer, pacta: Product) -> PromptText:
    """One version with its text."""
    found = prompts.find(pacta, f"{task}/{version}")
    return PromptText(**_body(found), text=found.prompt.text)


@router.post("/{task}/{version}/release")
def release(task: Task, version: Version, caller: Admin, pacta: Product) -> InForce:
    """Put a version in force. The gate must have passed it with the configured model."""
    prompt = prompts.find(pacta, f"{task}/{version}").prompt
    return InForce(**vars(prompts.release(pacta, prompt, _model(pacta), caller)))


@router.post("/{task}/rollback")
def rollback(task: Task, given: Back, caller: Admin, pacta: Product) -> InForce:
    """Put back the version that was in force before."""
    return InForce(**vars(prompts.roll_back(pacta, task, _model(pacta), caller, given.to)))


def _model(pacta: Product) -> str:
    if pacta.model is None:
        raise NotReady("no model is configured, so no prompt is in use", remedy="set PACTA_MODEL")
    return pacta.model.name


def _body(found: prompts.Standing) -> dict[str, Any]:
    prompt, released = found.prompt, found.released
    return {
        "task": prompt.task,
        "version": prompt.version,
        "in_force": found.live,
        "digest": prompt.digest,
        "reason": prompt.reason,
        "released_at": released.at if released else None,
        "released_by": released.by if released else None,
        "records": [{"id": r.id, **r.model_dump(exclude={"report"})} for r in found.records],
    }
