"""Maps MSG91's errors to ours. It publishes no table: the form of its answers is assumed (`?`).

`?` `{"status": "fail", "hasError": true, "errors": …}`, where `errors` is a text, or an object with `message` and, if
WhatsApp refused, WhatsApp's `code`, which Meta's table has.
"""

from shared.providers.error_rules import ErrorRule, failed_status_error, numeric_code, send_error
from shared.providers.errors import ErrorKind, SendError
from shared.providers.meta.errors import CODES

_SMALLEST_WHATSAPP_CODE = 100_000  # smaller codes could be MSG91's own
_KEY = ErrorRule(ErrorKind.CHANNEL, "The authkey is wrong, or may not send from this number.")


def classify(http_status: int, code: int | None, *, detail: str = "", retry_after: float | None = None) -> SendError:
    """Return the error for a refused request. code: WhatsApp's, if there is one."""
    rule = _whatsapp(code)
    if rule is None and http_status in {401, 403}:
        rule = _KEY
    return send_error(rule, 400 if http_status < 300 else http_status, code, detail=detail, retry_after=retry_after)


def classify_status_error(code: str | int) -> SendError:
    """Return the error for the code of a failed status."""
    return failed_status_error(_whatsapp(numeric_code(code)), code)


def _whatsapp(code: int | None) -> ErrorRule | None:
    """Return the rule of a code of WhatsApp."""
    return CODES.get(code) if code is not None and code >= _SMALLEST_WHATSAPP_CODE else None
