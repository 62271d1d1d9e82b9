"""A new version of a contract: what is found again keeps its review, what changed is shown with both."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from flows.errors import FlowError
from flows.ingest import Ingested, ingest_file, ingest_paths
from flows.review import decide
from flows.settings import load_settings
from flows.versions import Changes, changes, latest
from flows.wiring import Pacta
from obligations.model import Obligation, Review
from store import LOCAL, NotFound

HEAD = """Service Agreement

This Agreement is made on 12 February 2024 between Alpha GmbH, Munich (the "Customer") and Beta Ltd, Leeds
(the "Supplier").

"""
RESPONSE = "The Supplier shall respond to Priority 1 Incidents within {} hours, at any time of any day."
PAYMENT = "The Customer shall pay each correct invoice within thirty (30) days after it has received it."
REPORT = (
    "The Supplier shall deliver a service report within ten (10) days after the end of each calendar month."
)
FAULTS, MONEY, REPORTS = (
    f"Faults\n\n1.1 {RESPONSE.format(4)}",
    f"Money\n\n2.1 {PAYMENT}",
    f"Reports\n\n3.1 {REPORT}",
)
FIRST = f"{HEAD}1. {FAULTS}\n\n2. {MONEY}\n\n3. {REPORTS}\n"


@pytest.fixture
def pacta(tmp_path: Path) -> Pacta:
    return Pacta(load_settings({}, home=tmp_path / "home"))


def put(pacta: Pacta, folder: Path, text: str) -> Ingested:
    path = folder / "agreement.txt"
    path.write_text(text, encoding="utf-8")
    return ingest_file(pacta, path)


def ids(found: tuple[Obligation, ...]) -> dict[str, str]:
    return {o.kind: o.id for o in found}


def held(pacta: Pacta, kind: str) -> dict[str, Review]:
    return {o.id: o.review for o in pacta.store.obligations(LOCAL.scope, kind=kind)}


def test_white_space_and_line_ends_keep_ids_and_reviews(pacta: Pacta, tmp_path: Path) -> None:
    first = put(pacta, tmp_path, FIRST)
    assert set(ids(first.obligations)) == {"response_time", "payment_due", "reporting"}
    for o in first.obligations:
        decide(pacta, o.id, Review.REJECTED, LOCAL)
    again = put(pacta, tmp_path, FIRST.replace(" within ", "\n  within  "))
    assert ids(again.obligations) == ids(first.obligations)
    assert {o.review for o in again.obligations} == {Review.REJECTED}
    assert (again.change.added, again.change.superseded) == ((), ())
    assert changes(again.change) == Changes(kept=3)


def test_a_clause_that_moved_keeps_its_review(pacta: Pacta, tmp_path: Path) -> None:
    first = put(pacta, tmp_path, FIRST)
    key = ids(first.obligations)["payment_due"]
    decide(pacta, key, Review.REJECTED, LOCAL)
    moved = FIRST.replace(f"2. {MONEY}\n\n", "") + f"\n7. {MONEY.replace('2.1', '7.4')}\n"
    again = put(pacta, tmp_path, moved)
    assert held(pacta, "payment_due") == {key: Review.REJECTED}
    (now,) = (o for o in again.obligations if o.id == key)
    assert now.terms[-1].span.document_id == again.document.id  # type: ignore[union-attr]
    assert "7" in now.terms[-1].span.section


def test_four_hours_that_become_eight_are_shown_as_a_change_of_that_promise(
    pacta: Pacta, tmp_path: Path
) -> None:
    first = put(pacta, tmp_path, FIRST)
    old = ids(first.obligations)["response_time"]
    again = put(pacta, tmp_path, FIRST.replace("within 4 hours", "within 8 hours"))
    new = ids(again.obligations)["response_time"]
    assert held(pacta, "response_time")[old] is Review.SUPERSEDED
    found = changes(again.change)
    assert (found.kept, found.added, found.gone) == (2, (), ())
    (change,) = found.changed
    assert change.before is not None and change.after is not None
    assert (change.before.id, change.after.id) == (old, new)
    assert [(t.term, t.before, t.after) for t in change.terms] == [("within", "4 hours", "8 hours")]
    assert change.before.words == RESPONSE.format(4) and change.after.words == RESPONSE.format(8)
    (now,) = (o for o in again.obligations if o.id == new)
    assert now.replaces == old
    assert any("4 hours, now 8 hours" in note for note in now.notes)


def test_the_change_is_told_later_too_and_only_the_newest(pacta: Pacta, tmp_path: Path) -> None:
    first = put(pacta, tmp_path, FIRST)
    assert first.contract is not None
    new = latest(pacta, first.contract.id, LOCAL.scope)
    assert (new.kept, len(new.added), new.changed, new.gone) == (0, 3, (), ())
    second = put(pacta, tmp_path, FIRST.replace("within 4 hours", "within 8 hours"))
    assert latest(pacta, first.contract.id, LOCAL.scope) == changes(second.change)
    third = put(pacta, tmp_path, FIRST.replace("within 4 hours", "within 8 hours").replace(REPORT, ""))
    told = latest(pacta, first.contract.id, LOCAL.scope)
    assert told == changes(third.change)
    assert (told.kept, told.changed, [c.kind for c in told.gone]) == (2, (), ["reporting"])


def test_a_history_outlives_another_reading(pacta: Pacta, tmp_path: Path) -> None:
    put(pacta, tmp_path, FIRST)
    second = put(pacta, tmp_path, FIRST.replace("within 4 hours", "within 8 hours"))
    third = put(pacta, tmp_path, FIRST.replace("within 4 hours", "within 8 hours") + "\nSigned.\n")
    key = ids(second.obligations)["response_time"]
    before, after = (next(o for o in each.obligations if o.id == key) for each in (second, third))
    assert (after.replaces, after.since, after.notes) == (before.replaces, before.since, before.notes)
    assert before.replaces and before.since == second.document.id  # type: ignore[union-attr]


def test_what_takes_the_place_of_a_rejected_promise_waits_for_a_person(pacta: Pacta, tmp_path: Path) -> None:
    first = put(pacta, tmp_path, FIRST)
    old = ids(first.obligations)["payment_due"]
    assert held(pacta, "payment_due")[old] is Review.APPROVED
    decide(pacta, old, Review.REJECTED, LOCAL)
    again = put(pacta, tmp_path, FIRST.replace("thirty (30)", "sixty (60)"))
    new = ids(again.obligations)["payment_due"]
    assert held(pacta, "payment_due") == {old: Review.REJECTED, new: Review.PROPOSED}


def test_a_version_under_another_name_is_the_same_contract(pacta: Pacta, tmp_path: Path) -> None:
    first = put(pacta, tmp_path, FIRST)
    assert first.contract is not None
    path = tmp_path / "agreement final 2.txt"
    path.write_text(FIRST.replace("within 4 hours", "within 8 hours"), encoding="utf-8")
    (second,) = ingest_paths(pacta, [path], version_of=first.contract.id)
    assert second.contract is not None and second.contract.id == first.contract.id
    assert len(second.change.changed) == 1
    assert [c.id for c in pacta.store.contracts(LOCAL.scope)] == [first.contract.id]


def test_a_version_is_one_file_of_a_contract_that_is_there(pacta: Pacta, tmp_path: Path) -> None:
    first = put(pacta, tmp_path, FIRST)
    assert first.contract is not None
    (tmp_path / "other.txt").write_text("Other text.", encoding="utf-8")
    paths = [tmp_path / "agreement.txt", tmp_path / "other.txt"]
    with pytest.raises(FlowError, match="2 files"):
        list(ingest_paths(pacta, paths, version_of=first.contract.id))
    with pytest.raises(NotFound):
        list(ingest_paths(pacta, paths[1:], version_of="nowhere"))


def test_the_command_shows_what_a_version_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PACTA_HOME", str(tmp_path / "home"))
    path = tmp_path / "agreement.txt"
    path.write_text(FIRST, encoding="utf-8")
    run = CliRunner()
    assert "against the version before" not in run.invoke(app, ["ingest", str(path)]).output
    path.write_text(FIRST.replace("within 4 hours", "within 8 hours").replace(REPORT, ""), encoding="utf-8")
    shown = " ".join(run.invoke(app, ["ingest", str(path)]).output.split())
    assert "1 as before, 0 new, 1 changed, 1 gone" in shown
    assert "within: 4 hours, now 8 hours" in shown
    assert "gone reporting" in shown
    path.write_text(FIRST, encoding="utf-8")
    (body,) = json.loads(run.invoke(app, ["ingest", "--json", str(path)]).stdout)
    assert body["change"]["changed"][0]["terms"] == [
        {"term": "within", "before": "8 hours", "after": "4 hours"}
    ]
    assert [c["kind"] for c in body["change"]["added"]] == ["reporting"]
