"""Rows in files of ours: once each, whole or not at all, and never a formula."""

import csv
import threading
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from obligations.model import Action, Verb
from tests.tools.test_ironclad import action
from tools import connect
from tools.files.ours import defused
from tools.files.write import FilesWriter, WriteSettings
from tools.kit import Fatal, Misconfigured, Retryable, Writer

COLUMNS = {"title": "Title", "due_on": "Due", "amount": "Amount", "done": "Done"}


def put(reference: str = "pacta-0001", entity: str = "obligation", **fields: Any) -> Action:
    return record(reference, {"entity": entity, "fields": fields or {"title": "Monthly report"}})


def record(reference: str, payload: dict[str, Any], verb: Verb = "put_record") -> Action:
    return action(verb, payload, target="", reference=reference)


@pytest.fixture(params=["csv", "xlsx"])
def writer(request: pytest.FixtureRequest, tmp_path: Path) -> FilesWriter:
    return writer_of(tmp_path, f"out/obligations.{request.param}")


def writer_of(folder: Path, file: str, **more: Any) -> FilesWriter:
    tables = {"obligation": {"file": file, "columns": COLUMNS, **more}}
    return FilesWriter("exports", WriteSettings.model_validate({"folder": folder, "tables": tables}))


def rows(writer: FilesWriter) -> list[list[Any]]:
    (table,) = writer.settings.tables.values()
    path = writer.settings.folder / table.file
    if path.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path)[table.sheet]
        return [list(row) for row in sheet.iter_rows(values_only=True)]
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def test_a_record_becomes_a_row_and_is_found_again(writer: FilesWriter) -> None:
    assert isinstance(writer, Writer)
    assert writer.find("pacta-0001") is None
    made = writer.create(put(title="Report", due_on=date(2026, 11, 30), amount=Decimal("-5.10"), done=True))
    assert made.record.endswith("#pacta-0001")
    assert writer.find("pacta-0001") == made
    assert writer.find("pacta-000") is None
    assert writer.create(put(title="Again")) == made
    head, row = rows(writer)
    assert head == ["Reference", "Title", "Due", "Amount", "Done"]
    assert row[:2] == ["pacta-0001", "Report"]
    if isinstance(row[3], str):
        assert row[2:] == ["2026-11-30", "-5.10", "yes"]
    else:
        assert (row[2].date(), row[3], row[4]) == (date(2026, 11, 30), -5.1, True)


def test_a_second_row_leaves_the_first_and_the_columns_of_others(writer: FilesWriter) -> None:
    writer.create(put())
    writer.create(put("pacta-0002", title="Größe; “quoted”,\nnext line"))
    assert [row[0] for row in rows(writer)] == ["Reference", "pacta-0001", "pacta-0002"]
    assert rows(writer)[2][1] == "Größe; “quoted”,\nnext line"


@pytest.mark.parametrize(
    "text", ["=1+1", "+49 30", "-2", "@SUM(A1)", "\t=1", "＝1+1", "a;=cmd|' /C calc'!A0", "=#REF!"]
)
def test_no_text_becomes_a_formula(writer: FilesWriter, text: str) -> None:
    writer.create(put(title=text))
    (table,) = writer.settings.tables.values()
    path = writer.settings.folder / table.file
    if path.suffix == ".xlsx":
        cell = openpyxl.load_workbook(path)[table.sheet].cell(2, 2)
        assert (cell.data_type, cell.value) == ("s", text)
        assert cell.quotePrefix
        return
    said = rows(writer)[1][1]
    assert said.replace("'", "") == text.replace("'", "")
    for part in said.replace(";", "\n").replace(",", "\n").splitlines():
        assert part.strip()[:1] not in "=+-@＝" or not part.strip()


@given(st.text(max_size=40))
def test_defusing_changes_only_what_could_begin_a_formula(text: str) -> None:
    safe = defused(text)
    assert defused(safe) == safe
    assert safe.lstrip()[:1] not in tuple("=+-@＝＋－＠")
    if not set(text) & set("=+-@＝＋－＠"):
        assert safe == text


