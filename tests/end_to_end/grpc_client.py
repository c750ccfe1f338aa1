"""A gRPC client that knows nothing but what a server's reflection says."""
import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

# grpc.reflection.v1alpha, as far as a client needs it; the package is not part of Debian.
_REFLECTION = {
    "ServerReflectionRequest": [(1, "host", "string"), (4, "file_containing_symbol", "string"),
                                (7, "list_services", "string")],
    "FileDescriptorResponse": [(1, "file_descriptor_proto", "*bytes")],
    "ServiceResponse": [(1, "name", "string")],
    "ListServiceResponse": [(1, "service", "*ServiceResponse")],
    "ErrorResponse": [(1, "error_code", "int32"), (2, "error_message", "string")],
    "ServerReflectionResponse": [(4, "file_descriptor_response", "FileDescriptorResponse"),
                                 (6, "list_services_response", "ListServiceResponse"),
                                 (7, "error_response", "ErrorResponse")],
}


def _reflection_messages():
    file = descriptor_pb2.FileDescriptorProto(
        name="reflection.proto", package="grpc.reflection.v1alpha", syntax="proto3")
    scalar = {"string": 9, "bytes": 12, "int32": 5}
    for name, fields in _REFLECTION.items():
        message = file.message_type.add(name=name)
        for number, field_name, kind in fields:
            field = message.field.add(name=field_name, number=number, label=3 if kind.startswith("*") else 1)
            kind = kind.lstrip("*")
            if kind in scalar:
                field.type = scalar[kind]
            else:
                field.type, field.type_name = 11, f".{file.package}.{kind}"
            # The parts of a request are a oneof: an empty list_services still has to be sent.
            if name == "ServerReflectionRequest" and number > 1:
                if not message.oneof_decl:
                    message.oneof_decl.add(name="message_request")
                field.oneof_index = 0
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return {n: factory.GetPrototype(pool.FindMessageTypeByName(f"{file.package}.{n}")) for n in _REFLECTION}


_MESSAGES = _reflection_messages()


class Client:
    """Calls any method of the server at target by its name, with dictionaries in JSON's form of protos."""

    def __init__(self, target, timeout=30):
        self.channel = grpc.insecure_channel(target, options=[
            ("grpc.max_receive_message_length", 64 << 20), ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.min_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 500),
            # A channel of its own: no connection shared with another client of this process.
            ("grpc.use_local_subchannel_pool", 1)])
        self.timeout = timeout
        self.pool = descriptor_pool.DescriptorPool()
        self.factory = message_factory.MessageFactory(self.pool)
        self.known = set()
        self.services = {}

    def close(self):
        self.channel.close()

    def _reflect(self, **request):
        call = self.channel.stream_stream(
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=_MESSAGES["ServerReflectionResponse"].FromString)
        answer = next(call(iter([_MESSAGES["ServerReflectionRequest"](**request)]), timeout=self.timeout))
        if answer.HasField("error_response"):
            raise LookupError(f"{request}: {answer.error_response.error_message}")
        return answer

    def list_services(self):
        answer = self._reflect(list_services="*")
        return sorted(s.name for s in answer.list_services_response.service)

    def describe(self, service):
        """The service's descriptor, from the server."""
        if service not in self.services:
            answer = self._reflect(file_containing_symbol=service)
            files = {}
            for raw in answer.file_descriptor_response.file_descriptor_proto:
                file = descriptor_pb2.FileDescriptorProto.FromString(raw)
                files[file.name] = file
            for name in list(files):
                self._add(name, files)
            self.services[service] = self.pool.FindServiceByName(service)
        return self.services[service]

    def _add(self, name, files):
        if name in self.known or name not in files:
            return
        self.known.add(name)
        for dependency in files[name].dependency:
            self._add(dependency, files)
        self.pool.Add(files[name])

    def method(self, path):
        """path: `package.Service/Method`. Returns (descriptor, request class, response class)."""
        service, name = path.split("/")
        method = self.describe(service).methods_by_name[name]
        return (method, self.factory.GetPrototype(method.input_type), self.factory.GetPrototype(method.output_type))

    def call_message(self, path, request, timeout=None):
        """One answer as a message. Raises grpc.RpcError."""
        _, request_class, response_class = self.method(path)
        if isinstance(request, dict):
            request = json_format.ParseDict(request, request_class())
        call = self.channel.unary_unary(f"/{path}", request_serializer=lambda m: m.SerializeToString(),
                                        response_deserializer=response_class.FromString)
        return call(request, timeout=timeout or self.timeout)

    def call(self, path, request, timeout=None):
        """One answer as a dictionary with proto names; 64-bit numbers are texts, as JSON's form of protos has it."""
        return json_format.MessageToDict(self.call_message(path, request, timeout), preserving_proto_field_name=True)

    def stream(self, path, requests):
        """Calls a method that streams both ways with an iterable of dictionaries; yields dictionaries."""
        _, request_class, response_class = self.method(path)
        call = self.channel.stream_stream(f"/{path}", request_serializer=lambda m: m.SerializeToString(),
                                          response_deserializer=response_class.FromString)
        messages = (json_format.ParseDict(r, request_class()) for r in requests)
        for answer in call(messages, timeout=self.timeout):
            yield json_format.MessageToDict(answer, preserving_proto_field_name=True)


def error_details(error):
    """The google.rpc details of an RpcError: a list of (type, bytes) from grpc-status-details-bin."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            return value
    return b""
