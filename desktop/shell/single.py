"""One window for one data folder: a second start brings the first to the front and says so.

A lock file says who is first, because it costs nothing; the local pipe by which the first is called is opened after
the first paint.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QDeadlineTimer, QLockFile, QObject, Signal

LOCK_NAME = "window.lock"
CONNECT_MS = 2000
# The first window may be at work; the second start is no window yet and keeps nobody waiting.
ANSWER_MS = 10_000
PAUSE_MS = 20
HELLO = b"show"


def server_name(home: Path) -> str:
    """The name by which the first window of a data folder is found; tells nothing about the folder."""
    import hashlib  # noqa: PLC0415 - OpenSSL, which an ordinary start loads after its first paint

    digest = hashlib.sha256(str(home.resolve()).casefold().encode()).hexdigest()
    return f"jingwushi-{digest[:24]}"


class SingleWindow(QObject):
    """Holds a data folder while the window is open. A local pipe, never a network socket."""

    asked_to_show = Signal()
    asked_to_take = Signal(object)

    def __init__(self, home: Path) -> None:
        super().__init__()
        self._home = home
        self._lock = QLockFile(str(home / LOCK_NAME))
        # A lock holds as long as its program lives, however long that is; Qt looks whether it does.
        self._lock.setStaleLockTime(0)
        self._server: Any = None
        self._callers: list[Any] = []

    def is_first(self) -> bool:
        """Whether no other window holds the folder; one that cannot be written is told about when it is opened."""
        if not self._home.is_dir():
            return True
        return self._lock.tryLock(0) or self._lock.error() != QLockFile.LockError.LockFailedError

    def call_first(self, bundle: Path | None = None) -> bool:
        """Asks the window that holds the folder to come to the front, and to take a bundle in; whether it heard."""
        from PySide6.QtNetwork import QLocalSocket  # noqa: PLC0415 - 20 ms that an ordinary start does not pay

        socket = QLocalSocket()
        socket.connectToServer(server_name(self._home))
        if not socket.waitForConnected(CONNECT_MS):
            return False
        socket.write(HELLO + (str(bundle.absolute()).encode() if bundle else b""))
        socket.waitForBytesWritten(CONNECT_MS)
        # Until the first has read it and hung up: on Windows a caller who leaves takes his words along. In short waits,
        # because Qt keeps Python's lock meanwhile.
        over, patience = QLocalSocket.LocalSocketState.UnconnectedState, QDeadlineTimer(ANSWER_MS)
        while socket.state() != over and not patience.hasExpired():
            socket.waitForDisconnected(PAUSE_MS)
        return socket.state() == over

    def listen(self) -> None:
        """Hears the calls of later starts from now on."""
        from PySide6.QtNetwork import QLocalServer  # noqa: PLC0415 - as above

        if self._server is not None:
            return
        # A name left behind by a killed program holds nobody; on Windows the pipe is gone with its program.
        name = server_name(self._home)
        QLocalServer.removeServer(name)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._was_called)
        self._server.listen(name)

    def _was_called(self) -> None:
        socket = self._server.nextPendingConnection()
        self._callers.append(socket)
        socket.readyRead.connect(self._hear)
        self.asked_to_show.emit()
        # What the caller said may be here before anybody listened.
        self._hear()

    def _hear(self) -> None:
        callers, self._callers = self._callers, []
        for socket in callers:
            said = bytes(socket.readAll().data())
            if not said:
                self._callers.append(socket)
                continue
            socket.close()
            socket.deleteLater()
            if said.startswith(HELLO) and said != HELLO:
                self.asked_to_take.emit(Path(said.removeprefix(HELLO).decode("utf-8")))

    def close(self) -> None:
        """Lets the folder go."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._lock.unlock()
