"""The index over both engines: scope, ranking, replacing, and what happens when processes meet or die."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE

import pytest

from retrieval.errors import IndexLocked, IndexMismatch
from retrieval.index import Index, SearchScope, open_index
from retrieval.index_errors import IndexDamaged, IndexUnreachable
from tests.retrieval.indexed import (
    ALL,
    HARBOUR,
    HARBOUR_CHUNKS,
    MERIDIAN,
    MERIDIAN_CHUNKS,
    chunks,
    edge,
    entry,
    filled,
    server,
)

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")
ENGINES = ("edge", "server")


@pytest.fixture(scope="module", params=ENGINES)
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """A filled index that tests only read."""
    made = filled(edge(tmp_path_factory.mktemp("index")) if request.param == "edge" else server())
    yield made
    made.close()


@pytest.fixture(params=ENGINES)
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    made = edge(tmp_path) if request.param == "edge" else server()
    yield made
    made.close()


def sections(index: Index, query: str, **asked: object) -> list[str]:
    return [hit.chunk.section for hit in index.search(query, **{"scope": ALL, **asked})]  # type: ignore[arg-type]


def test_a_hit_is_the_chunk_that_was_put(index: Index) -> None:
    hit = index.search("liability cap", scope=ALL, contracts=["harbour"])[0]
    assert hit.chunk == HARBOUR_CHUNKS[-1]
    assert hit.contract_id == "harbour"
    assert hit.score > 0
    assert "words 1" in hit.why


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("within what time is a critical incident answered", "4.1 Response"),
        ("how quickly must faults be repaired", "4.2 Resolution"),
        ("interest on overdue sums", "2.2 Late payment"),
        ("maximum liability", "12 Liability"),
    ],
)
def test_questions_find_their_clause(index: Index, query: str, first: str) -> None:
    assert sections(index, query, contracts=["harbour"])[0] == first


def test_a_named_contract_comes_first(index: Index) -> None:
    assert index.search("When does Meridian get paid?", scope=ALL)[0].contract_id == "meridian"
    assert index.search("When does Harbour Compute get paid?", scope=ALL)[0].contract_id == "harbour"


def test_names_do_not_drown_the_question_in_its_contract(index: Index) -> None:
    asked = "Under the Hosting Agreement with Harbour Compute Ltd, what is the liability cap?"
    assert sections(index, asked, contracts=["harbour"])[0] == "12 Liability"
    assert sections(index, asked)[0] == "12 Liability"


def test_wanted_kinds_come_first_the_surest_ahead(index: Index) -> None:
    found = index.search("incidents", scope=ALL, contracts=["harbour"], kinds=["payment_due"])
    assert [hit.chunk.section for hit in found[:2]] == ["2.1 Fees", "2.2 Late payment"]
    assert "kind payment_due (0.80)" in found[0].why


def test_the_words_of_a_question_ask_for_kinds_unless_none_are_wanted(index: Index) -> None:
    asked = "what are the payment terms"
    assert "kind payment_due" in index.search(asked, scope=ALL, contracts=["harbour"])[0].why
    for hit in index.search(asked, scope=ALL, contracts=["harbour"], kinds=[]):
        assert "kind" not in hit.why


def test_a_query_of_kinds_alone(index: Index) -> None:
    found = sections(index, "", kinds=["payment_due"])
    assert sorted(found) == ["2.1 Charges", "2.1 Fees", "2.2 Late payment"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("clause 4.2", ["4.2 Resolution", "4.2(b) Resolution"]),
        ("what does section 4.2(b) say", ["4.2(b) Resolution"]),
        ("§ 12", ["12 Liability"]),
        ("clause 2", ["2.1 Fees", "2.2 Late payment"]),
        ("Schedule 2 of the agreement", ["4.1 Response", "4.2 Resolution", "4.2(b) Resolution"]),
        ("Schedule 2, clause 4.1", ["4.1 Response"]),
    ],
)
def test_a_clause_number_comes_first(index: Index, query: str, expected: list[str]) -> None:
    assert sections(index, query, contracts=["harbour"])[: len(expected)] == expected


def test_the_scope_limits_every_search_and_count(index: Index) -> None:
    it = SearchScope(business_units=frozenset({"it"}))
    freight = SearchScope(parties=frozenset({"meridian"}))
    both = SearchScope(frozenset({"it"}), frozenset({"meridian"}))
    assert {hit.contract_id for hit in index.search("invoice paid", scope=it)} == {"harbour"}
    assert {hit.contract_id for hit in index.search("invoice paid", scope=freight)} == {"meridian"}
    assert index.search("invoice paid", scope=it, contracts=["meridian"]) == ()
    assert index.search("clause 4.2", scope=freight, kinds=["payment_due"])[0].contract_id == "meridian"
    assert (index.count(), index.count(it), index.count(freight), index.count(both)) == (10, 7, 2, 0)


def test_an_empty_scope_sees_nothing(index: Index) -> None:
    nothing = SearchScope(business_units=frozenset())
    nobody = SearchScope(parties=frozenset())
    assert index.search("paid", scope=nothing) == () == index.search("paid", scope=nobody)
    assert index.count(nothing) == 0 == index.count(nobody)
    assert index.search("paid", scope=ALL, contracts=[]) == ()


def test_a_contract_of_no_unit_is_seen_only_without_a_limit(index: Index) -> None:
    units = SearchScope(business_units=frozenset({"it", "operations", ""}))
    assert {hit.contract_id for hit in index.search("rent", scope=ALL)} >= {"unowned"}
    assert "unowned" not in {hit.contract_id for hit in index.search("rent", scope=units)}


def test_words_no_one_knows_and_limits(index: Index) -> None:
    assert index.search("", scope=ALL) == ()
    assert index.search("paid", scope=ALL, limit=0) == ()
    assert len(index.search("paid", scope=ALL, limit=3)) == 3
    assert index.search("☃", scope=ALL) == ()


def test_putting_again_replaces(fresh: Index) -> None:
    fresh.put(HARBOUR, HARBOUR_CHUNKS)
    fresh.put(HARBOUR, HARBOUR_CHUNKS)
    assert fresh.count() == len(HARBOUR_CHUNKS)
    fresh.put(HARBOUR, HARBOUR_CHUNKS[:2])
    assert fresh.count() == 2
    moved = replace(HARBOUR, business_unit="legal")
    fresh.put(moved, HARBOUR_CHUNKS[:2])
    assert fresh.count(SearchScope(business_units=frozenset({"it"}))) == 0
    assert fresh.count(SearchScope(business_units=frozenset({"legal"}))) == 2


def test_a_new_version_takes_the_place_of_the_old(fresh: Index) -> None:
    filled(fresh)
    newer = replace(HARBOUR, document_id="doc-newer")
    fresh.put(newer, chunks("doc-newer", ("1 Fees", "Invoices are paid within sixty days.")))
    documents = {hit.chunk.document_id for hit in fresh.search("invoices", scope=ALL, contracts=["harbour"])}
    assert documents == {"doc-newer"}
    fresh.put(newer, [])
    assert fresh.count(SearchScope(business_units=frozenset({"it"}))) == 0


def test_remove_and_clear(fresh: Index) -> None:
    filled(fresh)
    fresh.remove("doc-harbour")
    assert fresh.count() == 3
    assert "harbour" not in {hit.contract_id for hit in fresh.search("liability", scope=ALL)}
    fresh.clear()
    assert fresh.count() == 0
    filled(fresh)
    assert fresh.count() == 10


def test_nothing_is_written_by_looking(tmp_path: Path) -> None:
    index = open_index(tmp_path / "index")
    assert index.count() == 0
    assert index.search("anything", scope=ALL) == ()
    index.remove("doc")
    index.close()
    assert not (tmp_path / "index").exists()


def test_closed_and_opened_again(tmp_path: Path) -> None:
    first = filled(open_index(tmp_path))
    before = first.search("critical incident", scope=ALL)
    first.close()
    again = open_index(tmp_path)
    assert again.search("critical incident", scope=ALL) == before
    again.close()


def test_two_on_one_folder_take_turns(tmp_path: Path) -> None:
    one, other = edge(tmp_path), edge(tmp_path)
    one.put(HARBOUR, HARBOUR_CHUNKS)
    other.put(MERIDIAN, MERIDIAN_CHUNKS)
    assert one.count() == other.count() == 9
    assert other.search("liability", scope=ALL)[0].contract_id == "harbour"
    one.close()
    other.close()


def child(home: Path, body: str) -> subprocess.Popen[str]:
    """A process that works on the index and says when it is there."""
    code = (
        "import os, sys, time\nfrom pathlib import Path\n"
        "from tests.retrieval.indexed import *\n"
        f"index = edge(Path({str(home)!r}))\n{body}\n"
    )
    command = [sys.executable, "-c", code]
    return subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True)


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = process.stdout.readline().strip()
    if not said:
        assert process.stderr is not None
        pytest.fail(process.stderr.read())
    return said


def test_a_question_is_answered_while_another_process_holds_the_index(tmp_path: Path) -> None:
    holder = child(tmp_path, "filled(index); print('held', flush=True)\nfor _ in sys.stdin: pass\n")
    try:
        assert line(holder) == "held"
        asked = edge(tmp_path)
        started = time.monotonic()
        assert asked.search("liability", scope=ALL)[0].contract_id == "harbour"
        assert time.monotonic() - started < 4
        assert holder.poll() is None
        asked.close()
    finally:
        holder.kill()
        holder.wait()


def test_a_busy_holder_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    body = "filled(index)\nwith index.engine._open():\n    print(os.getpid(), flush=True)\n    time.sleep(60)"
    holder = child(tmp_path, body)
    try:
        process = line(holder)
        with pytest.raises(IndexLocked, match=f"{tmp_path} is in use by process {process}") as caught:
            edge(tmp_path, patience=0.2).count()
        assert "PACTA_QDRANT_URL" in caught.value.remedy
    finally:
        holder.kill()
        holder.wait()


@pytest.mark.parametrize("moment", ["before upsert", "after upsert", "before delete", "after delete"])
def test_a_killed_put_leaves_nothing_doubled_after_the_next(tmp_path: Path, moment: str) -> None:
    filled(edge(tmp_path)).close()
    new = chunks("doc-harbour", ("1 New", "All is new now."), ("2 Fees", "Nothing is paid."))
    body = (
        f"index = dying(Path({str(tmp_path)!r}), {moment!r})\n"
        "new = chunks('doc-harbour', ('1 New', 'All is new now.'), ('2 Fees', 'Nothing is paid.'))\n"
        "index.put(HARBOUR, new)\n"
    )
    killed = child(tmp_path, body)
    assert killed.wait(60) == -9, killed.stderr and killed.stderr.read()
    index = edge(tmp_path)
    assert len(index.search("new", scope=ALL, contracts=["harbour"])) >= 2
    index.put(HARBOUR, new)
    held = index.search("new", scope=ALL, contracts=["harbour"])
    assert sorted(hit.chunk.start for hit in held) == [chunk.start for chunk in new]
    assert index.count() == len(new) + 3
    index.close()


def test_a_folder_whose_making_was_cut_short_is_made_anew(tmp_path: Path) -> None:
    filled(edge(tmp_path)).close()
    (tmp_path / "index.json").unlink()
    index = edge(tmp_path)
    assert index.count() == 0
    filled(index)
    assert index.count() == 10
    index.close()


def test_another_model_is_refused_until_cleared(tmp_path: Path) -> None:
    filled(edge(tmp_path)).close()

    class Other:
        name, dimension = "other", 3

    index = edge(tmp_path, model=Other())  # type: ignore[arg-type]
    with pytest.raises(IndexMismatch, match="other"):
        index.count()
    index.clear()
    assert index.count() == 0
    index.close()


def test_a_damaged_folder_is_named(tmp_path: Path) -> None:
    filled(edge(tmp_path)).close()
    for file in (tmp_path / "shard").rglob("*.json"):
        file.write_text("{")
    index = edge(tmp_path)
    with pytest.raises(IndexDamaged, match=str(tmp_path)):
        index.count()
    index.clear()
    filled(index)
    assert index.count() == 10
    index.close()


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    index = open_index(tmp_path, "http://127.0.0.1:9")
    with pytest.raises(IndexUnreachable):
        index.count()
    index.close()


def test_thousands_of_points_are_quick(tmp_path: Path) -> None:
    index = edge(tmp_path)
    many = chunks("doc-harbour", *((f"{n} Clause", f"Item number {n} is delivered.") for n in range(1, 2001)))
    index.put(HARBOUR, many)
    assert index.count() == 2000
    started = time.perf_counter()
    for _ in range(10):
        index.search("delivered item 77", scope=ALL, contracts=["harbour"])
    assert (time.perf_counter() - started) / 10 < 0.5
    index.close()


def test_a_contract_is_named_by_its_parties_behind_a_long_table_of_contents(fresh: Index) -> None:
    contents = " ".join(f"{number}. Heading {number}" for number in range(1, 400))
    long = chunks(
        "doc-ferry",
        ("Contents", contents),
        ("Parties", "This agreement is made between Insula Ferries and Tarn Catering.", (("parties", 0.9),)),
        ("1 Law", "The laws of Norway govern this agreement.", (("governing_law", 0.9),)),
    )
    fresh.put(entry("ferry", "CATERING", "Isla", None), long)
    fresh.put(
        entry("other", "FREIGHT", "Gozo", None),
        chunks("doc-other", ("1 Law", "The laws of Malta govern this agreement.", (("governing_law", 0.9),))),
    )
    hits = fresh.search("Between Insula Ferries and Tarn Catering: which law governs it?", scope=ALL)
    assert {hit.contract_id for hit in hits} == {"ferry"}
    assert hits[0].chunk.section == "1 Law"
