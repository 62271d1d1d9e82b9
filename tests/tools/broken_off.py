"""A read that the vendor breaks off, for tests of what goes on from there."""

from tools.kit import Connector, Retryable


def read_until(connector: Connector, kind: str, cursor: str | None) -> tuple[list[str], str]:
    """Record ids and the last cursor of a read that is broken off: the vendor must fail."""
    ids: list[str] = []
    try:
        for batch in connector.read(kind, cursor):
            ids += [record.id for record in batch.records]
            cursor = batch.cursor
    except Retryable:
        return ids, cursor or ""
    raise AssertionError("the read was not broken off")
