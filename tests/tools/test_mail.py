"""E-mail against a real receiving server: once each, nothing smuggled, nothing in clear."""

import logging
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from hypothesis import given
from hypothesis import strategies as st

from obligations.model import Action
from tests.tools.certificates import self_signed
from tests.tools.test_ironclad import action
from tools import connect
from tools.kit import Connector, Fatal, Misconfigured, Retryable, Unauthorised, Writer
from tools.kit.payloads import Message
from tools.mail.connector import PROFILE, Mail
from tools.mail.text import Envelope, address, compose, message_id
from tools.messages import FileLog

USER, PASSWORD = "pacta", "s3cr3t-Value-9981"
EXAMPLES = Path(__file__).parents[2] / "tools" / "examples"


@dataclass
class Receiver:
    """What the server took, and how it misbehaves."""

    mails: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    rcpt: dict[str, str] = field(default_factory=dict)
    data: list[str] = field(default_factory=list)
    lose: bool = False
    auths: list[str] = field(default_factory=list)
    port: int = 0
    ca: Path | None = None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, to: str, options: Any) -> str:
        if to in self.rcpt:
            return self.rcpt[to]
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.data:
            return self.data.pop(0)
        self.raw.append(envelope.content)
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append((envelope.rcpt_tos, mail))
        if self.lose:
            self.lose = False
            server.transport.abort()
        return "250 taken"


def authenticate(receiver: Receiver) -> Any:
    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        receiver.auths.append(mechanism)
        good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)

    return check


