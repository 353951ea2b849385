"""MSG91's refusals in our classes. It publishes no table: what its answers look like is assumed (`?`).

`?` `{"status": "fail", "hasError": true, "errors": …}`, where `errors` is a text or an object with `message` and, when
WhatsApp refused, WhatsApp's `code`: then Meta's table says what to do.
"""

from shared.providers.error_rules import ErrorRule, failed_status_error, numeric_code, send_error
from shared.providers.errors import ErrorKind, SendError
from shared.providers.meta.errors import CODES

_WHATSAPP = 100_000
_KEY = ErrorRule(ErrorKind.CHANNEL, "The authkey is wrong, or may not send from this number.")


def classify(http_status: int, code: int | None, *, detail: str = "", retry_after: float | None = None) -> SendError:
    """What a refusal in MSG91's own form means. code: WhatsApp's, if there is one."""
    rule = _whatsapp(code)
    if rule is None and http_status in {401, 403}:
        rule = _KEY
    return send_error(rule, 400 if http_status < 300 else http_status, code, detail=detail, retry_after=retry_after)


def classify_status_error(code: str | int) -> SendError:
    """What a code in a failed status means."""
    return failed_status_error(_whatsapp(numeric_code(code)), code)


def _whatsapp(code: int | None) -> ErrorRule | None:
    """What WhatsApp's code says; the small ones could be MSG91's own."""
    return CODES.get(code) if code is not None and code >= _WHATSAPP else None
