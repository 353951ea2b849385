"""The content of all media in the simulators: a PNG of one pixel."""

import hashlib

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000a49444154789c63000100000500010d0a2db40000000049454e44ae426082"
)
SHA256 = hashlib.sha256(PNG).digest()
