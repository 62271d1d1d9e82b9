"""Does the gate stop damaged prompts and let harmless rewordings pass? With the sandbox's scripted model.

    python -m benchmarks.gate [--json] [--task understand] [--home DIR]

Each variant of `gate_variants.yaml` goes through the gate (`evals.candidates.judge`) beside the prompt it is
made of. Printed: what the gate said of each, how many of both sorts were decided rightly, and what a run of
the gate takes in seconds and tokens. Samples whose replies a variant does not change are not solved again
(`evals.kept`).
"""

import argparse
import json
import logging
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import yaml

from agent.prompts import Prompt, live, parse
from evals.candidates import Terms, judge
from evals.kept import Kept, Recording
from evals.world import open_world, world_home

if TYPE_CHECKING:
    from flows.wiring import Pacta

VARIANTS = Path(__file__).with_name("gate_variants.yaml")
TASKS = ("understand", "compose", "extract")
Sort = Literal["damaged", "reworded"]


@dataclass(frozen=True)
class Variant:
    """A prompt with one passage replaced."""

    sort: Sort
    name: str
    prompt: Prompt


@dataclass(frozen=True)
class Decided:
    """What the gate said of a variant. `rightly`: a damaged one was stopped, a reworded one passed."""

    task: str
    sort: Sort
    name: str
    passed: bool
    rightly: bool
    stops: tuple[str, ...]
    seconds: float
    tokens: int


def variants(task: str, path: Path = VARIANTS) -> list[Variant]:
    """The variants of a task's prompt in force. Raises SystemExit for one that changes nothing."""
    base = live(task)
    held = yaml.safe_load(path.read_text(encoding="utf-8"))[task]
    return [
        Variant(sort, name, varied(base, name, passages))
        for sort in ("damaged", "reworded")
        for name, passages in held[sort].items()
    ]


def varied(base: Prompt, name: str, passages: Mapping[str, str]) -> Prompt:
    """The prompt with its passages replaced; each must stand in it once."""
    text = base.text
    for old, new in passages.items():
        if text.count(old) != 1 or old == new:
            raise SystemExit(f"{base.name}, {name}: {old[:60]!r} stands {text.count(old)} times in it")
        text = text.replace(old, new)
    return parse(text, base.task, base.version, name)


class Bench:
    """One world and one model, over which many variants are judged."""

    def __init__(self, pacta: "Pacta") -> None:
        assert pacta.model is not None
        self._pacta, self._model = pacta, Recording(pacta.model)
        self._terms = Terms(kept=Kept(self._model))
        self._held = {task: live(task) for task in TASKS}

    def decide(self, variant: Variant) -> Decided:
        """The gate's word on a variant, beside the prompt in force."""
        began, prompt = time.perf_counter(), variant.prompt
        report = judge(self._pacta, prompt, self._model, self._held, terms=self._terms)
        return Decided(
            task=prompt.task,
            sort=variant.sort,
            name=variant.name,
            passed=report.passed,
            rightly=report.passed is (variant.sort == "reworded"),
            stops=report.stops,
            seconds=round(time.perf_counter() - began, 1),
            tokens=sum(s.usage.tokens for s in (report.spent_live, report.spent) if s),
        )


@contextmanager
def opened(base: Path) -> "Iterator[Pacta]":
    """The invented company, prepared under `base`, with the sandbox's model."""
    from cli.companies import of
    from cli.evals import MEASURING
    from sandbox.llm import MODEL
    from sandbox.serve import serve

    company = of("first")
    home = world_home(base, company.data(), company.prepare)
    with serve() as box, open_world(home, {"model": MODEL, "model_url": box.model_url, **MEASURING}) as pacta:
        yield pacta


def summary(found: Sequence[Decided]) -> dict[str, object]:
    """How many of each sort were decided rightly, and what the first run of each task took: later ones solve
    again only what changes."""
    first = {task: next(d for d in found if d.task == task) for task in dict.fromkeys(d.task for d in found)}
    return {
        **{
            sort: {
                "rightly": sum(d.rightly for d in found if d.sort == sort),
                "of": sum(d.sort == sort for d in found),
            }
            for sort in ("damaged", "reworded")
        },
        "a_run": {task: {"seconds": d.seconds, "tokens": d.tokens} for task, d in first.items()},
        "seconds": round(sum(d.seconds for d in found), 1),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--task", choices=TASKS, action="append", help="only this task; may be repeated")
    parser.add_argument("--home", type=Path, default=Path(".pacta"), help="where the eval's world is kept")
    asked = parser.parse_args(arguments)
    from cli.main import quiet_logs

    quiet_logs()
    logging.getLogger("agent").setLevel(logging.ERROR)  # a damaged prompt is meant to be misunderstood
    found: list[Decided] = []
    with opened(asked.home / "evals") as pacta:
        bench = Bench(pacta)
        for variant in (v for task in asked.task or TASKS for v in variants(task)):
            found.append(bench.decide(variant))
            if not asked.json:
                print(line(found[-1]), flush=True)
    told = summary(found)
    if asked.json:
        print(json.dumps({"variants": [asdict(d) for d in found], **told}, indent=1))
    else:
        print(json.dumps(told))
    return 0 if all(d.rightly for d in found) else 1


def line(d: Decided) -> str:
    said = "passed" if d.passed else f"stopped: {d.stops[0]} ({len(d.stops)} reasons)"
    return f"{'ok   ' if d.rightly else 'WRONG'} {d.task} {d.sort} {d.name}: {said}; {d.seconds} s"


if __name__ == "__main__":
    sys.exit(main())
