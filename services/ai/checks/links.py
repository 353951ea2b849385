"""Finds the links in a text, and decides whether the business has named their target. Pure.

A host is found with any scheme, with `www.`, with any of IANA's top-level domains, with a path, as an address of
digits, and whatever its ending when it looks like a host of the business.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from unicodedata import name as letter_name

_TLDS = frozenset(
    word
    for line in Path(__file__).with_name("tlds.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for word in line.split()
)
# Words that begin a sentence too: `Thanks.It is`, with the space forgotten.
_SENTENCE_WORDS_TEXT = """
am as at be best buy by call do fit for free help here how id in is it love me my new no now one open our pay place
plus return safe sale save so store thanks to today us we work you your
"""
_SENTENCE_WORDS = frozenset(_SENTENCE_WORDS_TEXT.split())
_FILES_TEXT = """
pdf jpg jpeg png gif doc docx xls xlsx csv txt mp3 mp4 webp
"""
_FILES = frozenset(_FILES_TEXT.split())
_SCHEME = re.compile(
    r"(?<![\w])([a-z][a-z0-9+.-]{1,20}) ?: ?[\\/] ?[\\/]{0,2} ?([^\s/\\?#<>\"')\]|*]+)([^\s<>\"')\]|]*)", re.IGNORECASE
)
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_BARE = re.compile(rf"(?<![\w@.-])((?:{_LABEL}\.)+({_LABEL}))(?![\w@-])(?!\.\w)(?::\d+)?((?:[/?#][^\s<>\"')\]|]*)?)")
_IP = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?![\d.])()")
_EMAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}")
_DOTS = re.compile(r"(?<=[\w]) ?(?:\[\.\]|\(\.\)|[\[({] ?dot ?[\])}]) ?(?=\w)", re.IGNORECASE)
_SPOKEN = re.compile(
    r"(?<=\w) (?:dot|punto|ponto|point) (?=(?:com|net|org|io|co|info|me|app|shop|ng|ke|in|za|br)\b)", re.IGNORECASE
)
_SPACED = re.compile(r"(?<=[\w]) (?:\. ?|)\.(?: ?)(?=(?:com|net|org)\b)")


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link in a text. host: in lower case. path: with query and fragment. start, end: its span."""

    host: str
    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class NamedLinks:
    """Addresses that a business has named. hosts: with their subdomains and any path. pages: host and path on shared
    hosts, such as a payment service's; a path below them is fine. labels: words by which its own hosts are known.
    """

    hosts: frozenset[str]
    pages: frozenset[tuple[str, str]]
    labels: frozenset[str]

    def union(self, other: "NamedLinks") -> "NamedLinks":
        """Return the addresses of both."""
        return NamedLinks(self.hosts | other.hosts, self.pages | other.pages, self.labels)


def spoken_out(text: str) -> str:
    """Return the text with `[.]`, `(dot)` and ` dot com` as dots."""
    return _SPACED.sub(".", _SPOKEN.sub(".", _DOTS.sub(".", text)))


def links(text: str, labels: frozenset[str] = frozenset()) -> list[FoundLink]:
    """Return all links in a plain text. labels: see `NamedLinks`."""
    found = [
        FoundLink(_host(match[2]), _path(match[3]), match.start(), match.end())
        for match in _SCHEME.finditer(text)
        if match[1].lower() not in ("mailto", "tel", "sms")
    ]
    for match in _SCHEME.finditer(text):  # an address within an address
        found += [
            FoundLink(_host(more[2]), _path(more[3]), match.start(), match.end())
            for more in _SCHEME.finditer(match[3].lstrip("/?#"))
        ] + [
            FoundLink(_host(more[1]), "", match.start(), match.end())
            for more in _BARE.finditer(match[3].replace("/", " ").replace("=", " "))
            if more[2].lower() in _TLDS and more[2].lower() not in _FILES
        ]
    emails = [match.span() for match in _EMAIL.finditer(text)]
    for match in _BARE.finditer(text):
        within = [(link.start, link.end) for link in found] + emails
        if any(start <= match.start() < end for start, end in within):
            continue
        if _is_host(match, labels):
            found.append(FoundLink(_host(match[1]), _path(match[3]), match.start(), match.end()))
    found += [FoundLink(match[1], "", match.start(), match.end()) for match in _IP.finditer(text)]
    return found


