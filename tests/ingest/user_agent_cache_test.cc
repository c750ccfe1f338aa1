#include "services/ingest/user_agent_cache.h"

#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace playhead::ingest {
namespace {

using ::testing::ElementsAre;

UserAgent Named(std::string_view text) { return {.browser = std::string(text)}; }

// Keeps the texts that were parsed.
struct Parses {
  std::vector<std::string> texts;

  UserAgentCache::Parse Function() {
    return [this](std::string_view text) {
      texts.emplace_back(text);
      return Named(text);
    };
  }
};

TEST(UserAgentCacheTest, ParsesATextOnce) {
  Parses parses;
  UserAgentCache cache(parses.Function(), 2);
  EXPECT_EQ(cache.Find("a")->browser, "a");
  EXPECT_EQ(cache.Find("a")->browser, "a");
  EXPECT_THAT(parses.texts, ElementsAre("a"));
}

TEST(UserAgentCacheTest, ForgetsWhatWasNotUsedForLongest) {
  Parses parses;
  UserAgentCache cache(parses.Function(), 2);
  for (const char* text : {"a", "b", "a", "c", "a", "b"}) {
    EXPECT_EQ(cache.Find(text)->browser, text);
  }
  EXPECT_THAT(parses.texts, ElementsAre("a", "b", "c", "b"));
}

TEST(UserAgentCacheTest, HoldsNoMoreThanItsCapacity) {
  UserAgentCache cache(Named, 3);
  for (int i = 0; i < 100; ++i) cache.Find(absl::StrCat(i));
  EXPECT_EQ(cache.size(), 3U);
}

TEST(UserAgentCacheTest, HoldsAtLeastOne) {
  UserAgentCache cache(Named, 0);
  EXPECT_EQ(cache.Find("a")->browser, "a");
  EXPECT_EQ(cache.size(), 1U);
}

TEST(UserAgentCacheTest, WhatWasFoundOutlivesItsPlace) {
  UserAgentCache cache(Named, 1);
  const auto found = cache.Find("a");
  cache.Find("b");
  EXPECT_EQ(found->browser, "a");
}

TEST(UserAgentCacheTest, KeepsNoMoreOfATextThanIsRead) {
  Parses parses;
  UserAgentCache cache(parses.Function(), 4);
  const std::string read(kMaxUserAgentBytes, 'x');
  cache.Find(read);
  cache.Find(absl::StrCat(read, "y"));
  cache.Find(std::string(16'384, 'x'));
  EXPECT_THAT(parses.texts, ElementsAre(read));
}

TEST(UserAgentCacheTest, ServesManyThreads) {
  UserAgentCache cache(Named, 5);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, &wrong, t] {
      for (int i = 0; i < 5000; ++i) {
        const std::string text = absl::StrCat((i * 7 + t) % 11);
        if (cache.Find(text)->browser != text) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(cache.size(), 5U);
}

}  // namespace
}  // namespace playhead::ingest
