"""The type of a file, found in its first bytes, and the headers with which it may be shown. Pure.

What a customer sent is never trusted: only these types are shown in place, everything else is a download.
"""

from urllib.parse import quote

UNKNOWN = "application/octet-stream"
SNIFFED_BYTES = 32
_STARTS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"OggS": "audio/ogg",
    b"ID3": "audio/mpeg",
    b"\xff\xfb": "audio/mpeg",
    b"\xff\xf3": "audio/mpeg",
    b"\xff\xf2": "audio/mpeg",
    b"%PDF-": "application/pdf",
}
_AUDIO_BRANDS = frozenset((b"M4A ", b"M4B "))
_VIDEO_BRANDS = frozenset(
    (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"3gp4", b"3gp5")
)
_CHECKED = {
    **{name: {name} for name in ("image/png", "image/jpeg", "image/webp", "application/pdf")},
    "video/mp4": {"video/mp4"},
    "video/3gpp": {"video/mp4"},
    "audio/ogg": {"audio/ogg"},
    "audio/opus": {"audio/ogg"},
}
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"<")
_ENDINGS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "video/mp4": ".mp4",
    "application/pdf": ".pdf",
}


def sniffed_type(start: bytes) -> str:
    """Return the type of a file by its first bytes; `application/octet-stream` for all that is not shown in place."""
    for signature, type_ in _STARTS.items():
        if start.startswith(signature):
            return type_
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    if start[4:8] == b"ftyp":
        brand = start[8:12]
        return "audio/mp4" if brand in _AUDIO_BRANDS else "video/mp4" if brand in _VIDEO_BRANDS else UNKNOWN
    return UNKNOWN


def fits_type(start: bytes, type_: str) -> bool:
    """Return whether a file that begins so may be of a type. Types without a known beginning fit anything but those
    with one, and no program.
    """
    found = sniffed_type(start)
    if type_ in _CHECKED:
        return found in _CHECKED[type_]
    return (found == UNKNOWN and not start.startswith(_PROGRAMS)) or found == type_


def download_name(filename: str, type_: str) -> str:
    """Return a name for a download: the customer's without paths and control characters, or `file` with an ending."""
    name = "".join(one for one in filename.replace("\\", "/").rpartition("/")[2] if one.isprintable()).strip(" .")
    return name[:150] or f"file{_ENDINGS.get(type_, '')}"


def media_headers(type_: str, filename: str) -> dict[str, str]:
    """Return the headers for a file: none of its bytes can run as a page or a script of ours."""
    how = "attachment" if type_ == UNKNOWN else "inline"
    name = download_name(filename, type_)
    ascii_name = "".join(one if one.isascii() and one not in '"\\%;' else "_" for one in name)
    return {
        "Content-Type": type_,
        "Content-Disposition": f"{how}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, max-age=3600",
    }