def _is_host(match: re.Match[str], labels: frozenset[str]) -> bool:
    host, ending, path = match[1], match[2], match[3]
    if ending.isdigit() or not any(map(str.isalpha, ending)):
        return False
    if ending.lower() in _FILES and not path:
        return False
    if ending[0].isupper() and ending[1:].islower() and ending.lower() in _SENTENCE_WORDS and not path:
        return False
    parts = host.lower().split(".")
    if ending.lower() in _TLDS or ending.lower().startswith("xn--") or parts[0] == "www" or _mixes_scripts(host):
        return True
    if len(path) > 1 and path[0] == "/" and len(ending) >= 2 and not any(map(str.isdigit, parts[0])):
        return True
    return any(
        label in re.split(r"[-.]", host.lower()) or (len(label) > 4 and label in host.lower()) for label in labels
    )


def _mixes_scripts(host: str) -> bool:
    """Return whether a host mixes letters of several alphabets, to pass for another."""
    scripts = {letter_name(char, "?").split()[0] for char in host if char.isalpha()}
    return "LATIN" in scripts and bool(scripts & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})


def _host(written: str) -> str:
    host = written.rpartition("@")[2].partition(":")[0].lower().strip(".")
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def _path(written: str) -> str:
    return re.sub(r"[.,;:!?*_~]+$", "", re.sub(r"^:\d+", "", written.replace("\\", "/")))


def named_by(texts: Iterable[str], business: str, hosts: Iterable[str] = ()) -> NamedLinks:
    """Return the addresses in a business's texts. business: its name. hosts: given by its owner; then only these."""
    words = [word for word in re.findall(r"[a-z0-9]+", business.lower()) if len(word) >= 4]
    words += ["".join(words)] if len(words) > 1 else []
    given = frozenset(hosts)
    if given:
        return NamedLinks(given, frozenset(), _labels(given) | frozenset(words))
    found: set[str] = set()
    pages: set[tuple[str, str]] = set()
    for text in texts:
        found.update(_host(email[0]) for email in _EMAIL.finditer(text) if _own(email[0], words))
        for link in links(text):
            if not link.path.strip("/") or _own(link.host, words):
                found.add(link.host)
            else:
                pages.add((link.host, link.path))
    return NamedLinks(frozenset(found), frozenset(pages), _labels(link for link in found if _own(link, words)))


def _own(address: str, words: list[str]) -> bool:
    """Return whether a host most likely belongs to the business alone: it contains its name."""
    return any(word in address.rpartition("@")[2].lower() for word in words)


def _labels(hosts: Iterable[str]) -> frozenset[str]:
    return frozenset(host.removeprefix("www.").split(".")[0] for host in hosts if len(host) >= 4)


def may_link(link: FoundLink, named: NamedLinks) -> bool:
    """Return whether the business has named the target of a link."""
    if any(link.host == host or link.host.endswith(f".{host}") or f"www.{link.host}" == host for host in named.hosts):
        return True
    return any(_same_page(link, host, path) for host, path in named.pages)


def _same_page(link: FoundLink, host: str, path: str) -> bool:
    """Return whether a link on a shared host leads to the page that was named, or below it, or to the bare host."""
    if link.host.removeprefix("www.") != host.removeprefix("www."):
        return False
    here, there = link.path.rstrip("/"), path.rstrip("/")
    if not here:
        return True
    return here == there or (here.startswith((f"{there}/", f"{there}?", f"{there}#")) and ".." not in here)
