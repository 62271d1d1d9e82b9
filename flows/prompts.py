"""Which version of each prompt is in force, on what evidence; releasing one, and going back.

What was released last is in force, from the store; before any release it is what the product names
(`agent/prompts/live.yaml`). A prompt is loaded only where a record of the gate says that this text passed
with the model in use, unless the service runs as `development`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent import measured, prompts
from agent.errors import UnmeasuredPrompt
from agent.measured import GateRecord
from agent.prompts import Prompt
from flows.errors import NotReady
from store import Principal, PromptRelease

if TYPE_CHECKING:
    from flows.wiring import Pacta

MEASURE = (
    "measure it: `pacta prompts test {name}`, then `pacta prompts release {name}`; or PACTA_ENV=development"
)


@dataclass(frozen=True)
class Standing:
    """A version with what is known of it. `live`: it is in force. `released`: by this installation."""

    prompt: Prompt
    live: bool
    released: PromptRelease | None
    records: tuple[GateRecord, ...]


def in_force(pacta: "Pacta", task: str) -> Prompt:
    """The version in force, measured or not. Raises PromptError for a task without one."""
    released = pacta.store.prompt_releases(task)
    return _text_of(released[-1]) if released else prompts.live(task)


def loaded(pacta: "Pacta", task: str, model: str) -> Prompt:
    """The version in force, for use with a model. Raises UnmeasuredPrompt where none of the gate's records
    says that it passed with this model."""
    prompt = in_force(pacta, task)
    if pacta.settings.env != "development" and evidence(pacta, prompt, model) is None:
        raise UnmeasuredPrompt(
            f"the prompt {prompt.name} has no passing record of the gate with the model {model!r}",
            remedy=MEASURE.format(name=prompt.name),
        )
    return prompt


def check(pacta: "Pacta") -> None:
    """Whether every prompt that the configured model needs may be loaded, before a service starts."""
    asked = ("understand", "compose", "research")
    for client, tasks in ((pacta.model, asked), (pacta.second_model, asked), (pacta.reader, ("extract",))):
        for task in tasks if client is not None else ():
            assert client is not None
            loaded(pacta, task, client.name)


def records(pacta: "Pacta", task: str | None = None) -> tuple[GateRecord, ...]:
    """Every record of the gate, those that come with the product first, then the store's, oldest first."""
    held = (GateRecord.model_validate(body) for body in pacta.store.prompt_records(task))
    return (*(r for r in measured.shipped() if task in (None, r.task)), *held)


def evidence(pacta: "Pacta", prompt: Prompt, model: str) -> GateRecord | None:
    """The newest record that says that the prompt passed with the model."""
    body = pacta.store.passing_prompt_record(prompt.digest, model)
    if body is not None:
        return GateRecord.model_validate(body)
    return next((r for r in reversed(measured.shipped()) if r.bears_out(prompt, model)), None)


def keep(pacta: "Pacta", record: GateRecord, by: str) -> None:
    """Put a record of the gate into the store."""
    pacta.store.put_prompt_record(record.id, record.model_dump(mode="json"), by=by, at=record.at)


def standing(pacta: "Pacta") -> tuple[Standing, ...]:
    """Every version there is, by task, oldest first: the product's, and released ones it does not hold."""
    found: list[Standing] = []
    for task, names in prompts.versions().items():
        known = {p.digest: p for p in (prompts.load(task, name) for name in names)}
        released = {r.digest: r for r in pacta.store.prompt_releases(task)}
        known |= {digest: _text_of(r) for digest, r in released.items() if digest not in known}
        live, held = in_force(pacta, task).digest, records(pacta, task)
        found += [
            Standing(p, d == live, released.get(d), tuple(r for r in held if r.digest == d))
            for d, p in known.items()
        ]
    return tuple(found)


def find(pacta: "Pacta", name: str) -> Standing:
    """A version by its name, "extract/v2": the one in force where several texts bear it, else the newest.
    Raises PromptError for one there is not."""
    named = [s for s in standing(pacta) if s.prompt.name == name]
    if not named:
        task, _, version = name.partition("/")
        prompts.load(task, version)  # says which there are
    return next((s for s in named if s.live), named[-1])


def release(pacta: "Pacta", prompt: Prompt, model: str, by: Principal) -> PromptRelease:
    """Put a version in force. Raises UnmeasuredPrompt without a passing record with this model, and NotReady
    where the newest one was measured against another version than is in force now."""
    now = in_force(pacta, prompt.task)
    found = evidence(pacta, prompt, model)
    if found is None:
        raise UnmeasuredPrompt(
            f"{prompt.name} has no passing record of the gate with the model {model!r}",
            remedy=f"measure it: `pacta prompts test {prompt.name}`",
        )
    if found.against not in (None, now.name) and prompt.digest != now.digest:
        raise NotReady(
            f"{prompt.name} was measured against {found.against}; {now.name} is in force now",
            remedy=f"measure it again: `pacta prompts test {prompt.name}`",
        )
    return _put(pacta, prompt, found, "release", by)


def roll_back(pacta: "Pacta", task: str, model: str, by: Principal, to: str | None = None) -> PromptRelease:
    """Put back what was in force before, or the version `to` that once was. It must have passed with the
    model at some time; it is not measured again, since one goes back in haste. Raises NotReady where there
    is nothing to go back to."""
    now = in_force(pacta, task)
    earlier = [_text_of(r) for r in pacta.store.prompt_releases(task)]
    past = [prompts.live(task), *earlier]
    held = [p for p in past if p.digest != now.digest and (to is None or p.version == to)]
    if not held:
        what = f"{task}/{to} was never in force" if to else f"nothing was in force before {now.name}"
        raise NotReady(what, remedy=f"release another version: `pacta prompts release {task}/vN`")
    prompt = held[-1]
    found = evidence(pacta, prompt, model)
    if found is None:
        raise UnmeasuredPrompt(
            f"{prompt.name} never passed with the model {model!r}", remedy=MEASURE.format(name=prompt.name)
        )
    return _put(pacta, prompt, found, "rollback", by)


def _put(pacta: "Pacta", prompt: Prompt, found: GateRecord, verb: str, by: Principal) -> PromptRelease:
    made = PromptRelease(
        task=prompt.task,
        version=prompt.version,
        digest=prompt.digest,
        text=prompt.text,
        record=found.id,
        verb="rollback" if verb == "rollback" else "release",
        by=by.id,
        at=pacta.wall_clock(),
    )
    pacta.store.put_prompt_release(made)
    return made


def _text_of(released: PromptRelease) -> Prompt:
    where = f"the release of {released.task}/{released.version}"
    return prompts.parse(released.text, released.task, released.version, where)
