"""The benchmark of deliveries on a few lines written here, whose figures can be counted by hand."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.deliveries import ALL, main, run, text
from benchmarks.delivery_history import FIELDS, FILE, day, read

COLUMNS = [
    "ID",
    "PO / SO #",
    "ASN/DN #",
    "Vendor",
    "Item Description",
    "Line Item Quantity",
    "Line Item Value",
]
# id, order, vendor, quoted, ordered, scheduled, delivered, recorded
LINES = [
    ("1", "PO-1", "Alder", "Pre-PQ Process", "1/5/08", "1-Feb-08", "1-Feb-08", "1-Feb-08"),
    ("2", "PO-1", "Alder", "Pre-PQ Process", "1/5/08", "1-Feb-08", "31-Jan-08", "2-Feb-08"),
    ("3", "PO-2", "Alder", "Pre-PQ Process", "Date Not Captured", "1-Mar-08", "2-Mar-08", "2-Mar-08"),
    ("4", "PO-3", "Alder", "1/2/09", "1/5/09", "31-Dec-09", "31-Dec-09", "31-Dec-09"),
    ("5", "PO-4", "Birch", "1/2/09", "N/A - From RDC", "1-Jul-09", "1-Jul-09", "30-Jun-09"),
    ("6", "PO-5", "Birch", "1/2/09", "8/1/09", "1-Jul-09", "1-Sep-09", "1-Sep-09"),
    ("7", "PO-6", "Birch", "1/2/09", "2/1/09", "1-Jul-09", "1-Jul-09", "1-Jul-09"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with (tmp_path / FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*COLUMNS, *FIELDS])
        writer.writeheader()
        for number, order, vendor, *dates in LINES:
            row = {"ID": number, "PO / SO #": order, "ASN/DN #": f"ASN-{number}", "Vendor": vendor}
            row |= {"Item Description": "tablets", "Line Item Quantity": "10", "Line Item Value": "1,250.5"}
            writer.writerow({**row, **dict(zip(FIELDS, dates, strict=True))})
    return tmp_path


@pytest.fixture
def result(folder: Path) -> dict[str, Any]:
    return run(folder, "50")


def shares(result: dict[str, Any]) -> dict[tuple[str, int], tuple[int, str | None, str | None, str]]:
    return {
        (row["vendor"], row["year"]): (
            row["lines"],
            row["on_time"]["percent"],
            row["on_the_day"]["percent"],
            row["on_time"]["outcome"],
        )
        for row in result["performance"]
    }


def test_shares_by_vendor_and_year(result: dict[str, Any]) -> None:
    assert shares(result) == {
        (ALL, 2008): (3, "66.67", "33.33", "met"),
        (ALL, 2009): (3, "66.67", "66.67", "met"),
        ("Alder", 2008): (3, "66.67", "33.33", "met"),
        ("Alder", 2009): (1, "100.00", "100.00", "met"),
        ("Birch", 2009): (2, "50.00", "50.00", "met"),
    }


def test_a_day_that_is_not_known_is_counted_neither_way_where_it_matters(folder: Path) -> None:
    row = next(r for r in run(folder, "75")["performance"] if (r["vendor"], r["year"]) == ("Birch", 2009))
    assert row["on_time"]["outcome"] == "undetermined"
    assert row["on_time"]["missing"] == ["the day of receipt of ASN-5/5"]


def test_every_bad_date_is_listed_with_its_reason(result: dict[str, Any]) -> None:
    listed = {(bad["row"], bad["field"], bad["value"]) for bad in result["bad_dates"]}
    assert listed == {
        ("1", "PQ First Sent to Client Date", "Pre-PQ Process"),
        ("2", "PQ First Sent to Client Date", "Pre-PQ Process"),
        ("3", "PQ First Sent to Client Date", "Pre-PQ Process"),
        ("3", "PO Sent to Vendor Date", "Date Not Captured"),
        ("5", "PO Sent to Vendor Date", "N/A - From RDC"),
        ("5", "Delivered to Client Date", "1-Jul-09"),
        ("5", "Delivery Recorded Date", "30-Jun-09"),
        ("6", "PO Sent to Vendor Date", "8/1/09"),
        ("6", "Scheduled Delivery Date", "1-Jul-09"),
    }
    assert all(bad["reason"] for bad in result["bad_dates"])
    assert result["delivered_days_not_relied_on"] == 1
    assert result["lines_in_no_year"] == 1


def test_the_table_and_the_json_say_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(folder), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    table = text(printed)
    assert "Alder" in table
    assert "66.67 %" in table
    assert 'row 6: Scheduled Delivery Date 1-Jul-09 contradicts "PO Sent to Vendor Date" 8/1/09' in table


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2-Jun-06", "2006-06-02"),
        ("11/13/06", "2006-11-13"),
        ("13/11/06", None),
        ("30-Feb-08", None),
        ("", None),
    ],
)
def test_what_is_a_date(written: str, read_as: str | None) -> None:
    found = day(written)
    assert (found.isoformat() if found else None) == read_as


def test_a_history_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path)
