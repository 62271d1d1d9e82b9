"""Prompts: immutable files `agent/prompts/<task>/vN.md` with front matter, and the version in force.

A file's front matter says its task, version, the reason for the version, the inputs its text takes, the
settings of the call and the JSON Schema of the reply; its body has a `## system` and a `## user` part
with `{{input}}` where inputs go. `live.yaml` names the version in force of each task.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from agent.errors import PromptError

FOLDER = Path(__file__).parent / "prompts"
_FILE = re.compile(r"\A---\n(?P<front>.*?)\n---\n## system\n(?P<system>.*?)\n## user\n(?P<user>.*)\Z", re.S)
_INPUT = re.compile(r"\{\{(\w+)\}\}")
_REQUIRED = ("task", "version", "reason", "inputs", "settings", "output")


@dataclass(frozen=True)
class Prompt:
    """One version of one task's prompt. `text` is its file's, `digest` the SHA-256 of the file's bytes."""

    task: str
    version: str
    reason: str
    inputs: tuple[str, ...]
    settings: Mapping[str, Any]
    output: Mapping[str, Any]
    system: str
    user: str
    digest: str
    text: str

    @property
    def name(self) -> str:
        """ "understand/v1" """
        return f"{self.task}/{self.version}"

    def render(self, inputs: Mapping[str, str]) -> tuple[str, str]:
        """The system and user texts with the inputs in place; raises PromptError for a wrong set."""
        if set(inputs) != set(self.inputs):
            wanted, given = ", ".join(sorted(self.inputs)), ", ".join(sorted(inputs))
            raise PromptError(f"prompt {self.name} takes {wanted}; it was given {given or 'nothing'}")

        def put(text: str) -> str:
            return _INPUT.sub(lambda m: inputs[m[1]], text)

        return put(self.system), put(self.user)


def load(task: str, version: str, folder: Path = FOLDER) -> Prompt:
    """A prompt by task and version; raises PromptError naming the file and what is wrong with it."""
    path = folder / task / f"{version}.md"
    if not path.is_file():
        known = ", ".join(p.stem for p in sorted((folder / task).glob("v*.md"))) or "none"
        raise PromptError(f"there is no prompt {task}/{version} (versions: {known})")
    return _parsed(path, task, version)


@lru_cache(maxsize=64)
def _parsed(path: Path, task: str, version: str) -> Prompt:
    return parse(path.read_bytes().decode("utf-8"), task, version, str(path))


def parse(text: str, task: str, version: str, where: str) -> Prompt:
    """The prompt that a file's text holds; `where` names the file in a PromptError."""
    import yaml

    match = _FILE.match(text)
    if match is None:
        raise PromptError(f"{where} needs front matter, a '## system' and a '## user' part")
    try:
        front = yaml.safe_load(match["front"])
    except yaml.YAMLError as error:
        raise PromptError(f"the front matter of {where} is not YAML: {error}") from error
    missing = [key for key in _REQUIRED if not isinstance(front, dict) or key not in front]
    if missing:
        raise PromptError(f"the front matter of {where} lacks {', '.join(missing)}")
    if (front["task"], front["version"]) != (task, version):
        raise PromptError(f"{where} says it is {front['task']}/{front['version']}")
    used = set(_INPUT.findall(match["system"] + match["user"]))
    if used != set(front["inputs"]):
        raise PromptError(f"{where} uses the inputs {sorted(used)} and declares {sorted(front['inputs'])}")
    return Prompt(
        task=task,
        version=version,
        reason=str(front["reason"]),
        inputs=tuple(front["inputs"]),
        settings=front["settings"],
        output=front["output"],
        system=match["system"],
        user=match["user"],
        digest=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
    )


def versions(folder: Path = FOLDER) -> dict[str, list[str]]:
    """Every task with its versions, oldest first."""
    found: dict[str, list[str]] = {}
    for path in folder.glob("*/v*.md"):
        found.setdefault(path.parent.name, []).append(path.stem)
    return {task: sorted(names, key=lambda v: int(v[1:])) for task, names in sorted(found.items())}


def live(task: str, folder: Path = FOLDER) -> Prompt:
    """The version in force of a task; raises PromptError when `live.yaml` does not name one."""
    named = _live(folder)
    if task not in named:
        raise PromptError(f"{folder / 'live.yaml'} names no version of {task!r}")
    return load(task, named[task], folder)


@lru_cache(maxsize=8)
def _live(folder: Path) -> dict[str, str]:
    import yaml

    held = yaml.safe_load((folder / "live.yaml").read_text(encoding="utf-8"))
    if not isinstance(held, dict):
        raise PromptError(f"{folder / 'live.yaml'} must map tasks to versions")
    return {str(task): str(version) for task, version in held.items()}
