"""Writers of connectors whose reading is tested in files of their own.

Request Tracker's, Agiloft's, NetSuite's and others' stand in the files of these systems.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import httpx
import openpyxl
import pytest

from tests.tools.asana_vendor import AsanaVendor
from tests.tools.conformance_writing import REFERENCE, WriterConformance, Writes
from tests.tools.jira_vendor import JiraVendor
from tests.tools.sftp_server import PASSWORD, USER, Server, running
from tests.tools.smartsheet_vendor import SmartsheetVendor
from tests.tools.test_coupa import CoupaVendor
from tests.tools.test_salesforce import SalesforceVendor
from tests.tools.test_tryton import TrytonVendor
from tests.tools.vendors import Json
from tools import connect

NOTE: Json = {"text": "Late by 1 h"}


class TestAsana(WriterConformance):
    vendor = AsanaVendor
    takes = ("comment", "create_task", "update_task", "set_fields")
    example: ClassVar[Json] = NOTE
    target = "9003"


class TestCoupa(WriterConformance):
    vendor = CoupaVendor
    takes = (
        "comment",
        "create_task",
        "update_task",
        "create_invoice",
        "hold_invoice",
        "release_invoice",
        "set_fields",
    )
    example: ClassVar[Json] = NOTE
    target = "invoices/3"


class TestJira(WriterConformance):
    vendor = JiraVendor
    takes = ("comment", "create_task", "update_task", "set_fields")
    example: ClassVar[Json] = NOTE
    target = "DESK-3"


class TestSalesforce(WriterConformance):
    vendor = SalesforceVendor
    takes = ("comment", "create_task", "update_task", "set_fields", "put_record")
    example: ClassVar[Json] = NOTE
    target = SalesforceVendor().record(3)["Id"]


class TestSmartsheet(WriterConformance):
    vendor = SmartsheetVendor
    takes = ("comment", "create_task", "update_task", "set_fields", "put_record")
    example: ClassVar[Json] = NOTE
    target = "55/7003"


class TestTryton(WriterConformance):
    vendor = TrytonVendor
    takes = ("comment",)
    example: ClassVar[Json] = NOTE
    target = "purchase.purchase,3"

    def is_write(self, request: httpx.Request) -> bool:
        return b'.create"' in request.content

    def sent(self, vendor: Any) -> int:
        return sum(self.is_write(request) for request in vendor.requests)


class TestFilesCsv(Writes):
    """Rows in files of ours: what a disk and another process do, in the place of a network."""

    name = "files"
    takes = ("put_record",)
    example: ClassVar[Json] = {"entity": "obligation", "fields": {"title": "Monthly report"}}
    kind: ClassVar[str] = "csv"

    @pytest.fixture(autouse=True)
    def place(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.patch = tmp_path, monkeypatch

    def make_target(self) -> Path:
        return self.folder / "out" / f"o.{self.kind}"

    def open(self, target: Path, how: str = "") -> Any:
        if how == "away":
            target.parent.write_text("a file where the folder should be")
        if how == "refused":
            self.patch.setattr("tempfile.mkstemp", _forbidden)
        if how == "lost":
            self.patch.setattr("tools.files.write.FilesWriter._source", _lost_once(self.patch))
        columns = {"title": "Title", "due_on": "Due"}
        write = {
            "folder": str(target.parent),
            "tables": {"obligation": {"file": target.name, "columns": columns}},
        }
        return connect({"files": {"folder": str(self.folder), "map": {"tables": []}, "write": write}})[
            "files"
        ]

    def rows(self, target: Path) -> list[list[Any]]:
        return _rows(target)

    def written(self, target: Path) -> int:
        return len(self.rows(target))

    def text_of(self, target: Path) -> str:
        return str(self.rows(target))

    def test_a_lost_answer_may_be_done_and_is_found_the_next_time(self) -> None:
        """The process dies behind the write: the next one finds the row."""
        target = self.make_target()
        with pytest.raises(KeyboardInterrupt):
            self.open(target, "lost").writer().create(self.action())
        assert self.written(target) == 1
        assert self.open(target).writer().create(self.action()).record.endswith(REFERENCE)
        assert self.written(target) == 1


class TestFilesXlsx(TestFilesCsv):
    kind = "xlsx"


class TestSftpCsv(Writes):
    """Rows in files of ours on a real SFTP server: the line is cut behind the renaming, and so on."""

    name = "sftp"
    takes = ("put_record",)
    example: ClassVar[Json] = {"entity": "obligation", "fields": {"title": "Monthly report"}}
    kind: ClassVar[str] = "csv"

    @pytest.fixture(autouse=True)
    def place(self, tmp_path: Path) -> Iterator[None]:
        root = tmp_path / "there"
        (root / "in").mkdir(parents=True)
        with running(Server(root)) as server:
            self.server = server
            yield

    def make_target(self) -> Path:
        return self.server.root / "in" / f"o.{self.kind}"

    def open(self, target: Path, how: str = "") -> Any:
        server, columns = self.server, {"title": "Title", "due_on": "Due"}
        server.after = (lambda step, _: server.cut() if "rename" in step else None) if how == "lost" else None
        table = {"file": target.name, "columns": columns}
        given = {
            "host": "127.0.0.1",
            "port": 1 if how == "away" else server.port,
            "user": USER,
            "password": "another" if how == "refused" else PASSWORD,
            "host_keys": [server.pin],
            "cache": str(server.root.parent / "cache"),
            "map": {"tables": []},
            "timeout": 5,
            "write": {"folder": "in", "lock_wait": "PT0S", "tables": {"obligation": table}},
        }
        return connect({"sftp": given})["sftp"]

    def written(self, target: Path) -> int:
        return len(_rows(target))

    def text_of(self, target: Path) -> str:
        return str(_rows(target))


class TestSftpXlsx(TestSftpCsv):
    kind = "xlsx"


def _rows(path: Path) -> list[list[Any]]:
    if not path.is_file():
        return []
    if path.suffix == ".xlsx":
        held = openpyxl.open(path)["Records"]
        return [list(row) for row in held.iter_rows(min_row=2, values_only=True)]
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))[1:]


def _forbidden(**_: Any) -> Any:
    raise PermissionError(13, "Permission denied")


def _lost_once(patch: pytest.MonkeyPatch) -> Any:
    """In the place of what tells where the row is: the process ends there, once."""

    def end(*_: Any) -> Any:
        patch.undo()
        raise KeyboardInterrupt

    return end
