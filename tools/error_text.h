#pragma once

#include <string>

#include "grpcpp/grpcpp.h"

namespace playhead::tools {

// One line for people: reason, message, and what the service suggests instead. `target` is where it
// was asked.
std::string ErrorText(const grpc::Status& status, const std::string& target);

}  // namespace playhead::tools
