"""Addresses to listen on."""

import socket
from typing import NoReturn

import typer

from service.cli import UNUSABLE
from service.settings import Settings


def bound(host: str, port: int, *, remedy: str) -> socket.socket:
    """A socket that listens. Exits with one line, which ends with the remedy, where it cannot."""
    # By its protocol every event loop knows it for TCP and has answers sent at once.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        # Whoever reads the address may connect at once, before the server takes the socket over.
        listening.listen(2048)
    except OSError as error:
        refuse(f"cannot listen on {host} port {port}: {error.strerror}. {remedy}")
    return listening


def metrics_socket(settings: Settings) -> socket.socket | None:
    """That of the metrics port, where one is set."""
    if settings.metrics_port is None:
        return None
    return bound(settings.metrics_host, settings.metrics_port, remedy="Choose another DUALTRACK_METRICS_PORT.")


def refuse(why: str) -> NoReturn:
    """Exit with one line on what cannot be done."""
    typer.echo(f"dualtrack: {why}", err=True)
    raise typer.Exit(UNUSABLE)
