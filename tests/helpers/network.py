"""Nothing in a test leaves this machine: connecting or resolving anything but loopback raises at once."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", ""})


class NetworkForbidden(AssertionError):  # noqa: N818 - read as a sentence in a failing test
    """A test reached for an address outside this machine."""


def is_loopback(host: object) -> bool:
    """Whether a host, as text, bytes or None, is this machine itself."""
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if name.lower() in LOOPBACK_NAMES:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    # The unspecified address appears when a server listens on every interface of this machine.
    return address.is_loopback or address.is_unspecified


def _demand_loopback(host: object) -> None:
    if not is_loopback(host):
        raise NetworkForbidden(f"a test tried to reach {host!r}; only loopback is allowed")


def _demand_local_address(connection: socket.socket, address: Any) -> None:
    if connection.family in (socket.AF_INET, socket.AF_INET6):
        _demand_loopback(address[0])


@contextmanager
def network_guarded() -> Iterator[None]:
    """Forbids every way out of this machine that Python code has.

    Errors:  NetworkForbidden, inside the code that tried.
    """
    real_connect = socket.socket.connect
    real_connect_ex = socket.socket.connect_ex
    real_sendto = socket.socket.sendto
    real_getaddrinfo = socket.getaddrinfo

    def connect(connection: socket.socket, address: Any) -> None:
        _demand_local_address(connection, address)
        real_connect(connection, address)

    def connect_ex(connection: socket.socket, address: Any) -> int:
        _demand_local_address(connection, address)
        return real_connect_ex(connection, address)

    def sendto(connection: socket.socket, *arguments: Any) -> int:
        _demand_local_address(connection, arguments[-1])
        return real_sendto(connection, *arguments)

    def getaddrinfo(host: Any, *arguments: Any, **named: Any) -> Any:
        _demand_loopback(host)
        return real_getaddrinfo(host, *arguments, **named)

    with (
        patch.object(socket.socket, "connect", connect),
        patch.object(socket.socket, "connect_ex", connect_ex),
        patch.object(socket.socket, "sendto", sendto),
        patch.object(socket, "getaddrinfo", getaddrinfo),
    ):
        yield
