"""Names of images, as Dockerfile, Compose file and manifests write them: host, path, tag and digest."""

import re
from dataclasses import dataclass

_DOCKER_HUB = "docker.io"
_FORM = re.compile(
    r"(?:(?P<host>[a-z0-9.-]+(?:\.[a-z0-9.-]+|:\d+)|localhost)/)?"
    r"(?P<path>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


@dataclass(frozen=True, slots=True)
class ImageName:
    """An image. host and path: those of the registry, so `mongo` is `docker.io` and `library/mongo`."""

    host: str
    path: str
    tag: str
    digest: str = ""


def parse(text: str) -> ImageName:
    """Return the parts of a name; the tag is `latest` if there is none. Raises ValueError."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"{text} is not the name of an image")
    host, path = found["host"] or _DOCKER_HUB, found["path"]
    if host == _DOCKER_HUB and "/" not in path:
        path = f"library/{path}"
    return ImageName(host, path, found["tag"] or "latest", found["digest"] or "")


def without_digest(text: str) -> str:
    """Return a name as it is written, without its digest."""
    return text.partition("@")[0]
