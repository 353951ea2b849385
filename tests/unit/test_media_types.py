"""Types of customers' files: only what the first bytes prove is shown in place, whatever provider or name say."""

import pytest

from shared.operations.media.types import UNKNOWN, media_headers, sniffed_type

STARTS = {
    b"\x89PNG\r\n\x1a\n0000": "image/png",
    b"\xff\xd8\xff\xe0": "image/jpeg",
    b"GIF89a": "image/gif",
    b"RIFF\x00\x00\x00\x00WEBPVP8 ": "image/webp",
    b"RIFF\x00\x00\x00\x00WAVE": UNKNOWN,
    b"OggS\x00": "audio/ogg",
    b"ID3\x04": "audio/mpeg",
    b"\x00\x00\x00\x20ftypM4A ": "audio/mp4",
    b"\x00\x00\x00\x20ftypisom": "video/mp4",
    b"\x00\x00\x00\x20ftypheic": UNKNOWN,
    b"%PDF-1.7": "application/pdf",
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'>": UNKNOWN,
    b"<!doctype html><script>": UNKNOWN,
    b" \n<html>": UNKNOWN,
    b"PK\x03\x04": UNKNOWN,
    b"": UNKNOWN,
}


@pytest.mark.parametrize(("start", "type_"), STARTS.items(), ids=repr)
def test_type_is_found_in_the_first_bytes(start: bytes, type_: str) -> None:
    assert sniffed_type(start) == type_


@pytest.mark.parametrize("type_", [UNKNOWN, "image/png", "application/pdf"])
def test_no_file_runs_as_a_page(type_: str) -> None:
    headers = media_headers(type_, "photo.png")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("sandbox")
    assert headers["Content-Disposition"].startswith("attachment" if type_ == UNKNOWN else "inline")


@pytest.mark.parametrize(
    ("name", "header"),
    {
        "../../etc/passwd": "filename=\"passwd\"; filename*=UTF-8''passwd",
        'a".html\r\nSet-Cookie: x': "filename=\"a_.htmlSet-Cookie: x\"; filename*=UTF-8''a%22.htmlSet-Cookie%3A%20x",
        "Größe.pdf": "filename=\"Gr__e.pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.pdf",
        "": "filename=\"file.png\"; filename*=UTF-8''file.png",
    }.items(),
)
def test_name_of_a_download_cannot_leave_its_header(name: str, header: str) -> None:
    assert media_headers("image/png", name)["Content-Disposition"] == f"inline; {header}"
