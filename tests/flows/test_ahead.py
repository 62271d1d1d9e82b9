"""Files read ahead: in order, on several cores, and one that kills its reader takes nothing else with it."""

import os
from pathlib import Path

from flows.ahead import File, Prepared, prepare, prepare_all
from obligations.quantities import Duration
from obligations.terms import PaymentDue


def _fragile(file: File) -> Prepared:
    """A reader that a file of this name kills, as one that needs too much memory would."""
    if file.path.name.startswith("deadly"):
        os._exit(137)
    return Prepared(data=file.path.name.encode())


def _files(*names: str) -> list[File]:
    return [File(Path(name)) for name in names]


def test_results_come_in_the_order_of_the_files(tmp_path: Path) -> None:
    files = []
    for number in range(9):
        path = tmp_path / f"{number}.txt"
        path.write_text(
            f"{number}. Payment. The Customer pays within {number + 10} days of the invoice date."
        )
        files.append(File(path))
    read = list(prepare_all(files))
    assert [r.document.name for r in read if r.document] == [f.path.name for f in files]
    terms = [r.extraction.drafts[0].terms for r in read if r.extraction]
    assert [t.within for t in terms if isinstance(t, PaymentDue)] == [
        Duration(iso=f"P{days}D") for days in range(10, 19)
    ]


def test_a_file_that_kills_its_reader_takes_no_other_with_it() -> None:
    names = ["a", "b", "deadly one", "c", "d", "deadly two", "e"]
    read = list(prepare_all(_files(*names), _fragile))
    assert [r.data.decode() for r in read if not r.error] == ["a", "b", "c", "d", "e"]
    assert [r.error for r in read if r.error] == [
        "deadly one: the process that read it was killed",
        "deadly two: the process that read it was killed",
    ]
    assert all("memory" in r.remedy for r in read if r.error)


def test_a_file_that_is_not_there_or_no_contract_says_so(tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")
    missing, nothing = prepare(File(tmp_path / "gone.pdf")), prepare(File(empty))
    assert "gone.pdf" in missing.error
    assert "empty.txt" in nothing.error and nothing.remedy
