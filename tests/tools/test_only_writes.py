"""Systems that only take messages, against the suite for them: e-mail at a real receiving server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.tools.conformance_writing import OnlyWrites
from tests.tools.test_mail import Receiver, mail_of, receiving
from tests.tools.vendors import Json


class TestMail(OnlyWrites):
    """What was sent is known by our own log alone: a mail whose answer was lost is sent again under the
    same Message-ID."""

    name = "mail"
    takes = ("send_message",)
    example: ClassVar[Json] = {"title": "Credit due", "text": "EUR 2,400.00"}
    finds_lost = False

    @pytest.fixture(autouse=True)
    def server(self, tmp_path: Path) -> Iterator[None]:
        with receiving(tmp_path) as self.receiver:
            self.folder = tmp_path
            yield

    def make_target(self) -> Receiver:
        return self.receiver

    def open(self, target: Receiver, how: str = "") -> Any:
        target.lose = how == "lost"
        changes: Json = {"away": {"port": 1}, "refused": {"password": "another"}}.get(how, {})
        return mail_of(target, self.folder, **changes)

    def written(self, target: Receiver) -> int:
        return len(target.mails)

    def text_of(self, target: Receiver) -> str:
        return str(target.raw)
