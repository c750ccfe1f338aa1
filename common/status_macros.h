#pragma once

#include <utility>

#include "absl/status/status.h"

// Returns from the enclosing function when `expr`, an absl::Status, is not OK.
#define RETURN_IF_ERROR(expr)                                           \
  do {                                                                  \
    if (absl::Status playhead_status = (expr); !playhead_status.ok()) { \
      return playhead_status;                                           \
    }                                                                   \
  } while (false)

// Declares or assigns `lhs` from `expr`, an absl::StatusOr; returns its status when it is not OK.
#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_IMPL_(PLAYHEAD_CONCAT_(playhead_status_or_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_IMPL_(status_or, lhs, expr) \
  auto status_or = (expr);                           \
  if (!status_or.ok()) return status_or.status();    \
  lhs = *std::move(status_or)
#define PLAYHEAD_CONCAT_(a, b) PLAYHEAD_CONCAT_INNER_(a, b)
#define PLAYHEAD_CONCAT_INNER_(a, b) a##b
