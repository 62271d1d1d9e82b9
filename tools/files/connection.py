"""One SFTP connection: the server's key is compared with the pinned ones before we say who we are."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from tools.kit.errors import Fatal, Misconfigured, Retryable, Unauthorised

_PIECE = 1 << 20
_AT_ONCE = 64  # requests under way for one file: each brings 32 KB


@dataclass(frozen=True)
class Login:
    """Where to connect and as whom. Times are seconds."""

    vendor: str
    host: str
    port: int
    user: str
    host_keys: tuple[str, ...]
    password: SecretStr | None
    private_key: SecretStr | None
    passphrase: SecretStr | None
    timeout: float

    @property
    def place(self) -> str:
        return f"{self.user}@{self.host}:{self.port}"


def library() -> Any:
    """The library for SSH, imported when a server is first spoken to."""
    import paramiko

    return paramiko


@contextmanager
def connected(login: Login) -> Iterator[Any]:
    """An SFTP session. Raises Retryable where the server does not answer, Misconfigured where its key is
    none of the pinned ones, Unauthorised where it refuses us."""
    paramiko, key = library(), _private_key(login)
    try:
        line = socket.create_connection((login.host, login.port), timeout=login.timeout)
    except OSError as error:
        raise _unreachable(login, error) from None
    transport = paramiko.Transport(line)
    transport.banner_timeout = transport.auth_timeout = login.timeout
    try:
        _greet(login, transport)
        _enter(login, transport, key)
        server = paramiko.SFTPClient.from_transport(transport)
        if server is None:
            raise Retryable(login.vendor, "the server opens no SFTP session", place=login.place)
        channel = server.get_channel()
        if channel is not None:
            channel.settimeout(login.timeout)
        yield server
    finally:
        transport.close()


@contextmanager
def told(vendor: str, place: str) -> Iterator[None]:
    """What the server or the connection says, as one of our errors."""
    try:
        yield
    except PermissionError:
        remedy = "Give our user the rights for it on the server."
        raise Unauthorised(vendor, "the server refuses it", place=place, remedy=remedy) from None
    except FileNotFoundError:
        raise Fatal(
            vendor, "there is no such file or folder", place=place, remedy="Correct `folder`."
        ) from None
    except (library().SSHException, EOFError, OSError) as error:
        what = f"the connection failed or was cut off ({type(error).__name__})"
        if failed(error):
            what = "the server reports a failure"
        raise Retryable(vendor, what, place=place, remedy="It is tried again later.") from None


def failed(error: BaseException) -> bool:
    """Is it the server's own word that something was not done? The library gives it without a number."""
    return type(error) is OSError and error.errno is None


def pieces(vendor: str, server: Any, path: str, size: int, place: str) -> Iterator[bytes]:
    """The bytes of a file there, at most one more than the `size` it was said to have. `place` is what an
    error calls it."""
    left = size + 1
    with told(vendor, place):
        source = server.open(path, "rb")
        source.prefetch(size, _AT_ONCE)
    try:
        while left > 0:
            with told(vendor, place):
                piece = source.read(min(_PIECE, left))
            if not piece:
                return
            left -= len(piece)
            yield piece
    finally:
        with told(vendor, place):
            source.close()


def _greet(login: Login, transport: Any) -> None:
    """Agree on keys, and see that it is the server we know."""
    paramiko = library()
    kinds = tuple(dict.fromkeys(kind for pin in login.host_keys for kind in _kinds(pin)))
    if kinds and not any(pin.startswith("SHA256:") for pin in login.host_keys):
        transport.get_security_options().key_types = kinds
    try:
        transport.start_client(timeout=login.timeout)
    except (paramiko.SSHException, EOFError, OSError) as error:
        if isinstance(error, paramiko.IncompatiblePeer):
            raise _other_key(login, "a kind of key that is not pinned") from None
        raise _unreachable(login, error) from None
    key = transport.get_remote_server_key()
    shown = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
    said = (f"SHA256:{shown}", key.get_base64())
    if not any(hmac.compare_digest(_pinned(pin), form) for pin in login.host_keys for form in said):
        raise _other_key(login, f"{key.get_name()} SHA256:{shown}")


def _enter(login: Login, transport: Any, key: Any) -> None:
    paramiko = library()
    try:
        if key is not None:
            transport.auth_publickey(login.user, key)
        elif login.password is not None:
            # Many servers ask for a password as a question only: the library answers that too.
            transport.auth_password(login.user, login.password.get_secret_value())
    except paramiko.AuthenticationException as error:
        raise Unauthorised(
            login.vendor,
            f"the server refuses us ({type(error).__name__})",
            place=login.place,
            remedy="Check the user and the password or key in the connector's settings.",
        ) from None
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise _unreachable(login, error) from None
    if not transport.is_authenticated():
        raise Unauthorised(
            login.vendor, "the server wants more than one proof of who we are", place=login.place
        )


def _private_key(login: Login) -> Any:
    """Our key, whichever kind it is. Misconfigured where it cannot be read."""
    if login.private_key is None:
        return None
    paramiko = library()
    text = login.private_key.get_secret_value()
    phrase = login.passphrase.get_secret_value() if login.passphrase else None
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text), phrase)
        except (paramiko.SSHException, ValueError, IndexError, TypeError):
            continue
    raise Misconfigured(
        login.vendor,
        "the private key cannot be read",
        remedy="Give an Ed25519, ECDSA or RSA key as OpenSSH writes it, and its passphrase where it has one.",
    )


def _kinds(pin: str) -> tuple[str, ...]:
    """The kinds of signature that a pinned key can make."""
    name = pin.split()[0]
    return ("rsa-sha2-512", "rsa-sha2-256") if name == "ssh-rsa" else (name,)


def _pinned(pin: str) -> str:
    return pin.rstrip("=") if pin.startswith("SHA256:") else pin.split()[1]


def _other_key(login: Login, shown: str) -> Misconfigured:
    return Misconfigured(
        login.vendor,
        f"the server shows another key than the pinned ones: {shown}",
        place=login.place,
        remedy="Ask whoever runs the server whether its key changed; only then change host_keys.",
    )


def _unreachable(login: Login, error: BaseException) -> Retryable:
    what = f"the server cannot be reached ({type(error).__name__})"
    return Retryable(
        login.vendor, what, place=login.place, remedy="It is tried again later; check host and port."
    )
