"""SuiteQL over the books: the tables as NetSuite names them, its functions, its way of writing values.

The language is Oracle's as far as SuiteQL takes it; SQLite runs it on tables made anew. Instants are kept in
the branch's zone, as the user sees them; a plain date comes out as month/day/year, whatever time it holds.
"""

import re
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from sandbox.errors import QuerySyntax
from sandbox.netsuite.view import Ledger
from sandbox.netsuite.world import ZONE, story

# How an instant is told from text inside the database; it sorts as time does.
MARK = "\x01"
_COLUMNS = {
    "transaction": """
        id tranid transactionnumber trandisplayname type abbrevtype recordtype entity trandate
        duedate createddate lastmodifieddate status currency exchangerate foreigntotal
        foreignamountpaid foreignamountunpaid foreignpaymentamountused foreignpaymentamountunused
        memo externalid otherrefnum terms approvalstatus closedate daysopen daysoverduesearch
        paymenthold shipdate employee void voided posting postingperiod createdby lastmodifiedby
        source custbody_contract_number custbody_pacta_ref
    """,
    "transactionline": """
        id transaction linesequencenumber uniquekey mainline taxline accountinglinetype expenseaccount entity
        item itemtype memo
        quantity quantityshiprecv quantitybilled rate foreignamount netamount expectedreceiptdate
        isclosed closedate createdfrom subsidiary department class location units linecreateddate
        linelastmodifieddate
    """,
    "transactionaccountingline": """
        transaction transactionline account accountingbook amount debit credit netamount amountpaid
        amountunpaid exchangerate posting lastmodifieddate
    """,
    "previoustransactionlink": """
        previousdoc previousline previoustype nextdoc nextline nexttype linktype foreignamount
        lastmodifieddate
    """,
    "transactionstatus": "id name fullname trantype trancustomtype",
    "vendor": """
        id entityid companyname legalname externalid accountnumber isinactive datecreated
        lastmodifieddate currency terms email
    """,
    "entity": "id entityid entitytitle type externalid isinactive datecreated lastmodifieddate",
    "customer": "id entityid companyname externalid accountnumber isinactive datecreated lastmodifieddate",
    "task": """
        id title message status priority assigned transaction company startdate duedate completeddate
        externalid createddate lastmodifieddate
    """,
    "account": "id acctnumber accountsearchdisplayname fullname accttype isinactive",
    "currency": "id symbol name isinactive",
    "term": "id name daysuntilnetdue isinactive",
    "item": "id itemid displayname itemtype isinactive",
    "subsidiary": "id name parent isinactive",
    "employee": "id entityid email isinactive",
    "systemnote": "id recordid recordtypeid field oldvalue newvalue date name type",
    "deletedrecord": "deleteddate recordtypeid scriptid name recordid deletedby",
}
TABLES = {name: tuple(columns.split()) for name, columns in _COLUMNS.items()}
ALIASES = {
    "nexttransactionlink": "previoustransactionlink",
    "nexttransactionlinelink": "previoustransactionlink",
    "previoustransactionlinelink": "previoustransactionlink",
}
_FORMATS = (
    ("YYYY", "%Y"),
    ("MM", "%m"),
    ("DD", "%d"),
    ("HH24", "%H"),
    ("MI", "%M"),
    ("SS", "%S"),
    ("MON", "%b"),
)
_TOKENS = re.compile(r"('(?:[^']|'')*')|(\"[^\"]*\")|([A-Za-z_][\w.]*)|([^\s])|(\s+)")
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}


def run(ledger: Ledger, text: str) -> list[dict[str, str]]:
    """The rows of a query, every value as text, without those that are null. Raises QuerySyntax."""
    statement = translated(text)
    database = sqlite3.connect(":memory:")
    try:
        _fill(database, ledger, statement.lower())
        _functions(database, ledger)
        database.set_authorizer(lambda action, *_: 0 if action in _ALLOWED else 1)
        cursor = database.execute(statement)
        names = [str(column[0]).lower().rsplit(".", 1)[-1] for column in cursor.description]
        rows = cursor.fetchall()
    except sqlite3.Error as error:
        raise QuerySyntax(
            f"Invalid search query. Detailed unprocessed description follows. {error}"
        ) from None
    finally:
        database.close()
    return [
        {name: text_of(value) for name, value in zip(names, row, strict=True) if value is not None}
        for row in rows
    ]


def translated(text: str) -> str:
    """A SuiteQL statement as SQLite has it. Raises QuerySyntax for what SuiteQL does not know."""
    if not re.match(r"\s*(select|with)\b", text, re.IGNORECASE):
        raise QuerySyntax("Invalid search query. Only SELECT statements are supported.")
    if re.search(r"date\w*\s*(>=|<=|=|<|>)\s*'\d{4}-\d\d-\d\d", text, re.IGNORECASE):
        raise QuerySyntax("Invalid search query. A date is compared with text: use TO_DATE.")
    text = re.sub(
        r"\bSELECT\s+TOP\s+(\d+)\s(.*)", r"SELECT \2 FETCH FIRST \1 ROWS ONLY", text, flags=re.I | re.S
    )
    pieces = []
    for quoted, name, word, other, space in _TOKENS.findall(text):
        pieces.append(_piece(quoted) or name or _word(word) or other or space)
    joined = "".join(pieces)
    joined = re.sub(
        r"OFFSET\s+(\d+)\s+ROWS\s+FETCH\s+NEXT\s+(\d+)\s+ROWS\s+ONLY",
        r"LIMIT \2 OFFSET \1",
        joined,
        flags=re.I,
    )
    joined = re.sub(r"FETCH\s+(?:FIRST|NEXT)\s+(\d+)\s+ROWS\s+ONLY", r"LIMIT \1", joined, flags=re.I)
    # The display text of a column depends on which column it is.
    return re.sub(r"BUILTIN\.(DF|CF)\(\s*((?:\w+\.)?(\w+))\s*\)", _builtin, joined, flags=re.IGNORECASE)


