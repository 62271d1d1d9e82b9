"""The main job on real systems gives what it gives on the stand-ins: same promises, same outcomes."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from cli import demo, demo_real
from flows.assess import assess
from flows.errors import FlowError
from flows.ingest import ingest_record
from flows.settings import load_settings
from flows.sync import Synced, sync
from flows.who import decide, open_names
from flows.wiring import Pacta
from sandbox.real import request_tracker, tryton
from sandbox.serve import serve
from sandbox.world import load
from store import LOCAL

REAL = Path(__file__).parents[2] / ".real"
MADE = (
    request_tracker.installed()
    and request_tracker.Folder(REAL / "request_tracker").ready
    and tryton.Folder(REAL / "tryton").is_made
)
KINDS = ("response_time", "resolution_time", "update_time", "ticket_share", "payment_due", "late_interest")
"""Promises that rest on tickets, invoices and payments; the real desk keeps no outages."""
pytestmark = pytest.mark.xdist_group("tryton")

Verdicts = Counter[tuple[str, str, str, str]]


def verdicts(home: Path) -> tuple[Verdicts, list[Synced]]:
    """How often which promise came out how, and what the sync said.

    The contracts were read where SAP's numbers were known: whom Tryton's numbers mean a person says.
    """
    world = load()
    numbers = {p.supplier or p.customer: p.name for p in world.parties.values()}
    with Pacta(load_settings(home=str(home))) as pacta:
        synced = sync(pacta)
        for waiting in open_names(pacta, LOCAL.scope):
            decide(pacta, waiting.name.system, waiting.name.hint, numbers[waiting.name.hint], LOCAL)
        judged = assess(pacta, LOCAL.scope, pacta.clock())
    found = Counter(
        (a.contract, a.kind, a.occurrence.counts_on.isoformat(), a.outcome.value)
        for a in judged.assessments
        if a.kind in KINDS
    )
    return found, synced


@pytest.mark.skipif(not MADE, reason="no real systems are made here: run `make real-systems`")
def test_outcomes_are_those_of_the_stand_ins(tmp_path: Path) -> None:
    stand_ins, real = tmp_path / "stand-ins", tmp_path / "real"
    with serve() as box:
        demo.fresh_home(stand_ins)
        demo.write_settings(stand_ins, box.base_url)
        with Pacta(load_settings(home=str(stand_ins))) as pacta:
            for record in demo.signed_records():
                ingest_record(pacta, "ironclad", record)
        shutil.copytree(stand_ins, real)
        expected, _ = verdicts(stand_ins)
        with demo_real.running(copy_of_real(tmp_path)) as instead:
            demo.write_settings(real, box.base_url, instead)
            found, synced = verdicts(real)
    assert [s.error for s in synced if s.error] == []
    assert {s.system for s in synced} >= {"request_tracker", "tryton"}
    assert found == expected
    assert {kind for _, kind, _, outcome in found if outcome == "breached"} >= {
        "response_time",
        "payment_due",
    }


def copy_of_real(folder: Path) -> Path:
    """What a test writes is gone afterwards; the environment that Tryton runs in is large and stays."""
    copied = folder / "systems"
    shutil.copytree(REAL / "request_tracker", copied / "request_tracker")
    shutil.copytree(REAL / "tryton", copied / "tryton", ignore=shutil.ignore_patterns("venv"))
    (copied / "tryton" / "venv").symlink_to(REAL / "tryton" / "venv")
    return copied


def test_without_them_the_demo_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(FlowError) as caught, demo_real.running(tmp_path):
        raise AssertionError("nothing runs")
    assert "make real-systems" in caught.value.remedy
