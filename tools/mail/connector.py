"""E-mail by SMTP: messages out, each once as far as SMTP allows."""

from __future__ import annotations

import base64
import imaplib
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from obligations.facts import Fact, Source
from obligations.model import Action
from obligations.quantities import Frozen
from tools.kit import reference as ref
from tools.kit.auth import ClientCredentials, Secret, authenticator
from tools.kit.errors import ConnectorError, Fatal, Misconfigured, Retryable, Unauthorised
from tools.kit.payloads import Message, payload, refused
from tools.kit.profile import Profile
from tools.kit.redact import redact, shorten
from tools.kit.schemes import Outgoing
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe
from tools.mail.text import Envelope, address, compose, message_id
from tools.messages import FileLog, SentLog

TAKES = ("send_message",)
Security = Literal["starttls", "tls", "none"]
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class ImapSettings(Frozen):
    """A mailbox in which what was sent can be seen, such as one that gets a copy of everything."""

    host: str
    port: int = Field(default=993, ge=1, le=65535)
    security: Security = "tls"
    user: str
    password: Secret
    folder: str = Field(default="Sent", pattern=r'^[^"\\\r\n]+$')


class MailSettings(Frozen):
    """Settings of an SMTP server. `to` gets what names nobody; `domains` are those that may be written to
    at all (empty: any). `oauth` logs on by token (XOAUTH2) instead of by password."""

    kind: Literal["mail"] = "mail"
    name: str = Field(default="", pattern=r"^[a-z0-9_-]*$")
    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    security: Security = "starttls"
    user: str = ""
    password: Secret | None = None
    oauth: ClientCredentials | None = None
    ca_file: Path | None = None
    plain: bool = Field(default=False, description="allow an unencrypted connection to another machine")
    sender: str
    reply_to: str = ""
    to: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    archive: str = Field(default="", description="gets a blind copy of everything")
    sent_log: Path
    imap: ImapSettings | None = None
    timeout: float = Field(default=30, gt=0)

    @field_validator("sender", "reply_to", "archive")
    @classmethod
    def _one_address(cls, text: str) -> str:
        if text:
            _plain_address(text)
        return text

    @field_validator("to")
    @classmethod
    def _addresses(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for text in given:
            _plain_address(text)
        return given

    @model_validator(mode="after")
    def _safe(self) -> MailSettings:
        if self.password is not None and self.oauth is not None:
            raise ValueError("give either password or oauth")
        if bool(self.user) != (self.password is not None or self.oauth is not None):
            raise ValueError("user belongs together with password or oauth")
        sides = [(self.host, self.security)] + ([(self.imap.host, self.imap.security)] if self.imap else [])
        for host, security in sides:
            if security == "none" and host not in _THIS_MACHINE and not self.plain:
                raise ValueError(f"mail would go to {host} unencrypted: use starttls or tls, or set plain")
        return self


class Mail:
    """Writes e-mails; reads nothing."""

    def __init__(self, settings: MailSettings, token: Callable[[], str] | None = None) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._token = token or self._fetched_token

    def check(self) -> Health:
        """Connect, log on and leave again: no mail is sent."""
        trials: dict[str, Callable[[], object]] = {"the mail server": lambda: _enter(self._server())}
        if self.settings.imap is not None:
            trials["the mailbox of sent mail"] = lambda: self.writer().find("pacta-check")
        found = probe(self.name, trials)
        works = "can send" if found.ok else "cannot send"
        return found.model_copy(update={"detail": works})

    def discover(self) -> tuple[Stream, ...]:
        return ()

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Nothing: mail is only sent."""
        remedy = "Read the system in which things happen."
        raise Fatal(self.name, f"there is no kind {kind!r}: mail is only sent", remedy=remedy)

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        return ()

    def writer(self) -> MailWriter:
        return MailWriter(self.name, self.settings, self._server, FileLog(self.name, self.settings.sent_log))

    def _fetched_token(self) -> str:
        """A new access token for XOAUTH2."""
        from tools.kit.http import Client

        oauth = self.settings.oauth
        assert oauth is not None  # asked only where it is set
        parts = urlsplit(oauth.token_url)
        door = Client(self.name, f"{parts.scheme}://{parts.netloc}")
        try:
            given = authenticator(oauth, door).headers(Outgoing("POST", "smtp", b"", ""))
        finally:
            door.close()
        return given["Authorization"].removeprefix("Bearer ")

    @contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        """The server, connected and logged on. Raises Retryable, Unauthorised or Misconfigured."""
        given = self.settings
        context = _tls(self.name, given.ca_file)
        server: smtplib.SMTP | None = None
        try:
            with _told(self.name, given):
                if given.security == "tls":
                    server = smtplib.SMTP_SSL(given.host, given.port, timeout=given.timeout, context=context)
                else:
                    server = smtplib.SMTP(given.host, given.port, timeout=given.timeout)
                server.ehlo_or_helo_if_needed()
                if given.security == "starttls":
                    server.starttls(context=context)
                self._log_on(server)
            yield server
        finally:
            if server is not None:
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()
                server.close()

    def _log_on(self, server: smtplib.SMTP) -> None:
        given = self.settings
        if given.password is not None:
            server.login(given.user, given.password.get_secret_value())
        elif given.oauth is not None:
            said = f"user={given.user}\x01auth=Bearer {self._token()}\x01\x01"
            # After a refusal the server wants an empty line before it says 535.
            server.ehlo_or_helo_if_needed()
            server.auth("XOAUTH2", lambda challenge=None: said if challenge is None else "")


class MailWriter:
    """Sends messages."""

    def __init__(self, name: str, settings: MailSettings, server: Callable[[], Any], log: SentLog) -> None:
        self.name = name
        self.settings = settings
        self._server = server
        self._log = log
        self._sender = address(name, settings.sender)

    def find(self, reference: str, target: str = "") -> Source | None:
        """The message with our reference: by our own log, else in the mailbox that the settings name."""
        wanted = ref.checked(self.name, reference)
        if self._log.sent(wanted) or (self.settings.imap is not None and self._in_mailbox(wanted)):
            return self._source(wanted)
        return None

    def create(self, action: Action) -> Source:
        """Carry out a send_message; `target` is an address where the payload names none.

        Raises Retryable with `maybe_done` where the server's answer to the text was lost: sent again, the
        message has the same Message-ID.
        """
        if action.verb not in TAKES:
            raise refused(self.name, action, TAKES, "mail has no records")
        found = self.find(action.reference)
        if found is not None:
            return found
        message = payload(self.name, action, Message)
        to = self._recipients(message, action.target)
        reply_to = address(self.name, self.settings.reply_to) if self.settings.reply_to else None
        mail = compose(
            self.name, message, Envelope(self._sender, to, reply_to), action.reference, datetime.now(UTC)
        )
        with self._server() as server:
            self._hand_over(server, mail, to, action.reference)
        return self._source(action.reference)

    def _recipients(self, message: Message, target: str) -> tuple[Address, ...]:
        given = message.to or ((target,) if "@" in target else ()) or self.settings.to
        if not given:
            remedy = "Name them in the action, or set `to`."
            raise Fatal(self.name, "the message has no recipients", remedy=remedy)
        found = tuple(address(self.name, text) for text in given)
        allowed = {domain.casefold() for domain in self.settings.domains}
        for each in found:
            if allowed and each.domain.casefold() not in allowed:
                remedy = "Add its domain to `domains` if it may be written to."
                raise Fatal(self.name, f"no mail may go to {each.addr_spec}", remedy=remedy)
        return found

    def _hand_over(
        self, server: smtplib.SMTP, mail: EmailMessage, to: tuple[Address, ...], reference: str
    ) -> None:
        """The exchange itself. Before the text is handed over nothing has happened; after it, anything."""
        copies = [address(self.name, self.settings.archive)] if self.settings.archive else []
        with _told(self.name, self.settings):
            self._accepted(server.mail(self._sender.addr_spec), self._sender.addr_spec)
            for each in (*to, *copies):
                self._accepted(server.rcpt(each.addr_spec), each.addr_spec)
        self._log.note(reference, mail["Message-ID"], "begun")
        try:
            code, said = server.data(mail.as_bytes())
        except smtplib.SMTPDataError as error:  # the text was not asked for, so nothing was handed over
            code, said = error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else b""
            self._accepted((code, said) if code >= 400 else (-1, b""), reference)
        except (smtplib.SMTPException, OSError) as error:
            raise Retryable(
                self.name,
                f"the answer was lost ({type(error).__name__})",
                place=reference,
                maybe_done=True,
                remedy="It is sent again under the same Message-ID.",
            ) from None
        self._accepted((code, said), reference, handed_over=True)
        self._log.note(reference, mail["Message-ID"], "sent")

    def _accepted(self, answer: tuple[int, bytes], what: str, handed_over: bool = False) -> None:
        """Raises Retryable for a 4xx answer and for one that is none of SMTP's, Fatal for a 5xx one."""
        code, text = answer
        if 200 <= code < 300:
            return
        said = shorten(redact(text.decode("utf-8", "replace"), _secrets(self.settings)), 200)
        if 400 <= code < 500:
            remedy = "It is tried again later, as the server asks."
            raise Retryable(self.name, f"not now ({code}): {said}", place=what, status=code, remedy=remedy)
        if 500 <= code < 600:
            remedy = "Correct the address, or ask whoever runs the mail server."
            raise Fatal(self.name, f"refused ({code}): {said}", place=what, status=code, remedy=remedy)
        raise Retryable(
            self.name,
            "the mail server answers something that is no answer of SMTP",
            place=what,
            maybe_done=handed_over,
            remedy="It is sent again under the same Message-ID."
            if handed_over
            else "It is tried again later.",
        )

    def _in_mailbox(self, reference: str) -> bool:
        """Does the mailbox hold the message? Raises Retryable or Unauthorised."""
        imap = self.settings.imap
        assert imap is not None  # asked only where it is set
        wanted = message_id(reference, self._sender.domain)
        context = _tls(self.name, self.settings.ca_file)
        place = f"{imap.host}:{imap.port}"
        try:
            with _mailbox(imap, context, self.settings.timeout) as box:
                try:
                    box.login(imap.user, imap.password.get_secret_value())
                except imaplib.IMAP4.error:
                    remedy = "Check imap.user and imap.password."
                    raise Unauthorised(
                        self.name, "the mailbox refuses us", place=place, remedy=remedy
                    ) from None
                status, _ = box.select(f'"{imap.folder}"', readonly=True)
                if status != "OK":
                    what = f"there is no folder {imap.folder!r}"
                    raise Misconfigured(self.name, what, place=place, remedy="Correct imap.folder.")
                status, numbers = box.search(None, "HEADER", "Message-ID", f'"{wanted}"')
                return status == "OK" and bool(numbers and numbers[0] and numbers[0].split())
        except (imaplib.IMAP4.error, OSError) as error:
            what = f"the mailbox cannot be searched ({type(error).__name__})"
            remedy = "Nothing is sent while it cannot be looked into; it is tried again later."
            raise Retryable(self.name, what, place=place, remedy=remedy) from None

    def _source(self, reference: str) -> Source:
        record = message_id(reference, self._sender.domain)
        return Source(system=self.name, record=record, label=f"mail {reference}")


@contextmanager
def _mailbox(imap: ImapSettings, context: ssl.SSLContext, timeout: float) -> Iterator[imaplib.IMAP4]:
    box: imaplib.IMAP4
    if imap.security == "tls":
        box = imaplib.IMAP4_SSL(imap.host, imap.port, ssl_context=context, timeout=timeout)
    else:
        box = imaplib.IMAP4(imap.host, imap.port, timeout=timeout)
    try:
        if imap.security == "starttls":
            box.starttls(context)
        yield box
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            box.logout()


@contextmanager
def _told(vendor: str, settings: MailSettings) -> Iterator[None]:
    """What the server says before it has taken anything, as one of our errors."""
    place = f"{settings.host}:{settings.port}"
    try:
        yield
    except ConnectorError:
        raise
    except smtplib.SMTPAuthenticationError as error:
        temporary = 400 <= error.smtp_code < 500
        what = f"the mail server does not let us in ({error.smtp_code})"
        if temporary:
            raise Retryable(vendor, what, place=place, remedy="It is tried again later.") from None
        remedy = "Check user and password, or oauth."
        raise Unauthorised(vendor, what, place=place, remedy=remedy) from None
    except smtplib.SMTPNotSupportedError as error:
        remedy = "Use the port and `security` that the server offers."
        raise Misconfigured(
            vendor, f"the mail server cannot do it: {error}", place=place, remedy=remedy
        ) from None
    except ssl.SSLCertVerificationError:
        remedy = "Set ca_file to the authority that signed it; check `host`."
        raise Misconfigured(vendor, "its certificate is not trusted", place=place, remedy=remedy) from None
    except (smtplib.SMTPException, OSError) as error:
        what = f"the mail server cannot be reached or broke off ({type(error).__name__})"
        raise Retryable(vendor, what, place=place, remedy="It is tried again later.") from None


def _secrets(settings: MailSettings) -> tuple[str, ...]:
    """Our password, also as it travels: a server may repeat what it was sent."""
    if settings.password is None:
        return ()
    word = settings.password.get_secret_value()
    sent = (word, f"\0{settings.user}\0{word}")
    return (word, *(base64.b64encode(each.encode()).decode() for each in sent))


def _enter(server: Any) -> None:
    with server:
        pass


def _tls(vendor: str, ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except OSError as error:
        raise Misconfigured(vendor, f"ca_file cannot be used: {error}", place=str(ca_file)) from None


def _plain_address(text: str) -> None:
    try:
        address("mail", text)
    except Fatal as error:
        raise ValueError(error.what) from None


PROFILE = Profile(
    kind="mail",
    title="E-mail (SMTP)",
    area="messages",
    settings=MailSettings,
    make=lambda settings, _: Mail(settings),
    writes=("messages",),
    proved=(
        ("real system", "aiosmtpd as the receiving server: STARTTLS, TLS, AUTH, refusals, a lost answer"),
    ),
    waits=("XOAUTH2 with a real provider", "how a real mailbox answers the search for a Message-ID"),
    http=False,
)
