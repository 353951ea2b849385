"""A closed connection is an error of the connection for aiokafka, also on uvloop.

asyncio ignores what is written to a closed transport, and the driver learns of the end by reading. uvloop raises
RuntimeError, which aiokafka 0.14 does not expect (https://github.com/aio-libs/aiokafka/issues/1038). It ended the
driver's task that refreshes metadata: after a broker's restart a consumer waited for ever for its coordinator, was
removed from its group, and went on processing partitions that another member had by then.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError

_METHODS = ("send", "_send_sasl_token")


def install() -> None:
    """Let the driver's connections raise KafkaConnectionError; once per process, further calls do nothing."""
    for name in _METHODS:
        method = getattr(AIOKafkaConnection, name)
        if not hasattr(method, "__wrapped__"):
            setattr(AIOKafkaConnection, name, _with_connection_error(method))


def _with_connection_error(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def send(connection: Any, *args: Any, **options: Any) -> Any:
        try:
            return method(connection, *args, **options)
        except RuntimeError as error:
            writer = connection._writer
            if writer is None or not writer.is_closing():
                raise
            connection.close(reason=CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"Connection at {connection.host}:{connection.port} is closed") from error

    return send
