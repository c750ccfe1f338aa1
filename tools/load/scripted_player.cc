#include "tools/load/scripted_player.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace playhead::tools {
namespace {

constexpr double kLadderKbps[] = {428, 752, 1280, 2328, 4496, 7800};
constexpr int kRenditions = static_cast<int>(std::size(kLadderKbps));
constexpr double kSpeeds[] = {1.25, 1.5, 2};
constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kPauseReset = 30 * kSecond;
constexpr int kViewTicks = 10;

struct Quartile {
  std::int64_t percent;
  v1::EventType type;
};
constexpr Quartile kQuartiles[] = {{25, v1::EVENT_TYPE_PLAY_THROUGH_25},
                                   {50, v1::EVENT_TYPE_PLAY_THROUGH_50},
                                   {75, v1::EVENT_TYPE_PLAY_THROUGH_75},
                                   {90, v1::EVENT_TYPE_PLAY_THROUGH_90},
                                   {100, v1::EVENT_TYPE_PLAY_THROUGH_100}};

double Seconds(std::int64_t ms) { return static_cast<double>(ms) / 1000; }

// Times are milliseconds: of the wall clock since the start, and of the media.
class ScriptedPlayer {
 public:
  ScriptedPlayer(const Viewing& viewing, const v1::PlayerEvent& common, Chance& chance)
      : viewing_(viewing),
        common_(common),
        chance_(chance),
        length_(absl::ToInt64Milliseconds(viewing.media_length)),
        leave_(static_cast<std::int64_t>(static_cast<double>(length_) * viewing.patience)),
        rendition_(std::clamp(
            static_cast<int>((viewing.quality + chance.Between(-0.2, 0.2)) * kRenditions), 0,
            kRenditions - 1)) {}

  std::vector<v1::PlayerEvent> Run() {
    SendImpression();
    if (chance_.Happens(0.01)) {
      SendError(3, chance_.Happens(0.7) ? "3022" : "1002");
    } else if (!chance_.Happens(0.12) && Start()) {
      while (!is_over_ && events_.size() + 12 < kMaxPlaybackEvents) Tick();
    }
    return std::move(events_);
  }

 private:
  v1::PlayerEvent Make(v1::EventType type) const {
    v1::PlayerEvent event = common_;
    event.set_event_type(type);
    event.set_playback_speed(speed_);
    event.set_position(viewing_.is_live ? -4 : Seconds(position_));
    return event;
  }

  void Send(v1::PlayerEvent event) {
    const absl::Time now = viewing_.start + absl::Milliseconds(clock_);
    if (now > viewing_.end) {
      is_over_ = true;
      return;
    }
    const std::int64_t unix_ms = absl::ToUnixMillis(now);
    event.mutable_occur_time()->set_seconds(unix_ms / kSecond);
    event.mutable_occur_time()->set_nanos(static_cast<std::int32_t>(unix_ms % kSecond) * 1'000'000);
    event.set_event_index(++index_);
    event.set_event_id(absl::StrCat(common_.event_id(), "-", events_.size()));
    if (!events_.empty()) {
      event.set_session_start_time(absl::ToUnixSeconds(viewing_.start));
    }
    events_.push_back(std::move(event));
  }
  void Send(v1::EventType type) { Send(Make(type)); }

  void SendImpression() {
    auto event = Make(v1::EVENT_TYPE_IMPRESSION);
    event.set_player_js_load_time(static_cast<double>(chance_.Whole(180, 1400)));
    Send(std::move(event));
  }

  void SendError(int error_position, const std::string& code) {
    auto event = Make(v1::EVENT_TYPE_ERROR);
    event.set_error_code(code);
    event.set_error_details(absl::StrCat("{\"code\":", code, ",\"severity\":2}"));
    event.set_error_position(error_position);
    Send(std::move(event));
    is_over_ = true;
  }

