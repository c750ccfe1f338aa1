"""The services' contract, read from proto/ at run time: messages and calls by name."""

import pathlib
import subprocess
import tempfile

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

ROOT = pathlib.Path(__file__).resolve().parents[2]


def _load_pool():
    files = sorted(str(p.relative_to(ROOT / "proto")) for p in (ROOT / "proto/playhead/v1").glob("*.proto"))
    files.append("grpc/health/v1/health.proto")
    with tempfile.NamedTemporaryFile(suffix=".pb") as out:
        subprocess.run(["protoc", "-I", str(ROOT / "proto"), "--include_imports",
                        f"--descriptor_set_out={out.name}", *files], check=True, timeout=60)
        read = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(out.name).read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in read.file:
        pool.Add(file)
    return pool


_POOL = _load_pool()
_FACTORY = message_factory.MessageFactory(_POOL)


def message(name):
    """The class of a message, such as `playhead.v1.RunReportRequest`."""
    return _FACTORY.GetPrototype(_POOL.FindMessageTypeByName(name))


def enum_value(enum, name):
    return _POOL.FindEnumTypeByName(enum).values_by_name[name].number


def channel(port):
    """A channel that tries again quickly after its server was away."""
    return grpc.insecure_channel(f"127.0.0.1:{port}", options=[
        ("grpc.initial_reconnect_backoff_ms", 100), ("grpc.min_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 500), ("grpc.max_receive_message_length", 64 << 20),
        ("grpc.use_local_subchannel_pool", 1)])


def call(on, method):
    """The unary call `package.Service/Method` on a channel."""
    service, name = method.split("/")
    found = _POOL.FindServiceByName(service).FindMethodByName(name)
    return on.unary_unary(f"/{method}", request_serializer=lambda m: m.SerializeToString(),
                          response_deserializer=message(found.output_type.full_name).FromString)


def is_serving(port, timeout=1.0):
    with channel(port) as on:
        try:
            answer = call(on, "grpc.health.v1.Health/Check")(
                message("grpc.health.v1.HealthCheckRequest")(), timeout=timeout)
        except grpc.RpcError:
            return False
    return answer.status == 1
