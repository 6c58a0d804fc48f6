"""When a TLS handshake begins and ends, which no client tells apart from connecting."""

import ssl
from collections.abc import Callable


def timed(context: ssl.SSLContext, *, begun: Callable[[], None], ended: Callable[[], None]) -> ssl.SSLContext:
    """The context itself, made to tell of each handshake: when it begins, and when it has come to its end.

    Both are called in the context of whoever opens the connection. A handshake that fails has only begun.
    """

    class Timed(ssl.SSLObject):
        # It is called again and again until the peer has said everything.
        _is_begun = False

        def do_handshake(self) -> None:
            if not self._is_begun:
                self._is_begun = True
                begun()
            super().do_handshake()
            ended()

    context.sslobject_class = Timed
    return context
