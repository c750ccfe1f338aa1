#pragma once

#include <memory>

#include "grpcpp/grpcpp.h"
#include "services/query/tail.h"

namespace playhead::query {

// Asks an aggregator over `channel`, which it keeps.
std::unique_ptr<TailReader> MakeGrpcTailReader(std::shared_ptr<grpc::Channel> channel);

}  // namespace playhead::query