def _builtin(found: re.Match[str]) -> str:
    return f"builtin_{found[1].lower()}('{found[3].lower()}', {found[2]})"


def _piece(quoted: str) -> str:
    """A day written as month/day/year counts as a date, as the user's preference says."""
    return f"to_date({quoted}, 'MM/DD/YYYY')" if re.fullmatch(r"'\d{1,2}/\d{1,2}/\d{4}'", quoted) else quoted


def _word(word: str) -> str:
    upper = word.upper()
    if upper == "LIMIT" or upper.startswith(("SQLITE_", "PRAGMA_")):
        raise QuerySyntax(f"Invalid search query. Unknown identifier '{word}'.")
    if upper == "SYSDATE":
        return "sysdate()"
    # A keyword of SQLite, here the name of a table and of a column.
    if "TRANSACTION" in upper.split("."):
        return ".".join(
            '"transaction"' if part.upper() == "TRANSACTION" else part for part in word.split(".")
        )
    return ALIASES.get(word.lower(), word)


# -- tables -------------------------------------------------------------------------------------------


def _fill(database: sqlite3.Connection, ledger: Ledger, statement: str) -> None:
    """Every table, with rows where the statement names it."""
    for name, columns in TABLES.items():
        listed = ", ".join(f'"{column}"' for column in columns)
        database.execute(f'create table "{name}" ({listed})')
        rows = _rows(name, ledger) if name in statement else []
        # No order is promised to a query that asks for none.
        rows.sort(key=lambda row: sha256(repr(sorted(row.items())).encode()).digest())
        marks = ", ".join("?" for _ in columns)
        values = [tuple(_kept(row.get(column)) for column in columns) for row in rows]
        database.executemany(f'insert into "{name}" values ({marks})', values)  # noqa: S608 - names are ours


def _rows(name: str, ledger: Ledger) -> list[dict[str, Any]]:
    told = story()
    fixed: dict[str, list[dict[str, Any]]] = {
        "currency": [dict(one) for one in told["currencies"]],
        "term": [
            {"id": one["id"], "name": one["name"], "daysuntilnetdue": one["days"]} for one in told["terms"]
        ],
        "item": [
            {"id": one["id"], "itemid": one["code"], "displayname": one["name"]} for one in told["items"]
        ],
        "subsidiary": [dict(told["subsidiary"])],
        "customer": [],
        "account": [
            {
                "id": one["id"],
                "acctnumber": one["number"],
                "accountsearchdisplayname": one["name"],
                "fullname": one["name"],
                "accttype": one["type"],
                "isinactive": False,
            }
            for one in told["accounts"]
        ],
        "employee": [
            {"id": one["id"], "entityid": one["name"], "email": one["email"]} for one in told["people"]
        ],
    }
    return fixed[name] if name in fixed else ledger.table(name)


def _kept(value: Any) -> Any:
    if isinstance(value, datetime):
        return MARK + value.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return MARK + value.strftime("%Y-%m-%d 00:00:00")
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def text_of(value: Any) -> str:
    """A value as an answer has it: text, days as month/day/year, statuses without their type."""
    if isinstance(value, str) and value.startswith(MARK):
        moment = datetime.fromisoformat(value[1:])
        return f"{moment.month}/{moment.day}/{moment.year}"
    if isinstance(value, str) and re.fullmatch(
        r"(PurchOrd|VendBill|VendPymt|VendCred|ItemRcpt):[A-Z]", value
    ):
        return value.rsplit(":", 1)[1]
    if isinstance(value, float):
        return f"{Decimal(repr(value)).normalize():f}"
    return str(value)


# -- functions ----------------------------------------------------------------------------------------


def _functions(database: sqlite3.Connection, ledger: Ledger) -> None:
    made: Sequence[tuple[str, int, Callable[..., Any]]] = (
        ("to_char", 2, _to_char),
        ("to_char", 1, lambda value: None if value is None else text_of(value)),
        ("to_date", 2, _to_date),
        ("to_timestamp", 2, _to_date),
        ("to_number", 1, _to_number),
        ("nvl", 2, lambda value, other: other if value is None else value),
        ("sysdate", 0, lambda: _kept(ledger.now)),
        ("sys_extract_utc", 1, _to_utc),
        ("trunc", 1, lambda value: value[:11] + " 00:00:00" if isinstance(value, str) and value else value),
        ("builtin_df", 2, ledger.display),
        ("builtin_cf", 2, lambda _, value: value),
    )
    for name, count, function in made:
        database.create_function(name, count, function, deterministic=True)


def _pattern(text: str) -> str:
    for oracle, python in _FORMATS:
        text = text.replace(oracle, python)
    return text.replace('"T"', "T").replace('"Z"', "Z")


def _to_char(value: Any, form: Any) -> Any:
    if not isinstance(value, str) or not value.startswith(MARK):
        return None if value is None else text_of(value)
    return datetime.fromisoformat(value[1:]).strftime(_pattern(str(form)))


def _to_date(value: Any, form: Any) -> Any:
    if value is None or (isinstance(value, str) and value.startswith(MARK)):
        return value
    local = datetime.strptime(str(value), _pattern(str(form))).replace(tzinfo=ZONE)
    return MARK + local.strftime("%Y-%m-%d %H:%M:%S")


def _to_utc(value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith(MARK):
        return value
    local = datetime.fromisoformat(value[1:]).replace(tzinfo=ZONE)
    return MARK + local.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _to_number(value: Any) -> Any:
    return None if value is None else float(value)
