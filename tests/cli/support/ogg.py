"""A small independent reader and writer of Ogg Opus (RFC 3533, RFC 7845), to check what Chasqui writes and says."""

import struct
from dataclasses import dataclass, field
from pathlib import Path

CRC_TABLE = []
for value in range(256):
    crc = value << 24
    for _ in range(8):
        crc = (crc << 1 ^ (0x04C11DB7 if crc & 0x80000000 else 0)) & 0xFFFFFFFF
    CRC_TABLE.append(crc)


def checksum(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc = (crc << 8 & 0xFFFFFFFF) ^ CRC_TABLE[crc >> 24 ^ byte]
    return crc


def packet_samples(packet: bytes) -> int:
    """Duration at 48 kHz after RFC 6716 section 3.1."""
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame = (480, 960, 1920, 2880)[config % 4]
    elif config < 16:
        frame = (480, 960)[config % 2]
    else:
        frame = (120, 240, 480, 960)[config % 4]
    return frame * (1 if code == 0 else packet[1] & 63 if code == 3 else 2)


@dataclass
class OggOpus:
    pages: int = 0
    container_bytes: int = 0  # page headers and lacing
    header_bytes: int = 0  # OpusHead and OpusTags
    pre_skip: int = 0
    granule: int = 0  # of the last page
    packets: list[bytes] = field(default_factory=list)  # of sound
    tags: bytes = b""

    @property
    def samples(self) -> int:
        return self.granule - self.pre_skip


def read_ogg_opus(path: Path) -> OggOpus:
    """Reads the whole file and asserts that pages are well-formed, numbered, with right checksums and granules."""
    data, at, result = path.read_bytes(), 0, OggOpus()
    serial, packets, partial, total = None, [], b"", 0
    while at < len(data):
        capture, version, flags, granule, this, number, crc, count = struct.unpack_from("<4sBBqIIIB", data, at)
        assert capture == b"OggS" and version == 0, f"no page at byte {at}"
        lacing = data[at + 27:at + 27 + count]
        size = 27 + count + sum(lacing)
        page = data[at:at + size]
        assert checksum(page[:22] + bytes(4) + page[26:]) == crc, f"page {number}: wrong checksum"
        serial = this if serial is None else serial
        assert this == serial and number == result.pages, f"page {number}: wrong serial or number"
        assert bool(flags & 2) == (number == 0), f"page {number}: begin flag"
        assert bool(flags & 4) == (at + size == len(data)), f"page {number}: end flag"
        assert bool(flags & 1) == bool(partial), f"page {number}: continued flag"
        body, ended = page[27 + count:], False
        for lace in lacing:
            partial, body = partial + body[:lace], body[lace:]
            if lace < 255:
                packets.append(partial)
                partial, ended = b"", True
                if len(packets) > 2:
                    total += packet_samples(packets[-1])
        if len(packets) > 2 and ended and not flags & 4:
            assert granule == total, f"page {number}: granule {granule}, but its packets end at {total}"
        result.granule = granule if ended else result.granule
        result.pages += 1
        result.container_bytes += 27 + count
        at += size
    assert not partial and packets[0][:8] == b"OpusHead" and packets[1][:8] == b"OpusTags"
    result.pre_skip = struct.unpack_from("<H", packets[0], 10)[0]
    result.header_bytes = len(packets[0]) + len(packets[1])
    result.tags, result.packets = packets[1], packets[2:]
    assert result.granule <= total, "the last granule lies after the last packet"
    assert total - result.granule < packet_samples(result.packets[-1]), "the end trim drops a whole packet"
    return result


def ogg_page(number: int, granule: int, packets: list[bytes], flags: int = 0) -> bytes:
    lacing = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
    page = bytearray(struct.pack("<4sBBqIIIB", b"OggS", 0, flags, granule, 1, number, 0, len(lacing)) + lacing + b"".join(packets))
    struct.pack_into("<I", page, 22, checksum(page))
    return bytes(page)


def write_ogg_opus(path: Path, packets: list[bytes], jump: int = 0, pre_skip: int = 312) -> Path:
    """Mono packets of at most 1200 bytes; after the first page of sound the clock is `jump` samples ahead."""
    head = struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, pre_skip, 48_000, 0, 0)
    pages = [ogg_page(0, 0, [head], 2), ogg_page(1, 0, [b"OpusTags" + bytes(8)])]
    groups, granule = [packets[i:i + 50] for i in range(0, len(packets), 50)], 0
    for number, group in enumerate(groups, 2):
        granule += sum(map(packet_samples, group)) + (jump if number == 3 else 0)
        pages.append(ogg_page(number, granule, group, 4 if group is groups[-1] else 0))
    path.write_bytes(b"".join(pages))
    return path
