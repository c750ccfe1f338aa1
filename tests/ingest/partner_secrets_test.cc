#include "services/ingest/partner_secrets.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace playhead::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(PartnerSecretsTest, ReadsLines) {
  const auto secrets = ParsePartnerSecrets(
      "# partner secret\n\n4711 first\n\t4711\t second \r\n  # more\n2147483647 x");
  ASSERT_TRUE(secrets.ok()) << secrets.status();
  EXPECT_THAT(*secrets, UnorderedElementsAre(Pair(4711, ElementsAre("first", "second")),
                                             Pair(2147483647, ElementsAre("x"))));
  EXPECT_TRUE(ParsePartnerSecrets("").ok());
}

TEST(PartnerSecretsTest, NamesTheLineAndNotTheSecret) {
  std::string many;
  for (int i = 0; i < 16; ++i) absl::StrAppend(&many, "7 s", i, "\n");
  EXPECT_TRUE(ParsePartnerSecrets(many).ok());
  EXPECT_TRUE(ParsePartnerSecrets("1 " + std::string(256, 'x')).ok());
  struct Case {
    std::string text;
    const char* line;
  };
  const Case cases[] = {{"1 a\nHIDDEN", "line 2: 1 words"},
                        {"1 a\n\n1 HIDDEN b", "line 3: 3 words"},
                        {"0 HIDDEN", "line 1: the partner"},
                        {"-1 HIDDEN", "line 1: the partner"},
                        {"2147483648 HIDDEN", "line 1: the partner"},
                        {"HIDDEN 4711", "line 1: the partner"},
                        {"1 HIDDEN\x01", "line 1: the secret"},
                        {"1 HIDDEN\xc3\xbc", "line 1: the secret"},
                        {"1 HIDDEN" + std::string(251, 'x'), "line 1: the secret"},
                        {many + "7 HIDDEN", "line 17: partner 7"}};
  for (const Case& c : cases) {
    const auto secrets = ParsePartnerSecrets(c.text);
    EXPECT_EQ(secrets.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(secrets.status().message()), HasSubstr(c.line));
    EXPECT_THAT(std::string(secrets.status().message()), Not(HasSubstr("HIDDEN")));
  }
}

class PartnerSecretsFileTest : public ::testing::Test {
 protected:
  PartnerSecretsFileTest()
      : folder_(std::filesystem::temp_directory_path() /
                absl::StrCat("playhead-secrets-", ::getpid(), "-",
                             ::testing::UnitTest::GetInstance()->current_test_info()->name())),
        path_(folder_ / "secrets") {
    std::filesystem::create_directory(folder_);
  }
  ~PartnerSecretsFileTest() override { std::filesystem::remove_all(folder_); }

  void Replace(const std::string& text, mode_t mode = 0600) {
    const std::string next = path_ + ".new";
    std::ofstream(next) << text;
    ASSERT_EQ(::chmod(next.c_str(), mode), 0);
    std::filesystem::rename(next, path_);
  }
  absl::StatusOr<std::unique_ptr<PartnerSecretsFile>> Open() {
    return PartnerSecretsFile::Open(path_, [this] { return now_; });
  }

  const std::filesystem::path folder_;
  const std::string path_;
  absl::Time now_ = absl::FromUnixSeconds(1'795'364'844);
};

TEST_F(PartnerSecretsFileTest, SeesAReplacedFileAfterTenSeconds) {
  Replace("1 a");
  const auto file = Open();
  ASSERT_TRUE(file.ok()) << file.status();
  const auto first = (*file)->Current();
  EXPECT_THAT(*first, ElementsAre(Pair(1, ElementsAre("a"))));
  Replace("1 b");
  now_ += absl::Seconds(10) - absl::Nanoseconds(1);
  EXPECT_EQ((*file)->Current(), first);
  now_ += absl::Nanoseconds(1);
  EXPECT_THAT(*(*file)->Current(), ElementsAre(Pair(1, ElementsAre("b"))));
  const auto second = (*file)->Current();
  now_ += absl::Seconds(10);
  EXPECT_EQ((*file)->Current(), second);
}

TEST_F(PartnerSecretsFileTest, KeepsTheLastGoodOne) {
  Replace("1 a");
  const auto file = Open();
  ASSERT_TRUE(file.ok()) << file.status();
  const auto first = (*file)->Current();
  for (const auto& spoil : std::initializer_list<std::function<void()>>{
           [&] { Replace("1"); }, [&] { Replace("1 b", 0644); },
           [&] { std::filesystem::remove(path_); }}) {
    spoil();
    now_ += absl::Seconds(10);
    EXPECT_EQ((*file)->Current(), first);
  }
  Replace("1 c");
  now_ += absl::Seconds(10);
  EXPECT_THAT(*(*file)->Current(), ElementsAre(Pair(1, ElementsAre("c"))));
}

TEST_F(PartnerSecretsFileTest, OpensOnlyAGoodFile) {
  EXPECT_FALSE(Open().ok());
  Replace("1 a\n1");
  EXPECT_THAT(std::string(Open().status().message()), HasSubstr(path_ + ": line 2: "));
  for (const mode_t mode : {0604, 0602, 0601, 0620}) {
    Replace("1 a", mode);
    EXPECT_THAT(std::string(Open().status().message()), HasSubstr("lets others"));
  }
  for (const mode_t mode : {0600, 0400, 0640, 0440, 0500}) {
    Replace("1 a", mode);
    EXPECT_TRUE(Open().ok());
  }
}

// As Kubernetes mounts a secret: the file's name and the folder's are links, and a new version
// comes by renaming the folder's.
TEST_F(PartnerSecretsFileTest, FollowsALinkToAFolderThatIsReplaced) {
  const auto publish = [&](const std::string& version, const std::string& text) {
    std::filesystem::create_directory(folder_ / version);
    std::ofstream(folder_ / version / "secrets") << text;
    ASSERT_EQ(::chmod((folder_ / version / "secrets").c_str(), 0440), 0);
    std::filesystem::create_directory_symlink(version, folder_ / "..data.new");
    std::filesystem::rename(folder_ / "..data.new", folder_ / "..data");
  };
  publish("..1", "1 a");
  std::filesystem::create_symlink("..data/secrets", path_);
  const auto file = Open();
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(*(*file)->Current(), ElementsAre(Pair(1, ElementsAre("a"))));
  publish("..2", "1 b");
  now_ += absl::Seconds(10);
  EXPECT_THAT(*(*file)->Current(), ElementsAre(Pair(1, ElementsAre("b"))));
}

}  // namespace
}  // namespace playhead::ingest
