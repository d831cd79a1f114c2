"""What goes wrong between this machine and a server, before `failures` tells it to the caller."""


class TransferError(Exception):
    """Any of the errors below.

    Attributes:
        is_pooled: Whether it happened on a connection that had served a request before.
        has_begun: Whether bytes of the answer had arrived; False also where that is not known.
    """

    is_pooled = False
    has_begun = False


class TransferTimeoutError(TransferError):
    """Something took too long."""


class PoolTimeoutError(TransferTimeoutError):
    """No connection was free."""


class ConnectTimeoutError(TransferTimeoutError):
    """The connection did not come about, TLS included."""


class WriteTimeoutError(TransferTimeoutError):
    """The server took nothing."""


class ReadTimeoutError(TransferTimeoutError):
    """The server sent nothing."""


class ConnectError(TransferError):
    """There is no connection; the cause is what the system or TLS said."""


class ReadError(TransferError):
    """The connection was lost while it was read."""


class WriteError(TransferError):
    """The connection was lost while it was written to."""


class CutError(TransferError):
    """The server ended the connection before its answer was over."""


class BadAnswerError(TransferError):
    """What the server sent is not proper HTTP."""


class BadRequestError(TransferError):
    """What is to be sent is not proper HTTP."""


class ProxyError(TransferError):
    """The proxy did not open the way."""


CUT = (ReadError, WriteError, CutError, BadAnswerError)
"""What a connection that the server closed while it was idle may end in."""
