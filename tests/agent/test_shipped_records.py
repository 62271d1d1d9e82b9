"""Every prompt in force comes with a record of the gate that says that this very text passed."""

from pathlib import Path

import pytest
import yaml

from agent.measured import GateRecord, keep_shipped, shipped
from agent.prompts import FOLDER, live

IN_FORCE: dict[str, str] = yaml.safe_load((FOLDER / "live.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("task", sorted(IN_FORCE))
def test_a_prompt_in_force_has_a_passing_record(task: str) -> None:
    prompt = live(task)
    found = [r for r in shipped() if r.digest == prompt.digest and r.name == prompt.name]
    assert found, f"{prompt.name} lacks one: pacta prompts test {prompt.name} --sandbox-model --in-product"
    assert all(record.passed and record.stops == () for record in found)
    assert all(record.report["rows"] for record in found)


def test_records_that_come_with_the_product_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (FOLDER / "records").glob("*.json")}
    assert sizes
    assert max(sizes.values()) < 8_000, sizes


def test_a_record_is_kept_with_its_figures_alone(tmp_path: Path) -> None:
    record = shipped()[0]
    whole = record.model_copy(update={"report": {**record.report, "flips": ["x" * 10_000]}})
    path = keep_shipped(whole, tmp_path)
    kept = GateRecord.model_validate_json(path.read_text(encoding="utf-8"))
    assert kept == record
