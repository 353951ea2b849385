"""Facts that the console's page needs before its first request. They are in the page itself, readable by everybody."""

from dataclasses import asdict, dataclass
from json import dumps


@dataclass(frozen=True, slots=True)
class PageOptions:
    """The facts that a page knows before its first request. landing: `/` shows strangers what Parley is. signup: anyone
    can register. phone: providers are simulated, and a page plays a customer's phone.
    """

    landing: bool = False
    signup: bool = False
    phone: bool = False

    def text(self, *, session: bool) -> str:
        """Return the options as JSON. session: whether the browser has a session, which may have ended."""
        return dumps(asdict(self) | {"session": session})