  // False: the viewer gave up before the first frame.
  bool Start() {
    clock_ += chance_.Happens(0.5) ? 150 : chance_.Whole(1 * kSecond, 12 * kSecond);
    Send(v1::EVENT_TYPE_PLAY_REQUEST);
    const double wait = chance_.Scaled(250, 1200) * (2.4 - 1.7 * viewing_.quality);
    const auto join = static_cast<std::int64_t>(wait);
    clock_ += join;
    if (chance_.Happens(0.008)) {
      SendError(1, chance_.Happens(0.5) ? "1002" : "6001");
      return false;
    }
    if (chance_.Happens(0.04)) return false;
    auto play = Make(v1::EVENT_TYPE_PLAY);
    play.set_join_time(Seconds(join));
    play.set_can_play(Seconds(join * 4 / 5));
    play.set_buffer_time(0);
    play.set_buffer_time_sum(0);
    play.set_actual_bitrate(kLadderKbps[rendition_]);
    Send(std::move(play));
    if (viewing_.is_live) play_sum_ = kViewTicks * kSecond;
    SendView();
    // A second of the clock is rarely a whole one of the media.
    clock_ += 7;
    media_lag_ = chance_.Whole(10, 120);
    ticks_ = -1;  // the first VIEW after it comes with the eleventh tick
    SetUp();
    return true;
  }

  void SetUp() {
    if (chance_.Happens(0.2)) {
      auto event = Make(v1::EVENT_TYPE_ENTER_FULLSCREEN);
      event.set_screen_mode(2);
      Send(std::move(event));
    }
    if (chance_.Happens(0.04)) {
      auto event = Make(v1::EVENT_TYPE_CAPTIONS);
      event.set_caption("en");
      Send(std::move(event));
    }
    if (!viewing_.is_live && chance_.Happens(0.05)) {
      speed_ = kSpeeds[static_cast<std::size_t>(chance_.Whole(0, 2))];
      Send(v1::EVENT_TYPE_SPEED);
    }
  }

  void Tick() {
    clock_ += kSecond;
    if (stall_ > 0) {
      Stall();
    } else {
      Advance();
    }
    if (is_over_) return;
    if (++ticks_ == kViewTicks) {
      ticks_ = 0;
      SendView();
    }
    if (stall_ == 0) Interrupt();
  }

  void Stall() {
    const std::int64_t waited = std::min(stall_, kSecond);
    buffer_ += waited;
    buffer_sum_ += waited;
    stall_ -= waited;
    if (stall_ == 0) Send(v1::EVENT_TYPE_BUFFER_END);
  }

  void Advance() {
    const auto step = static_cast<std::int64_t>(kSecond * speed_) - std::exchange(media_lag_, 0);
    position_ += step;
    if (!viewing_.is_live) play_sum_ += step;
    if (position_ >= length_) return End();
    SendQuartiles();
    if (position_ >= leave_) is_over_ = true;  // a closed page reports nothing
  }

  void End() {
    play_sum_ -= viewing_.is_live ? 0 : position_ - length_;
    position_ = length_;
    SendQuartiles();
    Send(v1::EVENT_TYPE_PAUSE);
    is_over_ = viewing_.is_live || has_replayed_ || !chance_.Happens(0.02);
    if (!is_over_) Replay();
  }

  void Replay() {
    has_replayed_ = true;
    clock_ += chance_.Whole(1 * kSecond, 9 * kSecond);
    SendSeek(0);
    Send(v1::EVENT_TYPE_REPLAY);
    leave_ = static_cast<std::int64_t>(static_cast<double>(length_) * chance_.Fraction());
  }

  void SendQuartiles() {
    if (viewing_.is_live) return;
    while (quartile_ < std::size(kQuartiles) &&
           position_ * 100 >= length_ * kQuartiles[quartile_].percent) {
      Send(kQuartiles[quartile_++].type);
    }
  }

