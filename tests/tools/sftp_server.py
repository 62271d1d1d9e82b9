"""A real SFTP server on the loopback interface, made with paramiko: a folder of this machine, one user.

It can be told to misbehave: to drop the line, to name files as no server should, to change one that is
being read. `before` and `after` are asked at each step that concerns writing, with its name and path; what
`before` answers is the answer in the place of the step.
"""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paramiko

USER, PASSWORD = "pacta", "s3cr3t-Value-9981"


@dataclass
class Server:
    """The server's doings: `root` is what it shows, `opened` the files that were opened."""

    root: Path
    host_key: paramiko.PKey = field(default_factory=lambda: paramiko.ECDSAKey.generate())
    user_key: paramiko.PKey | None = None
    extra: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    on_read: Callable[[Path], None] | None = None
    refuse_removal: bool = False
    asks: bool = False
    before: Callable[[str, str], int | None] | None = None
    after: Callable[[str, str], None] | None = None
    transports: list[paramiko.Transport] = field(default_factory=list)
    port: int = 0

    @property
    def pin(self) -> str:
        return f"{self.host_key.get_name()} {self.host_key.get_base64()}"

    def cut(self) -> None:
        """Every line is dropped, as by a broken network."""
        for transport in list(self.transports):  # not those that come meanwhile
            transport.close()

    def step(self, name: str, path: str, act: Callable[[], Any]) -> Any:
        """Do a step, unless it is to fail; what the disk says becomes what SFTP says."""
        early = self.before(name, path) if self.before else None
        if early is not None:
            return early
        try:
            done = act()
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        if self.after:
            self.after(name, path)
        return int(paramiko.SFTP_OK) if done is None else done


class _Door(paramiko.ServerInterface):
    def __init__(self, server: Server) -> None:
        self.server = server

    def check_auth_password(self, username: str, password: str) -> int:
        self.server.logins.append("password")
        known = (username, password) == (USER, PASSWORD) and not self.server.asks
        return paramiko.AUTH_SUCCESSFUL if known else paramiko.AUTH_FAILED

    def check_auth_interactive(self, username: str, submethods: str) -> Any:
        self.server.logins.append("question")
        return paramiko.InteractiveQuery("", "", ("Password: ", False))

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        return paramiko.AUTH_SUCCESSFUL if responses == [PASSWORD] else paramiko.AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self.server.logins.append("key")
        known = username == USER and key == self.server.user_key
        return paramiko.AUTH_SUCCESSFUL if known else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username: str) -> str:
        return "keyboard-interactive" if self.server.asks else "password,publickey"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


class _Handle(paramiko.SFTPHandle):
    def __init__(self, server: Server, path: Path) -> None:
        super().__init__(os.O_RDONLY)
        self._server = server
        self._path = path
        self._number = os.open(path, os.O_RDONLY)

    def stat(self) -> Any:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self._number))

    def close(self) -> None:
        super().close()
        os.close(self._number)

    def read(self, offset: int, length: int) -> bytes:
        piece = os.pread(self._number, length, offset)
        if self._server.on_read is not None:
            act, self._server.on_read = self._server.on_read, None
            act(self._path)
        return piece


class _Writing(paramiko.SFTPHandle):
    """A file being written. Its bytes go straight to the disk."""

    def __init__(self, server: Server, path: str, number: int) -> None:
        super().__init__(os.O_WRONLY)
        self._server = server
        self._path = path
        self._number = number

    def write(self, offset: int, data: bytes) -> int:
        def act() -> None:
            os.pwrite(self._number, data, offset)

        return int(self._server.step("write", self._path, act))

    def close(self) -> None:
        super().close()
        os.close(self._number)


class _Files(paramiko.SFTPServerInterface):
    def __init__(self, door: _Door, *rest: Any, **more: Any) -> None:
        super().__init__(door)
        self.server = door.server

    def _real(self, path: str) -> Path:
        return self.server.root / path.lstrip("/")

    def list_folder(self, path: str) -> Any:
        try:
            entries = sorted(self._real(path).iterdir())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        found = [paramiko.SFTPAttributes.from_stat(entry.lstat(), entry.name) for entry in entries]
        for name in self.server.extra if path.strip("/.") == "" else ():
            attributes = paramiko.SFTPAttributes()
            attributes.filename, attributes.st_mode, attributes.st_size, attributes.st_mtime = (
                name,
                0o100644,
                3,
                1,
            )
            found.append(attributes)
        return found

    def stat(self, path: str) -> Any:
        return self._stat(path, Path.stat)

    def lstat(self, path: str) -> Any:
        return self._stat(path, Path.lstat)

    def _stat(self, path: str, how: Callable[[Path], os.stat_result]) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(how(self._real(path)))
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    def open(self, path: str, flags: int, attr: Any) -> Any:
        self.server.opened.append(path.removeprefix("./"))
        real = self._real(path)
        if flags & os.O_WRONLY:
            return self.server.step(
                "open", path, lambda: _Writing(self.server, path, os.open(real, flags, 0o644))
            )
        if not real.exists():
            return paramiko.SFTP_NO_SUCH_FILE
        if not os.access(real, os.R_OK) or real.name == "locked.csv":
            return paramiko.SFTP_PERMISSION_DENIED
        return _Handle(self.server, real)

    def remove(self, path: str) -> int:
        if self.server.refuse_removal:
            return int(paramiko.SFTP_PERMISSION_DENIED)
        return int(self.server.step("remove", path, self._real(path).unlink))

    def rename(self, oldpath: str, newpath: str) -> int:
        def act() -> None:
            os.link(self._real(oldpath), self._real(newpath))  # fails where there is one already
            self._real(oldpath).unlink()

        return int(self.server.step("rename", newpath, act))

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        def act() -> None:
            self._real(oldpath).replace(self._real(newpath))

        return int(self.server.step("posix_rename", newpath, act))

    def chattr(self, path: str, attr: Any) -> int:
        return int(self.server.step("chattr", path, lambda: self._real(path).chmod(attr.st_mode & 0o777)))

    def mkdir(self, path: str, attr: Any) -> int:
        self._real(path).mkdir()
        return int(paramiko.SFTP_OK)


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """The server at `server.port` of the loopback interface, until the context ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    server.port = listener.getsockname()[1]
    transports = server.transports

    def serve() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(line)
            transport.add_server_key(server.host_key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files)
            transports.append(transport)
            try:
                transport.start_server(server=_Door(server))
            except (paramiko.SSHException, EOFError, OSError):
                transport.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.close()
        for transport in transports:
            transport.close()
