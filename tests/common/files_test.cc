#include "common/files.h"

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "tests/support/fault_files.h"

namespace playhead {
namespace {

// What holds for every implementation: on the real files and on the fake.
class FilesTest : public testing::TestWithParam<bool> {
 protected:
  FilesTest() {
    std::string path = testing::TempDir() + "files_test_XXXXXX";
    base_ = mkdtemp(path.data());
    directory_ = base_ + "/a/b";
    EXPECT_TRUE(files_.MakeDirectory(directory_).ok());
  }
  ~FilesTest() override { std::filesystem::remove_all(base_); }

  std::string Path(const std::string& name) const { return directory_ + "/" + name; }
  static std::string Read(const File& file, std::uint64_t position, std::size_t count) {
    std::string bytes(count, '\0');
    bytes.resize(file.Read(position, bytes).value());
    return bytes;
  }

  FaultFiles fake_{1};
  Files& files_ = GetParam() ? static_cast<Files&>(fake_) : PosixFiles();
  std::string base_;
  std::string directory_;
};

TEST_P(FilesTest, WritesReadsAndTruncates) {
  const auto file = files_.Create(Path("x"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE((*file)->Write(0, "hello").ok());
  EXPECT_TRUE((*file)->Write(7, "world").ok());
  EXPECT_TRUE((*file)->Sync().ok());
  EXPECT_EQ(*(*file)->Size(), 12u);
  EXPECT_EQ(Read(**file, 0, 100), std::string("hello\0\0world", 12));
  EXPECT_EQ(Read(**file, 3, 2), "lo");
  EXPECT_EQ(Read(**file, 12, 5), "");
  EXPECT_TRUE((*file)->Truncate(4).ok());
  EXPECT_EQ(Read(**file, 0, 100), "hell");
  const auto again = files_.Open(Path("x"));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(Read(**again, 0, 100), "hell");
}

TEST_P(FilesTest, NamesItsErrors) {
  EXPECT_TRUE(absl::IsNotFound(files_.Open(Path("x")).status()));
  EXPECT_TRUE(absl::IsNotFound(files_.Unlink(Path("x"))));
  EXPECT_TRUE(absl::IsNotFound(files_.Rename(Path("x"), Path("y"))));
  ASSERT_TRUE(files_.Create(Path("x")).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(files_.Create(Path("x")).status()));
}

TEST_P(FilesTest, RenamesOverAndRemoves) {
  ASSERT_TRUE(files_.Create(Path("x")).value()->Write(0, "new").ok());
  ASSERT_TRUE(files_.Create(Path("y")).value()->Write(0, "old").ok());
  EXPECT_EQ(*files_.List(directory_), (std::vector<std::string>{"x", "y"}));
  EXPECT_TRUE(files_.Rename(Path("x"), Path("y")).ok());
  EXPECT_TRUE(files_.SyncDirectory(directory_).ok());
  EXPECT_EQ(*files_.List(directory_), std::vector<std::string>{"y"});
  const auto open = files_.Open(Path("y"));
  EXPECT_TRUE(files_.Unlink(Path("y")).ok());
  EXPECT_TRUE(files_.List(directory_)->empty());
  EXPECT_EQ(Read(**open, 0, 100), "new") << "an open file outlives its name";
}

TEST_P(FilesTest, GivesALockToOneHolder) {
  auto lock = files_.Lock(Path("lock"));
  ASSERT_TRUE(lock.ok()) << lock.status();
  EXPECT_TRUE(absl::IsFailedPrecondition(files_.Lock(Path("lock")).status()));
  lock->reset();
  EXPECT_TRUE(files_.Lock(Path("lock")).ok());
}

TEST_P(FilesTest, KnowsTheFreeSpace) { EXPECT_GT(*files_.FreeBytes(directory_), 0u); }

INSTANTIATE_TEST_SUITE_P(RealAndFake, FilesTest, testing::Bool());

TEST(FaultFilesTest, LosesAtAPowerCutOnlyWhatIsNotSynced) {
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    FaultFiles files(seed);
    {
      const auto file = files.Create("/d/x");
      ASSERT_TRUE((*file)->Write(0, "synced").ok());
      ASSERT_TRUE((*file)->Sync().ok());
      ASSERT_TRUE(files.SyncDirectory("/d").ok());
      ASSERT_TRUE((*file)->Write(6, "torn").ok());
      files.PowerCut();
      EXPECT_FALSE((*file)->Sync().ok());
    }
    files.PowerOn();
    const std::string left = files.Snapshot().at("/d/x");
    EXPECT_EQ(left.substr(0, 6), "synced");
    lost += left == "syncedtorn" ? 0 : 1;
  }
  EXPECT_GT(lost, 10);
  EXPECT_LT(lost, 50);
}

TEST(FaultFilesTest, DoesNotMakeDurableWhatAFailedSyncLeft) {
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    FaultFiles files(seed);
    const auto file = files.Create("/d/x");
    ASSERT_TRUE(files.SyncDirectory("/d").ok());
    ASSERT_TRUE((*file)->Write(0, "left").ok());
    files.FailAt(1, EIO);
    EXPECT_FALSE((*file)->Sync().ok());
    EXPECT_TRUE((*file)->Sync().ok());
    files.PowerCut();
    files.PowerOn();
    lost += files.Snapshot().at("/d/x") == "left" ? 0 : 1;
  }
  EXPECT_GT(lost, 10);
  EXPECT_LT(lost, 40);
}

TEST(FaultFilesTest, RunsOutOfSpace) {
  FaultFiles files(1);
  files.SetCapacity(10);
  const auto file = files.Create("/d/x");
  EXPECT_TRUE((*file)->Write(0, "0123456789").ok());
  EXPECT_TRUE(absl::IsResourceExhausted((*file)->Write(10, "x")));
  EXPECT_TRUE((*file)->Write(0, "abc").ok());
}

}  // namespace
}  // namespace playhead