  void SendView() {
    if (viewing_.is_live && ticks_ >= 0) {
      play_sum_ += std::max<std::int64_t>(kViewTicks * kSecond - buffer_, 0);
    }
    if (play_sum_ == last_view_sum_) return;  // a player does not report that nothing played
    last_view_sum_ = play_sum_;
    auto view = Make(v1::EVENT_TYPE_VIEW);
    const double kbps = kLadderKbps[rendition_];
    view.set_play_time_sum(Seconds(play_sum_));
    view.set_buffer_time(Seconds(std::exchange(buffer_, 0)));
    view.set_buffer_time_sum(Seconds(buffer_sum_));
    view.set_actual_bitrate(kbps);
    view.set_average_bitrate(kbps);
    view.set_bandwidth(kbps * 1.6);
    view.set_segment_download_time(Seconds(chance_.Whole(60, 900)));
    view.set_dropped_frames_ratio(Seconds(chance_.Whole(0, 8)));
    view.set_forward_buffer_health(0.9);
    view.set_network_connection_type(viewing_.quality < 0.35 ? "3g" : "4g");
    view.set_sound_mode(chance_.Happens(0.1) ? 1 : 2);
    view.set_tab_mode(chance_.Happens(0.12) ? 1 : 2);
    view.set_viewability_mode(2);
    view.set_screen_mode(1);
    Send(std::move(view));
  }

  void Interrupt() {
    const double poor = 1 - viewing_.quality;
    if (chance_.Happens(0.012 * poor * poor)) {
      stall_ = chance_.Whole(400, 6000);
      Send(v1::EVENT_TYPE_BUFFER_START);
    } else if (chance_.Happens(0.0015)) {
      Pause();
    } else if (!viewing_.is_live && chance_.Happens(0.001)) {
      SendSeek(std::min(position_ + length_ * chance_.Whole(5, 35) / 100, length_ * 97 / 100));
    } else if (chance_.Happens(0.002)) {
      SwitchRendition();
    } else if (chance_.Happens(0.0002 * poor)) {
      SendError(2, chance_.Happens(0.6) ? "1003" : "3014");
    } else if (chance_.Happens(0.0002)) {
      Send(v1::EVENT_TYPE_SHARE_CLICKED);
    }
  }

  void Pause() {
    Send(v1::EVENT_TYPE_PAUSE);
    if (chance_.Happens(0.25)) {
      is_over_ = true;
      return;
    }
    const auto pause = static_cast<std::int64_t>(chance_.Scaled(2, 400) * kSecond);
    clock_ += pause;
    if (pause > kPauseReset) index_ = 0, play_sum_ = 0, buffer_sum_ = 0, last_view_sum_ = 0;
    auto resume = Make(v1::EVENT_TYPE_RESUME);
    resume.set_buffer_time(Seconds(buffer_));
    resume.set_buffer_time_sum(Seconds(buffer_sum_));
    resume.set_actual_bitrate(kLadderKbps[rendition_]);
    Send(std::move(resume));
  }

  void SendSeek(std::int64_t target) {
    auto seek = Make(v1::EVENT_TYPE_SEEK);
    seek.set_target_position(Seconds(target));
    Send(std::move(seek));
    position_ = target;
    SendQuartiles();
  }

  void SwitchRendition() {
    rendition_ = std::clamp(rendition_ + (chance_.Happens(0.5) ? 1 : -1), 0, kRenditions - 1);
    auto event = Make(v1::EVENT_TYPE_FLAVOR_SWITCH);
    event.set_actual_bitrate(kLadderKbps[rendition_]);
    Send(std::move(event));
  }

  const Viewing& viewing_;
  const v1::PlayerEvent& common_;
  Chance& chance_;
  const std::int64_t length_;
  std::int64_t leave_;
  int rendition_;
  double speed_ = 1;
  std::int64_t clock_ = 0;
  std::int64_t position_ = 0;
  std::int64_t media_lag_ = 0;
  std::int64_t play_sum_ = 0;
  std::int64_t last_view_sum_ = -1;
  std::int64_t buffer_ = 0;
  std::int64_t buffer_sum_ = 0;
  std::int64_t stall_ = 0;
  std::size_t quartile_ = 0;
  std::int32_t index_ = 0;
  int ticks_ = -1;  // since the last VIEW
  bool has_replayed_ = false;
  bool is_over_ = false;
  std::vector<v1::PlayerEvent> events_;
};

}  // namespace

std::vector<v1::PlayerEvent> Play(const Viewing& viewing, const v1::PlayerEvent& common,
                                  Chance& chance) {
  return ScriptedPlayer(viewing, common, chance).Run();
}

}  // namespace playhead::tools
