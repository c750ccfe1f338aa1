#include "services/ingest/atom_finder.h"

#include <algorithm>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace playhead::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(AtomFinderTest, FindsEveryAtomOnceInOrder) {
  const AtomFinder finder({"she", "he", "hers", "his", "s"});
  EXPECT_THAT(finder.Find("ushers she"), ElementsAre(0, 1, 2, 4));
  EXPECT_THAT(finder.Find("his"), ElementsAre(3, 4));
  EXPECT_THAT(finder.Find("hhe"), ElementsAre(1));
  EXPECT_THAT(finder.Find("h"), IsEmpty());
  EXPECT_THAT(finder.Find(""), IsEmpty());
}

TEST(AtomFinderTest, WithoutAtomsFindsNone) { EXPECT_THAT(AtomFinder({}).Find("abc"), IsEmpty()); }

TEST(AtomFinderTest, TakesAnyByte) {
  const AtomFinder finder({"\xFF\xFE", "\x80"});
  EXPECT_THAT(finder.Find("a\xFF\xFF\xFE"), ElementsAre(0));
  EXPECT_THAT(finder.Find("\x80"), ElementsAre(1));
}

TEST(AtomFinderTest, AgreesWithASearchForEach) {
  std::mt19937 random(20);
  const auto make = [&](std::size_t size) {
    std::string text;
    while (text.size() < size) text.push_back(static_cast<char>('a' + random() % 2));
    return text;
  };
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> atoms;
    for (std::size_t i = 0; i < 1 + random() % 8; ++i) {
      std::string atom = make(1 + random() % 6);
      if (std::find(atoms.begin(), atoms.end(), atom) == atoms.end()) atoms.push_back(atom);
    }
    const std::string text = make(random() % 16);
    std::vector<int> expected;
    for (std::size_t i = 0; i < atoms.size(); ++i) {
      if (text.find(atoms[i]) != std::string::npos) expected.push_back(static_cast<int>(i));
    }
    ASSERT_EQ(AtomFinder(atoms).Find(text), expected) << text;
  }
}

}  // namespace
}  // namespace playhead::ingest
