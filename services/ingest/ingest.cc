#include "services/ingest/ingest.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/grpc_status.h"
#include "services/ingest/clock_skew.h"
#include "services/ingest/enrich.h"
#include "services/ingest/identity.h"

namespace playhead::ingest {
namespace {

constexpr absl::Duration kNoLimit = absl::InfiniteDuration();

absl::Status BatchSizeError(int size) {
  return WithDetails(
      absl::InvalidArgumentError(absl::StrCat("events has ", size, " events; send 1 to 1000")),
      {.reason = "BATCH_SIZE", .metadata = {}, .field = "events", .retry_after = std::nullopt});
}

absl::Status UnavailableError(const absl::Status& cause) {
  return WithDetails(
      absl::UnavailableError(cause.message()),
      {.reason = "LOG_UNAVAILABLE", .metadata = {}, .field = "", .retry_after = kRetryAfter});
}

std::optional<absl::Time> SentTime(const v1::TrackEventsRequest& request) {
  if (!request.has_sent_time()) return std::nullopt;
  return FromTimestamp(request.sent_time());
}

v1::EventRejection MakeRejection(int index, const Rejection& rejection) {
  v1::EventRejection made;
  made.set_index(index);
  made.set_reason(rejection.reason);
  made.set_field(rejection.field);
  made.set_message(rejection.message);
  return made;
}

Rejection UnknownPartner(std::int32_t partner) {
  return {v1::REJECTION_REASON_UNKNOWN_PARTNER, "partner_id",
          absl::StrCat("partner_id ", partner, " is not known here; use the id of your account")};
}

}  // namespace

struct Ingest::Tracked {
  absl::Time receive_time;
  v1::TrackEventsResponse response;
  // Of the events that are appended: index in the request, and partner.
  std::vector<int> indexes;
  std::vector<std::int32_t> partners;
  // Partner and reason of the others; counted when the request is answered, because a request that
  // fails comes again.
  std::vector<std::pair<std::int32_t, v1::RejectionReason>> refused;

