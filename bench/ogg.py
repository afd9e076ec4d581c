"""A reader of Ogg Opus of its own (RFC 3533, RFC 7845, RFC 6716 section 3.2), so that no figure rests on Chasqui's."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

RATE_HZ = 48000


@dataclass(frozen=True)
class OggFacts:
    """Bytes of a file by purpose. packet_bytes: audio packets whole; frame_bytes: without their framing (TOC, counts, lengths).
    bandwidth: that of most packets, by its Opus abbreviation."""

    file_bytes: int
    packet_bytes: int
    frame_bytes: int
    pages: int
    packets: int
    frames: int
    samples: int
    bandwidth: str

    @property
    def container_share(self) -> float:
        return 1 - self.packet_bytes / self.file_bytes

    @property
    def framing_share(self) -> float:
        return 1 - self.frame_bytes / self.file_bytes

    @property
    def seconds(self) -> float:
        return self.samples / RATE_HZ


def crc(page: bytes) -> int:
    """CRC-32 of RFC 3533: polynomial 0x04c11db7, not reflected, no final inversion."""
    value = 0
    for byte in page:
        value = ((value << 8) & 0xFFFFFFFF) ^ _CRC_TABLE[(value >> 24) ^ byte]
    return value


def _crc_entry(index: int) -> int:
    value = index << 24
    for _ in range(8):
        value = ((value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value


_CRC_TABLE = [_crc_entry(index) for index in range(256)]


def _bandwidth(packet: bytes) -> str:
    """RFC 6716, table 2."""
    config = packet[0] >> 3
    if config < 16:
        return ("NB", "MB", "WB", "SWB" if config < 14 else "FB")[min(config // 4, 3)]
    return ("NB", "WB", "SWB", "FB")[(config - 16) // 4]


def _frames(packet: bytes) -> tuple[int, int]:
    """(number of frames, bytes of compressed frame data) of one Opus packet."""

    def length(at: int) -> tuple[int, int]:
        first = packet[at]
        return (first, at + 1) if first < 252 else (first + 4 * packet[at + 1], at + 2)

    code = packet[0] & 3
    if code == 0:
        return 1, len(packet) - 1
    if code == 1:
        return 2, len(packet) - 1
    if code == 2:
        _, at = length(1)
        return 2, len(packet) - at
    count, at, padding = packet[1] & 63, 2, 0
    if packet[1] & 64:
        while packet[at] == 255:
            padding, at = padding + 254, at + 1
        padding, at = padding + packet[at], at + 1
    if packet[1] & 128:
        for _ in range(count - 1):
            _, at = length(at)
    return count, len(packet) - at - padding


def read(path: Path) -> OggFacts:
    """Parses the whole file, checks every page's checksum and sequence; raises ValueError on anything malformed."""
    data = path.read_bytes()
    at, pages, packets, partial, granule = 0, 0, [], b"", 0
    while at < len(data):
        if data[at:at + 5] != b"OggS\0":
            raise ValueError(f"no page at byte {at}")
        lacing = data[at + 27:at + 27 + data[at + 26]]
        end = at + 27 + len(lacing) + sum(lacing)
        page = data[at:end]
        if crc(page[:22] + b"\0\0\0\0" + page[26:]) != int.from_bytes(page[22:26], "little"):
            raise ValueError(f"bad checksum on page {pages}")
        if int.from_bytes(page[18:22], "little") != pages:
            raise ValueError(f"page {pages} is out of sequence")
        position = int.from_bytes(page[6:14], "little", signed=True)
        granule = position if position >= 0 else granule
        at = at + 27 + len(lacing)
        for size in lacing:
            partial += data[at:at + size]
            at += size
            if size < 255:
                packets.append(partial)
                partial = b""
        pages += 1
    if packets[0][:8] != b"OpusHead" or packets[1][:8] != b"OpusTags" or partial:
        raise ValueError("not a complete Ogg Opus stream")
    audio = packets[2:]
    counted = [_frames(packet) for packet in audio]
    return OggFacts(len(data), sum(map(len, audio)), sum(size for _, size in counted), pages, len(audio),
                    sum(count for count, _ in counted), granule - int.from_bytes(packets[0][10:12], "little"),
                    Counter(map(_bandwidth, audio)).most_common(1)[0][0])
