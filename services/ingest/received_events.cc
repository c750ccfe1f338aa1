#include "services/ingest/received_events.h"

#include <cstdint>
#include <string_view>

#include "common/grpc_status.h"
#include "common/utf8.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/wire_format_lite.h"
#include "grpcpp/support/proto_buffer_reader.h"

namespace playhead::ingest {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;
using google::protobuf::io::StringOutputStream;

bool IsLengthDelimited(std::uint32_t tag) {
  return WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
}

bool ReadText(CodedInputStream& in, std::string& text) {
  std::uint32_t length = 0;
  return in.ReadVarint32(&length) && in.ReadString(&text, static_cast<int>(length));
}

void WriteText(std::uint32_t tag, const std::string& text, CodedOutputStream& out) {
  out.WriteTag(tag);
  out.WriteVarint32(static_cast<std::uint32_t>(text.size()));
  out.WriteString(text);
}

// Copies an event without its bad texts, and names the first in `bad_field`; false: not a message.
bool CopyEvent(const std::string& bytes, std::string& copy, std::string& bad_field) {
  const Descriptor& type = *v1::PlayerEvent::descriptor();
  StringOutputStream stream(&copy);
  CodedOutputStream out(&stream);
  CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  while (const std::uint32_t tag = in.ReadTag()) {
    const FieldDescriptor* field = type.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
    const bool is_text = field != nullptr && field->type() == FieldDescriptor::TYPE_STRING;
    if (!is_text || !IsLengthDelimited(tag)) {
      if (!WireFormatLite::SkipField(&in, tag, &out)) return false;
      continue;
    }
    std::string text;
    if (!ReadText(in, text)) return false;
    if (IsValidUtf8(text)) {
      WriteText(tag, text, out);
    } else if (bad_field.empty()) {
      bad_field = field->name();
    }
  }
  return in.ConsumedEntireMessage();
}

bool CopyRequest(grpc::ByteBuffer& bytes, std::string& copy, std::vector<BadText>& bad_texts) {
  StringOutputStream stream(&copy);
  CodedOutputStream out(&stream);
  grpc::ProtoBufferReader slices(&bytes);
  CodedInputStream in(&slices);
  int index = 0;
  while (const std::uint32_t tag = in.ReadTag()) {
    const bool is_event =
        WireFormatLite::GetTagFieldNumber(tag) == v1::TrackEventsRequest::kEventsFieldNumber;
    if (!is_event || !IsLengthDelimited(tag)) {
      if (!WireFormatLite::SkipField(&in, tag, &out)) return false;
      continue;
    }
    std::string event;
    std::string copied;
    std::string bad_field;
    if (!ReadText(in, event) || !CopyEvent(event, copied, bad_field)) return false;
    WriteText(tag, copied, out);
    if (!bad_field.empty()) bad_texts.push_back({.index = index, .field = bad_field});
    ++index;
  }
  return in.ConsumedEntireMessage();
}

}  // namespace

absl::StatusOr<ReceivedEvents> ReadEvents(grpc::ByteBuffer bytes) {
  ReceivedEvents received;
  grpc::ProtoBufferReader slices(&bytes);
  if (received.request.ParseFromZeroCopyStream(&slices)) return received;
  std::string copy;
  if (CopyRequest(bytes, copy, received.bad_texts) && received.request.ParseFromString(copy)) {
    return received;
  }
  return WithDetails(absl::InvalidArgumentError("the request is not a TrackEventsRequest"),
                     {.reason = "MALFORMED", .metadata = {}, .field = "", .retry_after = {}});
}

}  // namespace playhead::ingest
