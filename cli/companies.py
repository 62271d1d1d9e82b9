"""The invented companies that evals are about, and how a home is filled with each of them."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Company:
    """`data` are the contracts and records that its home is made from, `prepare` fills an empty home."""

    data: Callable[[], list[Path]]
    prepare: Callable[[Path], None]


def of(name: str) -> Company:
    """The company that an eval names (`evals.task.Task.company`)."""
    return Company(second_data, prepare_second) if name == SECOND else Company(first_data, prepare_first)


SECOND = "second"
HERE = Path(__file__).parent


def first_data() -> list[Path]:
    import sandbox
    from flows.wiring import LIBRARY

    held = Path(sandbox.__file__).parent
    return [LIBRARY / "contracts", held / "world", held / "drop", HERE / "demo_drop.yaml"]


def prepare_first(home: Path) -> None:
    """Contracts read from the sandbox's CLM, facts from its systems, promises judged once."""
    from cli.demo import signed_records, write_settings
    from evals.world import open_world
    from flows.assess import assess
    from flows.ingest import ingest_record
    from flows.sync import sync
    from sandbox.serve import serve
    from store import LOCAL

    with serve() as box:
        write_settings(home, box.base_url)
        with open_world(home) as pacta:
            for record in signed_records():
                ingest_record(pacta, "ironclad", record)
            sync(pacta)
            assess(pacta, LOCAL.scope, pacta.clock())


def second_folder() -> Path:
    from flows.wiring import LIBRARY

    return LIBRARY / "second"


def second_data() -> list[Path]:
    folder = second_folder()
    return [folder / name for name in ("contracts", "records", "records.yaml", "company.yaml")]


def prepare_second(home: Path) -> None:
    """Contracts read from files, each for the unit that holds it, and records from CSV files."""
    from evals.world import open_world
    from flows.assess import assess
    from flows.errors import FlowError
    from flows.ingest import ingest_file
    from flows.sync import sync
    from store import LOCAL

    said = yaml.safe_load((second_folder() / "company.yaml").read_text(encoding="utf-8"))
    write_second_settings(home, said["settings"])
    with open_world(home) as pacta:
        for name, unit in said["units"].items():
            done = ingest_file(pacta, second_folder() / "contracts" / name, business_unit=unit)
            if done.error:
                raise FlowError(f"{name}: {done.error}", remedy=done.remedy or "build it again")
        sync(pacta)
        assess(pacta, LOCAL.scope, pacta.clock())


def write_second_settings(home: Path, settings: dict[str, Any]) -> None:
    """The second company's pacta.yaml, with a copy of its column map beside it."""
    folder, columns = second_folder(), home / "records.yaml"
    drop = {
        "kind": "files",
        "folder": str((folder / "records").resolve()),
        "map": str(columns.resolve()),
    }
    text = yaml.safe_dump({**settings, "connectors": {"records": drop}}, sort_keys=False)
    (home / "pacta.yaml").write_text(text, encoding="utf-8")
    shutil.copyfile(folder / "records.yaml", columns)