class FreePort(Controller):
    """Takes any free port, and looks for itself there to see that it is up."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        socket.create_connection(("127.0.0.1", self.port)).close()


@contextmanager
def receiving(folder: Path, how: str = "starttls") -> Iterator[Receiver]:
    receiver = Receiver()
    certificate, key = self_signed(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    receiver.ca = certificate
    more: dict[str, Any] = {}
    if how == "starttls":
        more = {"tls_context": context, "require_starttls": True}
    elif how == "tls":
        more = {"ssl_context": context}
    if how != "none":
        more |= {"authenticator": authenticate(receiver), "auth_required": True}
        more |= {"auth_require_tls": how == "starttls"}
    controller = FreePort(receiver, hostname="127.0.0.1", port=0, **more)
    controller.start()
    receiver.port = controller.port
    try:
        yield receiver
    finally:
        controller.stop(no_assert=True)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path) as receiver:
        yield receiver


def settings(receiver: Receiver, folder: Path, **changes: Any) -> dict[str, Any]:
    given = {
        "kind": "mail",
        "host": "127.0.0.1",
        "port": receiver.port,
        "user": USER,
        "password": PASSWORD,
        "ca_file": str(receiver.ca),
        "sender": "Contracts <pacta@tessaly.example>",
        "to": ["lena@tessaly.example"],
        "sent_log": str(folder / "log" / "sent.jsonl"),
        "timeout": 5,
        **changes,
    }
    return {key: value for key, value in given.items() if value is not None}


def mail_of(receiver: Receiver, folder: Path, **changes: Any) -> Any:
    return connect({"mail": settings(receiver, folder, **changes)})["mail"]


def send(reference: str = "pacta-0001", target: str = "", **changes: Any) -> Action:
    payload = {"title": "Credit due", "text": "EUR 2,400.00\n.\nis owed.", **changes}
    return action("send_message", payload, target=target, reference=reference)


class TestSending:
    def test_a_message_arrives_whole(self, receiver: Receiver, tmp_path: Path) -> None:
        mail = mail_of(
            receiver, tmp_path, reply_to="contracts@tessaly.example", archive="all@tessaly.example"
        )
        assert isinstance(mail, Connector)
        writer = mail.writer()
        assert isinstance(writer, Writer)
        facts = [["Contract", "IC-101 <script>"], ["Größe", "ü"]]
        made = writer.create(send(facts=facts, link="https://pacta.example/a?b=1&c=2"))
        ((to, got),) = receiver.mails
        assert to == ["lena@tessaly.example", "all@tessaly.example"]
        assert got["To"] == "lena@tessaly.example"
        assert "all@tessaly.example" not in receiver.raw[0].decode()
        assert (got["Subject"], got["Reply-To"]) == ("Credit due", "contracts@tessaly.example")
        assert got["From"] == "Contracts <pacta@tessaly.example>"
        assert got["Message-ID"] == made.record == message_id("pacta-0001", "tessaly.example")
        assert got["Auto-Submitted"] == "auto-generated"
        assert got["X-Pacta-Reference"] == "pacta-0001"
        plain, page = (part.get_content().replace("\r\n", "\n") for part in got.iter_parts())
        assert "EUR 2,400.00\n.\nis owed." in plain
        assert "Contract: IC-101 <script>\nGröße: ü" in plain
        assert "<script>" not in page
        assert "https://pacta.example/a?b=1&amp;c=2" in page
        assert receiver.auths

    def test_once_each_and_found_again(self, receiver: Receiver, tmp_path: Path) -> None:
        writer = mail_of(receiver, tmp_path).writer()
        assert writer.find("pacta-0001") is None
        made = writer.create(send())
        assert writer.find("pacta-0001") == made
        assert mail_of(receiver, tmp_path).writer().create(send()) == made
        assert writer.find("pacta-000") is None
        assert len(receiver.mails) == 1

    def test_a_lost_answer_is_told_and_the_repetition_is_known_by_its_id(
        self, receiver: Receiver, tmp_path: Path
    ) -> None:
        writer = mail_of(receiver, tmp_path).writer()
        receiver.lose = True
        with pytest.raises(Retryable, match="lost") as caught:
            writer.create(send())
        assert caught.value.maybe_done
        assert writer.find("pacta-0001") is None
        writer.create(send())
        first, second = (mail["Message-ID"] for _, mail in receiver.mails)
        assert first == second
        assert writer.find("pacta-0001") is not None

    @pytest.mark.parametrize(
        ("answer", "error"), [("451 busy", Retryable), ("554 spam", Fatal), ("552 too big", Fatal)]
    )
    def test_a_refused_text_was_not_sent(
        self, receiver: Receiver, tmp_path: Path, answer: str, error: type[Exception]
    ) -> None:
        receiver.data = [answer]
        writer = mail_of(receiver, tmp_path).writer()
        with pytest.raises(error, match=answer[:3]) as caught:
            writer.create(send())
        assert not getattr(caught.value, "maybe_done", False)
        assert writer.find("pacta-0001") is None

    @pytest.mark.parametrize(("answer", "error"), [("450 greylisted", Retryable), ("550 nobody", Fatal)])
    def test_one_refused_recipient_stops_the_whole(
        self, receiver: Receiver, tmp_path: Path, answer: str, error: type[Exception]
    ) -> None:
        receiver.rcpt = {"gone@tessaly.example": answer}
        with pytest.raises(error, match=answer[:3]) as caught:
            mail_of(receiver, tmp_path).writer().create(
                send(to=["lena@tessaly.example", "gone@tessaly.example"])
            )
        assert "gone@tessaly.example" in str(caught.value)
        assert receiver.mails == []

    def test_recipients_by_action_target_and_settings(self, receiver: Receiver, tmp_path: Path) -> None:
        writer = mail_of(receiver, tmp_path, domains=["tessaly.example"]).writer()
        writer.create(send("pacta-0001", to=["one@tessaly.example"], target="two@tessaly.example"))
        writer.create(send("pacta-0002", target="two@tessaly.example"))
        writer.create(send("pacta-0003", target="INC0010427"))
        assert [to for to, _ in receiver.mails] == [
            ["one@tessaly.example"],
            ["two@tessaly.example"],
            ["lena@tessaly.example"],
        ]
        with pytest.raises(Fatal, match="no mail may go to x@elsewhere"):
            writer.create(send("pacta-0004", to=["x@elsewhere.example"]))
        with pytest.raises(Fatal, match="no recipients"):
            mail_of(receiver, tmp_path, to=[]).writer().create(send("pacta-0005"))

    def test_other_verbs_are_refused_and_nothing_is_read(self, receiver: Receiver, tmp_path: Path) -> None:
        mail = mail_of(receiver, tmp_path)
        with pytest.raises(Fatal, match="takes no comment"):
            mail.writer().create(action("comment", {"text": "x"}))
        with pytest.raises(Fatal, match="only sent"):
            mail.read("message", None)
        assert mail.discover() == ()

    def test_without_its_log_nothing_is_sent(self, receiver: Receiver, tmp_path: Path) -> None:
        (tmp_path / "log").write_text("a file where the folder should be")
        with pytest.raises(Fatal, match="log of what was sent"):
            mail_of(receiver, tmp_path).writer().create(send())
        assert receiver.mails == []

    def test_a_line_of_the_log_that_a_crash_cut_off_does_not_count(self, tmp_path: Path) -> None:
        log = FileLog("mail", tmp_path / "sent.jsonl")
        log.note("pacta-0001", "<x>", "sent")
        with (tmp_path / "sent.jsonl").open("a") as stream:
            stream.write('{"reference": "pacta-0002", "sta')
        assert log.sent("pacta-0001")
        assert not log.sent("pacta-0002")


class TestSmuggling:
    @pytest.mark.parametrize(
        "title", ["a\r\nBcc: x@evil.example", "a\nb", "a\rb", "a\x00b", "a\u2028b", "x" * 501]
    )
    def test_a_title_with_a_line_break_is_refused(
        self, receiver: Receiver, tmp_path: Path, title: str
    ) -> None:
        with pytest.raises(Fatal, match="title"):
            mail_of(receiver, tmp_path).writer().create(send(title=title))
        assert receiver.mails == []

    @pytest.mark.parametrize(
        "to",
        ["a@b.example\r\nRCPT TO:<x@evil.example>", "a@b.example, x@evil.example", "a", "@b", "a b@c.example",
         "<a@b.example> <c@d.example>", "a@b..example", '"x y"@b.example', "ü@b.example",
         "a@größe.example", ""],
    )  # fmt: skip
    def test_what_is_no_single_address_is_refused(self, receiver: Receiver, tmp_path: Path, to: str) -> None:
        with pytest.raises(Fatal, match="no mail address"):
            mail_of(receiver, tmp_path).writer().create(send(to=[to]))
        assert receiver.mails == []

    @pytest.mark.parametrize("link", ["javascript:alert(1)", "https://x y", "//x", "https://x\r\nA: b"])
    def test_a_link_that_is_none_is_refused(self, receiver: Receiver, tmp_path: Path, link: str) -> None:
        with pytest.raises(Fatal, match="link"):
            mail_of(receiver, tmp_path).writer().create(send(link=link))

    @given(text=st.text(min_size=1, max_size=300), value=st.text(max_size=50))
    def test_whatever_the_text_it_stays_text(self, text: str, value: str) -> None:
        sender = address("mail", "pacta@tessaly.example")
        message = Message(title="t", text=text, facts=(("name", value),))
        mail = compose(
            "mail", message, Envelope(sender, (sender,)), "pacta-1", datetime(2026, 1, 1, tzinfo=UTC)
        )
        raw = mail.as_bytes()
        assert b"\n" not in raw.replace(b"\r\n", b"")
        assert b"\r" not in raw.replace(b"\r\n", b"")
        assert max(len(line) for line in raw.split(b"\r\n")) <= 998
        read = message_from_bytes(raw, policy=default)
        assert set(read.keys()) == {
            "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Pacta-Reference",
            "MIME-Version", "Content-Type",
        }  # fmt: skip
        assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]


class TestSafety:
    @pytest.mark.filterwarnings("ignore:Requiring AUTH")  # aiosmtpd does not see that the line is encrypted
    def test_implicit_tls(self, tmp_path: Path) -> None:
        with receiving(tmp_path, "tls") as receiver:
            mail_of(receiver, tmp_path, security="tls").writer().create(send())
            assert len(receiver.mails) == 1

    def test_a_certificate_of_nobody_is_refused(self, receiver: Receiver, tmp_path: Path) -> None:
        with pytest.raises(Misconfigured, match="not trusted") as caught:
            mail_of(receiver, tmp_path, ca_file=None).writer().create(send())
        assert "ca_file" in caught.value.remedy
        assert receiver.auths == []

    def test_a_server_without_starttls_gets_no_password(self, tmp_path: Path) -> None:
        with receiving(tmp_path, "none") as receiver:
            with pytest.raises(Misconfigured, match="STARTTLS"):
                mail_of(receiver, tmp_path).writer().create(send())
            assert receiver.mails == receiver.auths == []
            plain = {"security": "none", "user": None, "password": None}
            mail_of(receiver, tmp_path, **plain).writer().create(send())
            assert len(receiver.mails) == 1

    def test_refused_credentials_say_so_and_no_secret_leaves(
        self, receiver: Receiver, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        mail = mail_of(receiver, tmp_path, user="somebody")
        with pytest.raises(Unauthorised) as caught:
            mail.writer().create(send())
        health = mail.check()
        assert not health.ok
        assert health.problems[0].remedy
        said = [str(caught.value), repr(caught.value), repr(mail.settings), str(health), caplog.text]
        assert all(PASSWORD not in text for text in said)

    def test_check_logs_on_and_sends_nothing(self, receiver: Receiver, tmp_path: Path) -> None:
        assert mail_of(receiver, tmp_path).check().ok
        assert receiver.auths
        assert receiver.mails == []

    def test_nobody_there_is_retryable(self, receiver: Receiver, tmp_path: Path) -> None:
        with pytest.raises(Retryable, match="cannot be reached"):
            mail_of(receiver, tmp_path, port=1).writer().create(send())

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"security": "none", "host": "mail.example"}, "unencrypted"),
            ({"user": ""}, "user belongs"),
            ({"password": None}, "user belongs"),
            ({"sender": "nobody"}, "no mail address"),
            ({"to": ["a\nb@c.example"]}, "no mail address"),
            ({"imap": {"host": "i", "user": "u", "password": "p", "folder": 'a"b'}}, "folder"),
            ({"colour": "red"}, "colour"),
        ],
    )
    def test_wrong_settings_are_refused(
        self, receiver: Receiver, tmp_path: Path, change: dict[str, Any], says: str
    ) -> None:
        with pytest.raises(Misconfigured, match=says) as caught:
            mail_of(receiver, tmp_path, **change)
        assert PASSWORD not in str(caught.value)

    def test_a_token_instead_of_a_password(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        said: list[str] = []

        def auth(self: smtplib.SMTP, mechanism: str, answer: Any, **_: Any) -> tuple[int, bytes]:
            said.extend([mechanism, answer()])
            return 235, b"in"

        monkeypatch.setattr(smtplib.SMTP, "auth", auth)
        oauth = {"token_url": "https://login.example/token", "client_id": "c", "client_secret": "s"}
        with receiving(tmp_path, "none") as receiver:
            given = settings(
                receiver, tmp_path, security="none", password=None, oauth={"type": "oauth2", **oauth}
            )
            Mail(PROFILE.settings.model_validate(given), token=lambda: "tok").writer().create(send())  # type: ignore[arg-type]
            assert said == ["XOAUTH2", f"user={USER}\x01auth=Bearer tok\x01\x01"]
            assert len(receiver.mails) == 1


@dataclass
class Mailbox:
    """As much of an IMAP server as a search needs."""

    ids: set[str] = field(default_factory=set)
    said: list[str] = field(default_factory=list)
    port: int = 0

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with line, line.makefile("rwb") as stream:
                self._talk(stream)

    def _talk(self, stream: Any) -> None:
        def say(*lines: str) -> None:
            stream.write("".join(f"{line}\r\n" for line in lines).encode())
            stream.flush()

        say("* OK ready")
        for raw in stream:
            tag, command, *rest = raw.decode().split(maxsplit=2)
            self.said.append(raw.decode().strip())
            word = rest[0].strip() if rest else ""
            if command == "CAPABILITY":
                say("* CAPABILITY IMAP4rev1", f"{tag} OK done")
            elif command == "LOGIN":
                say(f"{tag} OK done" if PASSWORD in word else f"{tag} NO refused")
            elif command == "EXAMINE":
                say(f"{tag} OK done" if "Sent" in word else f"{tag} NO no such mailbox")
            elif command == "SEARCH":
                say("* SEARCH 7" if any(each in word for each in self.ids) else "* SEARCH", f"{tag} OK done")
            else:
                say(f"{tag} OK done")


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    listener = socket.create_server(("127.0.0.1", 0))
    box.port = listener.getsockname()[1]
    threading.Thread(target=box.serve, args=(listener,), daemon=True).start()
    yield box
    listener.close()


class TestMailbox:
    def imap(self, mailbox: Mailbox, **changes: Any) -> dict[str, Any]:
        return {
            "host": "127.0.0.1",
            "port": mailbox.port,
            "security": "none",
            "user": USER,
            "password": PASSWORD,
            **changes,
        }

    def test_what_the_log_does_not_know_is_looked_for_in_the_mailbox(
        self, receiver: Receiver, mailbox: Mailbox, tmp_path: Path
    ) -> None:
        writer = mail_of(receiver, tmp_path, imap=self.imap(mailbox)).writer()
        receiver.lose = True
        with pytest.raises(Retryable):
            writer.create(send())
        mailbox.ids.add(message_id("pacta-0001", "tessaly.example"))
        assert writer.create(send()).record == message_id("pacta-0001", "tessaly.example")
        assert len(receiver.mails) == 1, "found in the mailbox, so not sent again"

    @pytest.mark.parametrize(
        ("change", "error"), [({"password": "wrong"}, Unauthorised), ({"folder": "Elsewhere"}, Misconfigured),
                              ({"port": 1}, Retryable)]
    )  # fmt: skip
    def test_nothing_is_sent_while_it_cannot_be_looked_into(
        self,
        receiver: Receiver,
        mailbox: Mailbox,
        tmp_path: Path,
        change: dict[str, Any],
        error: type[Exception],
    ) -> None:
        mail = mail_of(receiver, tmp_path, imap=self.imap(mailbox, **change))
        with pytest.raises(error):
            mail.writer().create(send())
        assert receiver.mails == []
        assert not mail.check().ok


def test_the_example_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PACTA_MAIL_PASSWORD", PASSWORD)
    given = yaml.safe_load((EXAMPLES / "mail.yaml").read_text())["connectors"]
    assert [connector.name for connector in connect(given).values()] == ["mail"]
