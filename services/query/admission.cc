#include "services/query/admission.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/grpc_status.h"

namespace playhead::query {
namespace {

constexpr absl::Duration kLongestCall = absl::Seconds(30);

}  // namespace

Admission::Pass::~Pass() {
  if (admission_ == nullptr) return;
  --admission_->running_;
  admission_->metrics_.reports_running.Decrement();
}

absl::StatusOr<Admission::Pass> Admission::Enter() {
  if (++running_ > limit_) {
    --running_;
    metrics_.reports_refused.Increment();
    return WithDetails(absl::ResourceExhaustedError(absl::StrCat(
                           limit_, " reports are being computed; send again in a second")),
                       {.reason = "TOO_MANY_CONCURRENT",
                        .metadata = {{"cost", "1"}, {"limit", absl::StrCat(limit_)}},
                        .field = "",
                        .retry_after = absl::Seconds(1)});
  }
  metrics_.reports_running.Increment();
  return Pass(this);
}

absl::Time DeadlineOf(const grpc::ServerContext& context) {
  return std::min(absl::FromChrono(context.deadline()), absl::Now() + kLongestCall);
}

}  // namespace playhead::query