  void Reject(int index, std::int32_t partner, const Rejection& rejection) {
    *response.add_rejections() = MakeRejection(index, rejection);
    refused.emplace_back(partner, rejection.reason);
  }
};

Ingest::Ingest(EventLog& log, IngestMetrics& metrics, const TimeLimits& limits, Clock clock,
               Enrichment enrichment)
    : log_(log),
      metrics_(metrics),
      limits_(limits),
      clock_(std::move(clock)),
      enrichment_(std::move(enrichment)) {}

std::shared_ptr<const UserAgent> Ingest::FindUserAgent(std::string_view text) {
  if (enrichment_.user_agents == nullptr || text.empty()) return nullptr;
  return enrichment_.user_agents->Find(text);
}

std::string Ingest::VerifiedUser(const v1::PlayerEvent& event, absl::Time now) {
  if (enrichment_.users == nullptr || event.ks().empty()) return "";
  std::string user = enrichment_.users->Find(event.partner_id(), event.ks(), now);
  (user.empty() ? metrics_.unverified_sessions : metrics_.verified_sessions).Increment();
  return user;
}

void Ingest::CountRejection(v1::Door door, std::int32_t partner, absl::Time receive_time,
                            v1::RejectionReason reason) {
  metrics_.CountRejected(door, reason);
  log_.CountRejected({.minute = absl::ToUnixSeconds(receive_time) / 60,
                      .door = static_cast<std::uint8_t>(door),
                      .partner = std::max(partner, 0),
                      .reason = reason});
}

void Ingest::RejectBeacon(v1::RejectionReason reason, std::int32_t partner) {
  CountRejection(v1::DOOR_BEACON, partner, clock_(), reason);
}

void Ingest::TrackBeacon(const BeaconRequest& request, BeaconDone done) {
  const absl::Time now = clock_();
  ParsedBeacon parsed = ParseBeacon(request);
  const std::int32_t partner = parsed.event.partner_id();
  std::optional<Rejection> rejection = std::move(parsed.rejection);
  if (!rejection.has_value()) rejection = Validate(parsed.event, now, limits_, parsed.notes);
  if (rejection.has_value()) {
    CountRejection(v1::DOOR_BEACON, partner, now, rejection->reason);
    return done(absl::OkStatus());
  }
  const auto agent = FindUserAgent(request.user_agent);
  const std::string verified_user = VerifiedUser(parsed.event, now);
  std::vector<RoutedEvent> events;
  events.push_back(
      Enrich(std::move(parsed.event), parsed.content,
             {.receive_time = now,
              .door = v1::DOOR_BEACON,
              .client = enrichment_.clients.OfRequest(request.peer_address, request.forwarded),
              .user_agent = request.user_agent,
              .agent = agent.get(),
              .verified_user = verified_user},
             parsed.notes));
  metrics_.CountNotes(parsed.notes);
  log_.Append(std::move(events), kNoLimit,
              [this, now, partner, done = std::move(done)](AppendResult result) mutable {
                metrics_.append_seconds.Observe(absl::ToDoubleSeconds(clock_() - now));
                if (!result.status.ok()) {
                  metrics_.CountUnavailable(v1::DOOR_BEACON, 1);
                } else if (!result.unknown_partners.empty()) {
                  CountRejection(v1::DOOR_BEACON, partner, now,
                                 v1::REJECTION_REASON_UNKNOWN_PARTNER);
                } else {
                  metrics_.CountAccepted(v1::DOOR_BEACON, 1);
                }
                done(std::move(result.status));
              });
}

void Ingest::TrackEvents(const ReceivedEvents& received, std::string_view peer_address,
                         absl::Duration limit, TrackEventsDone done) {
  const v1::TrackEventsRequest& request = received.request;
  if (request.events_size() < 1 || request.events_size() > kMaxRequestEvents) {
    return done(BatchSizeError(request.events_size()));
  }
  Tracked tracked;
  tracked.receive_time = clock_();
  std::vector<RoutedEvent> events = AdmitEvents(received, peer_address, tracked);
  if (events.empty()) {
    return FinishEvents(std::move(tracked), {absl::OkStatus(), {}}, std::move(done));
  }
  log_.Append(
      std::move(events), limit,
      [this, tracked = std::move(tracked),
       done = std::move(done)](const AppendResult& result) mutable {
        metrics_.append_seconds.Observe(absl::ToDoubleSeconds(clock_() - tracked.receive_time));
        FinishEvents(std::move(tracked), result, std::move(done));
      });
}

std::vector<RoutedEvent> Ingest::AdmitEvents(const ReceivedEvents& received,
                                             std::string_view peer_address, Tracked& tracked) {
  const v1::TrackEventsRequest& request = received.request;
  auto bad_text = received.bad_texts.begin();
  const ClockCorrection correction = CorrectClock(SentTime(request), tracked.receive_time);
  std::vector<RoutedEvent> events;
  events.reserve(static_cast<std::size_t>(request.events_size()));
  for (int i = 0; i < request.events_size(); ++i) {
    const v1::PlayerEvent& sent = request.events(i);
    if (bad_text != received.bad_texts.end() && bad_text->index == i) {
      tracked.Reject(i, sent.partner_id(), NotUtf8((bad_text++)->field));
      continue;
    }
    v1::PlayerEvent event = sent;
    const Id128 content = HashContent(event);
    FieldNotes notes;
    ShiftOccurTime(correction.shift, event);
    std::optional<Rejection> rejection = correction.rejection;
    if (!rejection.has_value()) {
      rejection = Validate(event, tracked.receive_time, limits_, notes);
    }
    if (rejection.has_value()) {
      tracked.Reject(i, sent.partner_id(), *rejection);
      continue;
    }
    const auto agent = FindUserAgent(sent.user_agent());
    const std::string verified_user = VerifiedUser(event, tracked.receive_time);
    Client client = enrichment_.clients.OfEvent(peer_address, sent.client_ip(), notes);
    events.push_back(Enrich(std::move(event), content,
                            {.receive_time = tracked.receive_time,
                             .door = v1::DOOR_GRPC,
                             .client = std::move(client),
                             .user_agent = sent.user_agent(),
                             .agent = agent.get(),
                             .verified_user = verified_user},
                            notes));
    metrics_.CountNotes(notes);
    tracked.indexes.push_back(i);
    tracked.partners.push_back(sent.partner_id());
  }
  return events;
}

void Ingest::FinishEvents(Tracked tracked, const AppendResult& result, TrackEventsDone done) {
  const auto count = static_cast<int>(tracked.indexes.size());
  if (!result.status.ok()) {
    metrics_.CountUnavailable(v1::DOOR_GRPC, count);
    return done(UnavailableError(result.status));
  }
  for (const int unknown : result.unknown_partners) {
    const auto at = static_cast<std::size_t>(unknown);
    tracked.Reject(tracked.indexes[at], tracked.partners[at], UnknownPartner(tracked.partners[at]));
  }
  for (const auto& [partner, reason] : tracked.refused) {
    CountRejection(v1::DOOR_GRPC, partner, tracked.receive_time, reason);
  }
  auto* rejections = tracked.response.mutable_rejections();
  std::sort(rejections->begin(), rejections->end(),
            [](const auto& a, const auto& b) { return a.index() < b.index(); });
  const int durable = count - static_cast<int>(result.unknown_partners.size());
  tracked.response.set_accepted_count(durable);
  metrics_.CountAccepted(v1::DOOR_GRPC, durable);
  done(std::move(tracked.response));
}

}  // namespace playhead::ingest
