#!/usr/bin/python3
"""make_mmdb.py PLACES DIR: writes small databases in the MaxMind format with the places of a JSON file, in both layouts:
nested.mmdb, flat-ipv4.mmdb and flat-ipv6.mmdb (places); asn-nested.mmdb, asn-flat-ipv4.mmdb and asn-flat-ipv6.mmdb (owners)."""
import ipaddress
import json
import pathlib
import struct
import sys

MARKER = b"\xab\xcd\xefMaxMind.com"
BUILD_EPOCH = 1_767_225_600  # fixed, so that equal input gives equal bytes


def control(kind, size):
    """The bytes before a value: type and size."""
    kinds = [kind << 5] if kind <= 7 else [0, kind - 7]
    if size < 29:
        extra = b""
    elif size < 285:
        size, extra = 29, bytes([size - 29])
    elif size < 65_821:
        size, extra = 30, struct.pack(">H", size - 285)
    else:
        raise ValueError("too long")
    return bytes([kinds[0] | size, *kinds[1:]]) + extra


def encode(value):
    if isinstance(value, str):
        data = value.encode()
        return control(2, len(data)) + data
    if isinstance(value, dict):
        return control(7, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())
    if isinstance(value, list):
        return control(11, len(value)) + b"".join(map(encode, value))
    if isinstance(value, float):
        return control(3, 8) + struct.pack(">d", value)
    kind, value = value  # ("uint16", 7)
    data = value.to_bytes(8, "big").lstrip(b"\0")
    return control({"uint16": 5, "uint32": 6, "uint64": 9}[kind], len(data)) + data


class Tree:
    """Networks to records. An IPv4 network stands at ::/96 of an IPv6 tree."""

    def __init__(self, ip_version):
        self.ip_version = ip_version
        self.nodes = [[None, None]]  # None, the number of a node, or an encoded record

    def insert(self, network, record):
        bits, length = int(network.network_address), network.prefixlen
        width = network.max_prefixlen
        if self.ip_version == 6 and network.version == 4:
            length, width = length + 96, 128
        node = 0
        for depth in range(length):
            bit = bits >> (width - 1 - depth) & 1
            if depth == length - 1:
                if self.nodes[node][bit] is not None:
                    raise ValueError(f"{network}: overlaps another one")
                self.nodes[node][bit] = record
            else:
                if self.nodes[node][bit] is None:
                    self.nodes.append([None, None])
                    self.nodes[node][bit] = len(self.nodes) - 1
                node = self.nodes[node][bit]

    def write(self, path, record_size, kind):
        data, offsets = b"", {}
        for record in (r for node in self.nodes for r in node if isinstance(r, bytes)):
            if record not in offsets:
                offsets[record] = len(data)
                data += record

        def number(child):
            if child is None:
                return len(self.nodes)
            return child if isinstance(child, int) else len(self.nodes) + 16 + offsets[child]

        tree = b"".join(pack(number(left), number(right), record_size) for left, right in self.nodes)
        metadata = encode({
            "binary_format_major_version": ("uint16", 2), "binary_format_minor_version": ("uint16", 0),
            "build_epoch": ("uint64", BUILD_EPOCH), "database_type": kind, "description": {"en": "made for tests"},
            "ip_version": ("uint16", self.ip_version), "languages": ["en"],
            "node_count": ("uint32", len(self.nodes)), "record_size": ("uint16", record_size)})
        pathlib.Path(path).write_bytes(tree + bytes(16) + data + MARKER + metadata)


def pack(left, right, record_size):
    if record_size == 24:
        return left.to_bytes(3, "big") + right.to_bytes(3, "big")
    if record_size == 32:
        return left.to_bytes(4, "big") + right.to_bytes(4, "big")
    middle = (left >> 24) << 4 | right >> 24  # 28: the high four bits of both share a byte
    return (left & 0xFFFFFF).to_bytes(3, "big") + bytes([middle]) + (right & 0xFFFFFF).to_bytes(3, "big")


def nested(place):
    record = {"country": {"geoname_id": ("uint32", 1), "iso_code": place["country"], "names": {"en": "not read"}},
              "location": {"latitude": 1.5, "longitude": 2.5}}
    if place["city"]:
        record["city"] = {"names": {"de": "nicht gelesen", "en": place["city"]}}
    if place["region"]:
        record["subdivisions"] = [{"iso_code": "X", "names": {"en": place["region"]}}, {"names": {"en": "not read"}}]
    return record


def flat(place):
    return {"city": place["city"], "country_code": place["country"], "latitude": "1.5", "longitude": "2.5",
            "postcode": "", "state1": place["region"], "state2": "not read", "timezone": ""}


LAYOUTS = {
    "nested": (nested, lambda p: True, {"": (6, 28)}),
    "flat": (flat, lambda p: True, {"-ipv4": (4, 24), "-ipv6": (6, 32)}),
    "asn-nested": (lambda p: {"autonomous_system_number": ("uint32", 64_496), "autonomous_system_organization": p["isp"]},
                   lambda p: p["isp"], {"": (6, 24)}),
    "asn-flat": (lambda p: {"asn": "AS64496", "as_name": p["isp"]}, lambda p: p["isp"],
                 {"-ipv4": (4, 28), "-ipv6": (6, 32)}),
}


def write_all(places, folder):
    for name, (record, is_wanted, files) in LAYOUTS.items():
        for suffix, (ip_version, record_size) in files.items():
            tree = Tree(ip_version)
            for place in filter(is_wanted, places):
                network = ipaddress.ip_network(place["network"])
                if not suffix or network.version == ip_version:
                    tree.insert(network, encode(record(place)))
            tree.write(pathlib.Path(folder) / f"{name}{suffix}.mmdb", record_size, f"Playhead-{name}")


if __name__ == "__main__":
    pathlib.Path(sys.argv[2]).mkdir(parents=True, exist_ok=True)
    write_all(json.loads(pathlib.Path(sys.argv[1]).read_text()), sys.argv[2])
