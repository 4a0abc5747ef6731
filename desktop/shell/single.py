"""One window for one data folder: a second start brings the first to the front and says so."""

from __future__ import annotations

import hashlib
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

CONNECT_MS = 300
HELLO = b"show"


def server_name(home: Path) -> str:
    """The name by which the first window of a data folder is found; tells nothing about the folder."""
    digest = hashlib.sha256(str(home.resolve()).casefold().encode()).hexdigest()
    return f"jingwushi-{digest[:24]}"


class SingleWindow(QObject):
    """Holds the name of a data folder while the window is open. A local pipe, never a network socket."""

    asked_to_show = Signal()

    def __init__(self, home: Path) -> None:
        super().__init__()
        self._name = server_name(home)
        self._server: QLocalServer | None = None

    def is_first(self) -> bool:
        """Whether no other window holds the folder; asks the other one to come to the front when there is one."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if socket.waitForConnected(CONNECT_MS):
            socket.write(HELLO)
            socket.waitForBytesWritten(CONNECT_MS)
            socket.disconnectFromServer()
            return False
        # A name left behind by a killed program holds nobody; on Windows the pipe is gone with its program.
        QLocalServer.removeServer(self._name)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._was_called)
        return self._server.listen(self._name)

    def _was_called(self) -> None:
        if self._server is None:
            return
        socket = self._server.nextPendingConnection()
        socket.disconnected.connect(socket.deleteLater)
        self.asked_to_show.emit()

    def close(self) -> None:
        """Lets the folder go."""
        if self._server is not None:
            self._server.close()
            self._server = None
