"""What the store promises: scopes on every read, all or nothing, exactly once, an audit chain."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from obligations.document import Problem
from obligations.facts import Source
from obligations.model import ActionState, Outcome, Review
from store import LOCAL, Conflict, NotFound, Principal, ReadContract, Scope, Store, StoreError, open_store
from store.actions import CLAIM_FOR
from store.schema import metadata
from tests.store import make

IT = Scope(business_units=frozenset({"it"}))


@pytest.fixture
def two(store: Store) -> Store:
    make.ingest(store, "A", "acme", "it")
    make.ingest(store, "B", "birch", "operations")
    return store


def test_a_reading_comes_back_as_it_was(two: Store) -> None:
    contract = two.contract("A", Scope.all())
    assert contract == make.contract("A", "acme", "it")
    assert two.document("d-A", Scope.all()) == make.document("A")
    assert two.original("d-A", Scope.all()) == ("A.txt", b"bytes")
    assert [c.text for c in two.chunks("d-A", Scope.all())] == [make.TEXT]
    as_read = make.obligation("o-A", "A").model_copy(update={"since": "d-A"})
    assert two.obligations(Scope.all(), contract="A") == (as_read,)


def test_a_scope_hides_everything_of_other_business_units(two: Store) -> None:
    two.put_facts(
        [make.fact("1", "acme"), make.fact("2", "birch"), make.fact("3", None)], by="t", at=make.NOW
    )
    two.put_assessments(
        [make.assessment("x", "A", Outcome.MET), make.assessment("y", "B", Outcome.BREACHED)],
        by="t",
        at=make.NOW,
    )
    two.propose_action(make.action("r1", "A"), by="t")
    two.propose_action(make.action("r2", "B"), by="t")
    two.put_problems([Problem(stage="sync", what="bad row")], at=make.NOW)
    assert [c.id for c in two.contracts(IT)] == ["A"]
    assert [p.id for p in two.parties(IT)] == ["acme"]
    assert [o.contract for o in two.obligations(IT)] == ["A"]
    assert [f.id for f in two.facts(IT)] == ["f-1-0"]
    assert [a.contract for a in two.assessments(IT)] == ["A"]
    assert [a.reference for a in two.actions(IT)] == ["r1"]
    assert [d["contract"] for d in two.documents(IT)] == ["A"]
    assert two.problems(IT) == () and len(two.problems(Scope.all())) == 1
    for read in (two.contract, two.document, two.chunks, two.original):
        with pytest.raises(NotFound):
            read("B" if read == two.contract else "d-B", IT)
    with pytest.raises(NotFound):
        two.set_review("o-B", Review.APPROVED, IT, by="t", at=make.NOW)
    with pytest.raises(NotFound):
        two.action("a-r2", IT)
    with pytest.raises(NotFound):
        two.assessment("y", IT)


def test_a_scope_by_party(two: Store) -> None:
    only = Scope(parties=frozenset({"birch"}))
    assert [c.id for c in two.contracts(only)] == ["B"]
    assert two.contracts(Scope(parties=frozenset())) == ()


def test_reading_again_keeps_reviews_and_supersedes_what_is_gone(two: Store) -> None:
    two.set_review("o-A", Review.APPROVED, Scope.all(), by="eva", at=make.NOW)
    contract, document = make.contract("A", "acme", "it"), make.document("A")
    same = ReadContract([], [make.obligation("o-A", "A"), make.obligation("o-new", "A")])
    change = two.put_reading(contract, document, b"", same, by="t", at=make.NOW)
    assert (change.added, change.kept, change.superseded) == (("o-new",), ("o-A",), ())
    assert two.obligations(Scope.all(), review=Review.APPROVED)[0].id == "o-A"
    other = ReadContract([], [make.obligation("o-A", "A")])
    newer = make.document("A").model_copy(update={"id": "d-A2"})
    change = two.put_reading(contract, newer, b"", other, by="t", at=make.NOW)
    assert change.superseded == ("o-new",)
    assert [d["id"] for d in two.documents(Scope.all()) if d["contract"] == "A"] == ["d-A2"]
    with pytest.raises(Conflict):
        two.set_review("o-new", Review.APPROVED, Scope.all(), by="eva", at=make.NOW)


def test_nothing_of_a_failed_write_stays(two: Store) -> None:
    before = two.revision()
    broken = ReadContract([], [make.obligation("o-1", "A"), make.obligation("o-2", "nowhere")])
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        two.put_reading(
            make.contract("A", "acme", "it"), make.document("A"), b"", broken, by="t", at=make.NOW
        )
    assert [o.id for o in two.obligations(Scope.all(), contract="A")] == ["o-A"]
    assert two.revision() == before and two.verify_audit().intact


def test_facts_are_versions_and_the_same_version_is_kept_once(two: Store) -> None:
    first, later = make.fact("1", "acme"), make.fact("1", "acme", minutes=5)
    assert two.put_facts([first, later, first], by="t", at=make.NOW) == 2
    assert two.put_facts([first], by="t", at=make.NOW) == 0
    assert [f.id for f in two.facts(Scope.all(), known_at=first.known_at)] == ["f-1-0"]
    assert two.count_facts(Scope.all()) == {("sap_s4hana", "invoice"): 2}


def test_only_a_changed_assessment_is_kept_and_history_stays(two: Store) -> None:
    day = timedelta(days=1)
    two.put_assessments([make.assessment("x", "A", Outcome.PENDING)], by="t", at=make.NOW)
    assert (
        two.put_assessments([make.assessment("x", "A", Outcome.PENDING, make.NOW + day)], by="t", at=make.NOW)
        == 0
    )
    assert (
        two.put_assessments(
            [make.assessment("x", "A", Outcome.BREACHED, make.NOW + day)], by="t", at=make.NOW
        )
        == 1
    )
    assert (
        two.put_assessments([make.assessment("x", "A", Outcome.MET, make.NOW - day)], by="t", at=make.NOW)
        == 1
    )
    assert [a.outcome for a in two.assessments(Scope.all())] == [Outcome.BREACHED]
    assert [a.outcome.value for a in two.assessment("x", Scope.all())] == ["breached", "pending", "met"]


def test_an_event_is_taken_in_once(store: Store) -> None:
    assert store.put_inbox("e1", "ironclad", "IC-1", {"a": 1}, at=make.NOW)
    assert not store.put_inbox("e1", "ironclad", "IC-1", {"a": 1}, at=make.NOW)
    store.finish_inbox("e1", error="no such record", at=make.NOW)
    assert [(e["event_id"], e["error"]) for e in store.inbox("failed")] == [("e1", "no such record")]


def test_an_action_is_executed_once(two: Store) -> None:
    proposed = two.propose_action(make.action("r1"), by="t")
    assert two.propose_action(make.action("r1").model_copy(update={"id": "other"}), by="t") == proposed
    assert two.claim_action(proposed.id, by="w1", at=make.NOW) is None
    two.decide_action(proposed.id, True, Scope.all(), by="eva", at=make.NOW)
    with pytest.raises(Conflict):
        two.decide_action(proposed.id, False, Scope.all(), by="eva", at=make.NOW)
    held = two.claim_action(proposed.id, by="w1", at=make.NOW)
    assert held is not None
    assert two.claim_action(proposed.id, by="w1", at=make.NOW) == held, "a workflow goes on under its own id"
    assert two.claim_action(proposed.id, by="w2", at=make.NOW) is None
    late = make.NOW + CLAIM_FOR + timedelta(seconds=1)
    again = two.claim_action(proposed.id, by="w2", at=late)
    assert again is not None
    failed = two.fail_action(again, "503", by="t", at=make.NOW)
    assert (
        failed.state is ActionState.FAILED and two.claim_action(proposed.id, by="w1", at=make.NOW) is not None
    )
    done = two.finish_action(
        failed, Source(system="servicenow", record="j1"), found=True, by="t", at=make.NOW
    )
    assert done.state is ActionState.EXECUTED
    with pytest.raises(Conflict):
        two.finish_action(failed, Source(system="servicenow", record="j2"), found=False, by="t", at=make.NOW)
    assert two.claim_action(proposed.id, by="w1", at=make.NOW) is None


def test_keys_are_hashed_scoped_and_revocable(two: Store) -> None:
    key_id, secret = two.create_key("portal", "reader", IT, by="eva", at=make.NOW)
    caller = two.principal(secret)
    assert caller == Principal(key_id, "portal", "reader", IT)
    assert not caller.may("reviewer")
    assert two.principal(secret[:-1] + "x") is None and two.principal("nonsense") is None
    with two.read() as tx:
        stored = str(tx.execute(text("SELECT * FROM keys")).all())
    assert secret.split("_", 2)[2] not in stored
    assert "hash" not in two.keys()[0]
    two.revoke_key(key_id, by="eva", at=make.NOW)
    assert two.principal(secret) is None
    with pytest.raises(NotFound):
        two.revoke_key(key_id, by="eva", at=make.NOW)


def test_a_thread_belongs_to_its_principal(store: Store) -> None:
    other = Principal("k2", "other", "reader", Scope.all())
    store.put_thread("t1", LOCAL, {"party": "acme"}, at=make.NOW)
    assert store.thread("t1", LOCAL) == {"party": "acme"} and store.thread("t2", LOCAL) is None
    with pytest.raises(NotFound):
        store.thread("t1", other)
    with pytest.raises(NotFound):
        store.put_thread("t1", other, {}, at=make.NOW)


@pytest.mark.parametrize(
    ("tamper", "seq"),
    [
        ("UPDATE audit SET actor = 'mallory' WHERE seq = 2", 2),
        ("UPDATE audit SET detail = '{}' WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq = 2", 2),
    ],
)
def test_the_audit_chain_shows_tampering(two: Store, tamper: str, seq: int) -> None:
    report = two.verify_audit()
    assert report.intact and report.entries == 4
    with two.engine.begin() as tx:
        tx.execute(text(tamper))
    broken = two.verify_audit()
    assert not broken.intact and broken.broken_at == seq and broken.reason


def test_the_revision_rises_when_an_answer_could_change(two: Store) -> None:
    before = two.revision()
    two.note(make.NOW, "t", "look", "x", {})
    two.put_thread("t1", LOCAL, {}, at=make.NOW)
    assert two.revision() == before
    two.put_facts([make.fact("1", "acme")], by="t", at=make.NOW)
    assert two.revision() == before + 1


def test_watermarks(store: Store) -> None:
    assert store.watermark("servicenow", "incident") is None
    store.set_watermark("servicenow", "incident", "c1", observed_from=make.NOW.date(), at=make.NOW)
    store.set_watermark("servicenow", "incident", "c2", at=make.NOW)
    assert store.watermark("servicenow", "incident") == "c2"
    assert store.watermarks()[0]["observed_from"] == "2026-11-10"


def test_migrations_make_the_schema_that_the_code_uses(store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_an_unreachable_database_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot open the database") as error:
        open_store("postgresql://pacta:hunter2@127.0.0.1:1/pacta")
    assert "hunter2" not in str(error.value)
    with pytest.raises(StoreError):
        open_store(f"sqlite:///{tmp_path}/nowhere/pacta.db")