def test_control_characters_do_not_break_a_workbook(tmp_path: Path) -> None:
    writer = writer_of(tmp_path, "o.xlsx")
    writer.create(put(title="a\x00b\x1fc"))
    assert rows(writer)[1][1] == "a\ufffdb\ufffdc"
    with pytest.raises(Fatal, match="does not fit a cell"):
        writer.create(put("pacta-0003", title="x" * 40_000))
    assert len(rows(writer)) == 2, "the file is as it was"


def test_columns_that_people_added_stay(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text(
        "Owner,Reference,Amount,Title,Due,Done\nLena,old-1,1,A,,\n", encoding="utf-8"
    )
    writer = writer_of(tmp_path, "o.csv")
    writer.create(put(title="B"))
    assert rows(writer)[1:] == [["Lena", "old-1", "1", "A", "", ""], ["", "pacta-0001", "", "B", "", ""]]
    assert writer.find("old-1") is not None


def test_a_file_without_our_columns_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("Reference,Title\n", encoding="utf-8")
    with pytest.raises(Misconfigured, match="no single column 'Due'"):
        writer_of(tmp_path, "o.csv").create(put())
    assert (tmp_path / "o.csv").read_text() == "Reference,Title\n"


def test_a_failed_write_leaves_the_file_as_it_was(
    writer: FilesWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.create(put())
    before = rows(writer)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Retryable, match="No space left"):
        writer.create(put("pacta-0002"))
    monkeypatch.undo()
    assert rows(writer) == before
    left = [p.name for p in (writer.settings.folder / "out").iterdir()]
    assert len(left) == 2, "the file and its lock"


@pytest.mark.parametrize("held", [b"\xff\xfe\x00P", b"PK\x03\x04 and then nothing", b""])
def test_a_damaged_file_is_told_and_left_alone(tmp_path: Path, held: bytes) -> None:
    for name in ("o.xlsx", *(["o.csv"] if held[:1] == b"\xff" else [])):
        (tmp_path / name).write_bytes(held)
        with pytest.raises(Fatal, match="as we left it") as caught:
            writer_of(tmp_path, name).create(put())
        assert caught.value.remedy
        assert (tmp_path / name).read_bytes() == held


def test_many_writers_wait_for_each_other(writer: FilesWriter) -> None:
    actions = [put(f"pacta-{n:04}") for n in range(6)] * 2
    threads = [threading.Thread(target=writer.create, args=(each,)) for each in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(row[0] for row in rows(writer)[1:]) == [f"pacta-{n:04}" for n in range(6)]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (put(entity="rumour"), "no file takes 'rumour'"),
        (put(colour="red"), "no column for colour"),
        (record("pacta-0001", {"fields": {}}), "entity"),
        (record("pacta-0001", {"text": "x"}, "comment"), "takes no comment"),
        (put(reference="a b"), "cannot be searched for"),
    ],
)
def test_what_does_not_fit_is_refused(writer: FilesWriter, wrong: Action, says: str) -> None:
    with pytest.raises(Fatal, match=says):
        writer.create(wrong)


@pytest.mark.parametrize("file", ["../out.csv", "/etc/out.csv", "out.txt"])
def test_only_files_within_the_folder_can_be_named(tmp_path: Path, file: str) -> None:
    with pytest.raises(ValueError, match="file"):
        writer_of(tmp_path, file)


def test_it_is_configured_with_the_folder(tmp_path: Path) -> None:
    write = {"folder": str(tmp_path), "tables": {"obligation": {"file": "o.csv", "columns": COLUMNS}}}
    given = {"folder": str(tmp_path), "map": {"tables": []}}
    drop: Any = connect({"files": {**given, "write": write}})["files"]
    assert drop.writer().create(put()).system == "files"
    without: Any = connect({"files": given})["files"]
    with pytest.raises(Misconfigured, match="no file is ours"):
        without.writer()
