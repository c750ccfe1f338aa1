#pragma once

#include <memory>
#include <string>

#include "grpcpp/grpcpp.h"

namespace playhead {

// A channel to the aggregator that finds it again within about a second of its restart.
std::shared_ptr<grpc::Channel> MakeAggregatorChannel(const std::string& address);

}  // namespace playhead
