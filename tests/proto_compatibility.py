#!/usr/bin/python3
"""Fails when the protos no longer have what the baseline has, so that old clients would break.

proto_compatibility.py          checks proto/ against tests/proto_baseline.binpb, after showing that it can fail
proto_compatibility.py --update adds what is new to the baseline; refuses to drop or change anything
"""
import pathlib
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2

ROOT = pathlib.Path(__file__).resolve().parent.parent
BASELINE = ROOT / "tests" / "proto_baseline.binpb"


def compile_protos(folder):
    """The descriptors of every playhead proto below folder, imports left out."""
    files = sorted(str(p.relative_to(folder)) for p in pathlib.Path(folder).rglob("playhead/**/*.proto"))
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["protoc", f"--proto_path={folder}", f"--descriptor_set_out={out.name}", *files], check=True)
        return descriptor_pb2.FileDescriptorSet.FromString(out.read())


def contract(descriptors):
    """What clients rely on: {path: facts}, flat, so that two contracts compare as dictionaries."""
    found = {}

    def add_enum(scope, enum):
        for value in enum.value:
            found[f"{scope}.{enum.name} value {value.number}"] = (value.name,)

    def add_message(scope, message):
        name = f"{scope}.{message.name}"
        found[f"{name} message"] = ()
        for field in message.field:
            oneof = message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else ""
            found[f"{name} field {field.number}"] = (
                field.name, field.json_name, field.type, field.type_name, field.label, oneof)
        for enum in message.enum_type:
            add_enum(name, enum)
        for nested in message.nested_type:
            add_message(name, nested)

    for file in descriptors.file:
        for enum in file.enum_type:
            add_enum(file.package, enum)
        for message in file.message_type:
            add_message(file.package, message)
        for service in file.service:
            for method in service.method:
                found[f"{file.package}.{service.name} rpc {method.name}"] = (
                    method.input_type, method.output_type, method.client_streaming, method.server_streaming)
    return found


def breaks(old, new):
    """One line per thing of the old contract that the new one lacks or has changed."""
    lines = []
    for path, facts in sorted(old.items()):
        if path not in new:
            lines.append(f"{path} {' '.join(map(str, facts[:1]))} is gone")
        elif new[path] != facts:
            lines.append(f"{path} was {facts} and is {new[path]}")
    return lines


SAMPLE = """syntax = "proto3"; package playhead.v1;
enum Kind { KIND_UNSPECIFIED = 0; ONE = 1; }
message M { int32 a = 1; repeated string b = 2; oneof c { int64 d = 3; bool e = 4; } Kind f = 5; optional int32 g = 6; }
service S { rpc Get(M) returns (M); rpc Watch(M) returns (stream M); }
"""
# Each breaks clients, and each must be seen.
BREAKING = [("int32 a = 1;", ""), ("int32 a = 1", "int64 a = 1"), ("int32 a = 1", "int32 z = 1"),
            ("int32 a = 1", "int32 a = 9"), ("repeated string b", "string b"), ("bool e = 4; }", "} bool e = 4;"),
            ("ONE = 1;", ""), ("ONE = 1", "TWO = 1"), ("Kind f", "int32 f"), ("optional int32 g", "int32 g"),
            ("rpc Get(M) returns (M);", ""), ("returns (stream M)", "returns (M)"), ("rpc Get(M)", "rpc Got(M)")]
HARMLESS = [("int32 a = 1;", "int32 a = 1; int32 new = 7;"), ("ONE = 1;", "ONE = 1; TWO = 2;"),
            ("rpc Get", "rpc More(M) returns (M); rpc Get")]


def contract_of_text(text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "playhead" / "v1" / "sample.proto"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        return contract(compile_protos(folder))


def self_test():
    old = contract_of_text(SAMPLE)
    for before, after in BREAKING + HARMLESS:
        assert before in SAMPLE, before
        found = breaks(old, contract_of_text(SAMPLE.replace(before, after)))
        expected = (before, after) in BREAKING
        assert bool(found) == expected, f"{before!r} -> {after!r}: {found}"


def main():
    self_test()
    now = compile_protos(ROOT / "proto")
    old = contract(descriptor_pb2.FileDescriptorSet.FromString(BASELINE.read_bytes())) if BASELINE.exists() else {}
    lines = breaks(old, contract(now))
    if lines:
        sys.exit("clients would break:\n" + "\n".join(lines))
    if sys.argv[1:] == ["--update"]:
        BASELINE.write_bytes(now.SerializeToString(deterministic=True))
    elif not old:
        sys.exit(f"there is no {BASELINE}")


if __name__ == "__main__":
    main()
