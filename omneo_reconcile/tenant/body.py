"""The body of an answer, bounded: a few bytes that unpack to gigabytes must not end the process."""

import zlib
from collections.abc import AsyncIterator

MOST_BYTES = 32_000_000
"""As it travels and unpacked. A page of 100 profiles has a few hundred kilobytes."""

PIECE_BYTES = 65_536  # to read at a time
_GZIP = 16 + zlib.MAX_WBITS
_ZLIB = zlib.MAX_WBITS
_BARE = -zlib.MAX_WBITS


class TooLongError(Exception):
    """A body of more than `MOST_BYTES`."""


class UnknownCodingError(Exception):
    """A body packed in a way that was not offered."""


class BrokenBodyError(Exception):
    """A packed body that is damaged or ends early."""


async def read_bounded(pieces: AsyncIterator[bytes]) -> bytes:
    """Returns all pieces as one, and reads no more than one piece beyond the bound.

    Raises:
        TooLongError: If they are more.
    """
    body = bytearray()
    async for piece in pieces:
        body += piece
        if len(body) > MOST_BYTES:
            raise TooLongError
    return bytes(body)


def unpacked(body: bytes, coding: str) -> bytes:
    """Returns the body as it was before it was packed for the way.

    Args:
        coding: The value of `Content-Encoding`, empty if there was none.

    Raises:
        TooLongError: If it is longer than the bound; nothing beyond it is unpacked.
        UnknownCodingError: If it is packed by another way than gzip or deflate.
        BrokenBodyError: If it is damaged or ends early.
    """
    coding = coding.strip().lower()
    if coding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
        raise UnknownCodingError
    if not body or coding in {"", "identity"}:
        return body
    if coding != "deflate":
        return _inflated(body, _GZIP)
    try:
        return _inflated(body, _ZLIB)
    except BrokenBodyError:  # some servers leave its frame out
        return _inflated(body, _BARE)


def _inflated(body: bytes, window_bits: int) -> bytes:
    unpacker = zlib.decompressobj(window_bits)
    try:
        content = unpacker.decompress(body, MOST_BYTES + 1)
    except zlib.error:
        raise BrokenBodyError from None
    if len(content) > MOST_BYTES:
        raise TooLongError
    if not unpacker.eof:
        raise BrokenBodyError
    return content
