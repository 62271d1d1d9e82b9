"""Mail, step by step of the exchange, in the face of what servers and lines do at each."""

import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.tools.smtp_script import STEPS, Script, plain, speaking
from tests.tools.test_mail import PASSWORD, USER, send
from tools import connect
from tools.kit import ConnectorError, Fatal, Retryable, Unauthorised

BEFORE = STEPS[:-1]


def mail_of(script: Script, folder: Path, **changes: Any) -> Any:
    given = {
        "kind": "mail",
        "host": "127.0.0.1",
        "port": script.port,
        "security": "none",
        "user": USER,
        "password": PASSWORD,
        "sender": "pacta@tessaly.example",
        "to": ["lena@tessaly.example"],
        "sent_log": str(folder / "sent.jsonl"),
        "timeout": 0.4,
        **changes,
    }
    return connect({"mail": given})["mail"]


def attempt(script: Script, folder: Path) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        mail_of(script, folder).writer().create(send())
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize("step", BEFORE)
@pytest.mark.parametrize("fault", ["421 shutting down", "cut", "silent"])
def test_what_fails_before_the_text_has_done_nothing(tmp_path: Path, step: str, fault: str) -> None:
    with speaking(Script(step, fault)) as script:
        error = attempt(script, tmp_path)
        assert isinstance(error, Retryable)
        assert not error.maybe_done or step == "DATA"
        script.times = 0
        mail_of(script, tmp_path).writer().create(send())
        assert len(script.taken) == 1


@pytest.mark.parametrize(
    ("step", "fault", "kind"),
    [
        ("AUTH", "535 no", Unauthorised),
        ("AUTH", "454 later", Retryable),
        ("MAIL", "550 not you", Fatal),
        ("MAIL", "451 later", Retryable),
        ("RCPT", "550 nobody", Fatal),
        ("RCPT", "452 full", Retryable),
        ("DATA", "554 no", Fatal),
        ("text", "552 too large", Fatal),
        ("text", "451 greylisted", Retryable),
    ],
)
def test_what_a_server_refuses_is_for_later_or_for_a_person(
    tmp_path: Path, step: str, fault: str, kind: type[ConnectorError]
) -> None:
    with speaking(Script(step, fault)) as script:
        error = attempt(script, tmp_path)
        assert type(error) is kind
        assert not getattr(error, "maybe_done", False)
        assert script.taken == []
        script.times = 0
        mail_of(script, tmp_path).writer().create(send())
        mail_of(script, tmp_path).writer().create(send())
        assert len(script.taken) == 1


@pytest.mark.parametrize("fault", ["cut", "silent", "junk"])
def test_an_answer_to_the_text_that_was_lost_may_be_done(tmp_path: Path, fault: str) -> None:
    with speaking(Script("text", fault)) as script:
        error = attempt(script, tmp_path)
        assert isinstance(error, Retryable)
        assert error.maybe_done
        script.times = 0
        mail_of(script, tmp_path).writer().create(send())
        numbers = [
            line for text in script.taken for line in text.splitlines() if line.startswith("Message-ID")
        ]
        assert len(numbers) == 2
        assert len(set(numbers)) == 1, "whoever gets it twice sees that it is one"


@pytest.mark.parametrize("step", STEPS)
def test_a_server_that_speaks_something_else_is_told(tmp_path: Path, step: str) -> None:
    for junk in ("junk", "250", "\x00\xff", "999 what"):
        with speaking(Script(step, junk, times=1)) as script:
            writer = mail_of(script, tmp_path / junk.strip("\x00")).writer()
            # What looks like "250" may be an answer at any step; all else is told, by errors of ours.
            with suppress(ConnectorError):
                writer.create(send())
            assert len(script.taken) <= 1


@pytest.mark.parametrize("step", STEPS)
def test_no_secret_leaves_whatever_the_server_says(
    tmp_path: Path, step: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for code in ("554", "421", "535"):
        echo = f"{code} {USER} {PASSWORD} {plain(USER, PASSWORD)} is wrong"
        with speaking(Script(step, echo)) as script:
            made = mail_of(script, tmp_path)
            said = []
            try:
                made.writer().create(send())
            except ConnectorError as error:
                said = [str(error), repr(error), error.remedy, str(error.problem())]
            said += [repr(made.check()), repr(vars(made)), caplog.text]
            for text in said:
                assert PASSWORD not in text
                assert plain(USER, PASSWORD) not in text


def test_a_check_ends_where_the_log_on_ends(tmp_path: Path) -> None:
    with speaking(Script("AUTH", "535 no")) as script:
        assert not mail_of(script, tmp_path).check().ok
    with speaking(Script()) as script:
        assert mail_of(script, tmp_path).check().ok
        assert script.taken == []
