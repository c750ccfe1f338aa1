#include "services/ingest/geo.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "tests/ingest/metric_value.h"

namespace playhead::ingest {
namespace {

namespace fs = std::filesystem;

const fs::path kDatabases = PLAYHEAD_GEO_DATABASES;
const fs::path kExpected = PLAYHEAD_GEO_EXPECTED;

std::string Slurp(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void Write(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

IpAddress Address(const std::string& text) { return ParseIpAddress(text).value(); }

class GeoTest : public ::testing::Test {
 protected:
  GeoTest() {
    std::string name = (fs::temp_directory_path() / "playhead-geo-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~GeoTest() override { fs::remove_all(folder_); }

  static std::vector<std::string> Files(std::initializer_list<const char*> names) {
    std::vector<std::string> paths;
    for (const char* name : names) paths.push_back((kDatabases / name).string());
    return paths;
  }

  std::unique_ptr<Geo> Open(std::vector<std::string> city, std::vector<std::string> asn) {
    auto geo = Geo::Open({.city_files = std::move(city),
                          .asn_files = std::move(asn),
                          .check_interval = absl::ZeroDuration()},
                         metrics_);
    EXPECT_TRUE(geo.ok()) << geo.status();
    return geo.ok() ? *std::move(geo) : nullptr;
  }

  double Loads() const { return MetricValue(registry_, "playhead_ingest_geo_loads_total"); }
  double Refusals() const { return MetricValue(registry_, "playhead_ingest_geo_refusals_total"); }

  prometheus::Registry registry_;
  IngestMetrics metrics_{registry_};
  fs::path folder_;
};

void ExpectAll(const Geo& geo) {
  const auto cases = nlohmann::json::parse(Slurp(kExpected));
  ASSERT_GT(cases.size(), 10U);
  for (const auto& expected : cases) {
    const auto text = [&](const char* key) { return expected.at(key).get<std::string>(); };
    const IpAddress address = Address(text("address"));
    EXPECT_EQ(geo.FindPlace(address),
              (Place{.country = text("country"), .region = text("region"), .city = text("city")}))
        << text("address");
    EXPECT_EQ(geo.FindIsp(address), text("isp")) << text("address");
  }
}

TEST_F(GeoTest, ReadsTheNestedLayout) {
  ExpectAll(*Open(Files({"nested.mmdb"}), Files({"asn-nested.mmdb"})));
}

TEST_F(GeoTest, ReadsTheFlatLayoutInSeparateFiles) {
  ExpectAll(*Open(Files({"flat-ipv4.mmdb", "flat-ipv6.mmdb"}),
                  Files({"asn-flat-ipv4.mmdb", "asn-flat-ipv6.mmdb"})));
  ExpectAll(*Open(Files({"flat-ipv6.mmdb", "flat-ipv4.mmdb"}),
                  Files({"asn-flat-ipv6.mmdb", "asn-nested.mmdb"})));
}

TEST_F(GeoTest, FindsNothingWithoutFiles) {
  const auto geo = Open({}, {});
  EXPECT_EQ(geo->FindPlace(Address("8.8.8.8")), Place());
  EXPECT_EQ(geo->FindIsp(Address("8.8.8.8")), "");
  geo->CheckFiles();
}

TEST_F(GeoTest, NamesAFileThatIsMissingOrNone) {
  const auto missing = GeoFile::Open((folder_ / "none.mmdb").string());
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(missing.status().message()), ::testing::HasSubstr("none.mmdb"));
  EXPECT_FALSE(GeoFile::Open(folder_.string()).ok());
  Write(folder_ / "empty.mmdb", "");
  EXPECT_FALSE(GeoFile::Open((folder_ / "empty.mmdb").string()).ok());
}

TEST_F(GeoTest, RefusesFilesCutOffAnywhere) {
  const fs::path path = folder_ / "cut.mmdb";
  for (const char* name : {"nested.mmdb", "flat-ipv4.mmdb", "asn-flat-ipv6.mmdb"}) {
    const std::string whole = Slurp(kDatabases / name);
    // Every byte of the metadata, which stands at the end; elsewhere some of them.
    constexpr std::size_t kMetadataBytes = 300;
    for (std::size_t size = 0; size < whole.size();
         size += size + kMetadataBytes < whole.size() ? 17 : 1) {
      Write(path, whole.substr(0, size));
      EXPECT_FALSE(GeoFile::Open(path.string()).ok()) << name << " at " << size;
    }
  }
}

TEST_F(GeoTest, LivesWithAnyByteChanged) {
  const fs::path path = folder_ / "changed.mmdb";
  const std::string whole = Slurp(kDatabases / "nested.mmdb");
  int refused = 0;
  for (std::size_t at = 0; at < whole.size(); at += 5) {
    std::string changed = whole;
    changed[at] = static_cast<char>(~changed[at]);
    Write(path, changed);
    const auto file = GeoFile::Open(path.string());
    if (!file.ok()) {
      ++refused;
      continue;
    }
    for (const char* address : {"8.8.8.8", "2001:4860:4860::8888", "::", "255.255.255.255"}) {
      const Place place = (*file)->FindPlace(Address(address));
      EXPECT_TRUE(place.country.empty() || place.country.size() == 2);
    }
  }
  EXPECT_GT(refused, 100);
}

TEST_F(GeoTest, TakesAReplacementAfterItHasSettled) {
  const fs::path path = folder_ / "city.mmdb";
  fs::copy_file(kDatabases / "flat-ipv6.mmdb", path);
  const auto geo = Open({path.string()}, {});
  EXPECT_EQ(geo->FindPlace(Address("8.8.8.8")).country, "");
  geo->CheckFiles();
  EXPECT_EQ(Loads(), 1);

  fs::copy_file(kDatabases / "nested.mmdb", folder_ / "new");
  fs::rename(folder_ / "new", path);
  geo->CheckFiles();
  EXPECT_EQ(geo->FindPlace(Address("8.8.8.8")).country, "");
  geo->CheckFiles();
  EXPECT_EQ(geo->FindPlace(Address("8.8.8.8")).country, "US");
  geo->CheckFiles();
  EXPECT_EQ(Loads(), 2);
  EXPECT_EQ(Refusals(), 0);
}

TEST_F(GeoTest, KeepsTheRunningFileWhenTheNewOneIsCorruptOrGone) {
  const fs::path path = folder_ / "city.mmdb";
  const std::string whole = Slurp(kDatabases / "nested.mmdb");
  Write(path, whole);
  const auto geo = Open({path.string()}, {});
  const auto check = [&](int refusals) {
    for (int i = 0; i < 4; ++i) geo->CheckFiles();
    EXPECT_EQ(Refusals(), refusals);
    EXPECT_EQ(geo->FindPlace(Address("8.8.8.8")).city, "Mountain View");
  };
  // In place: what is read must not be this very file.
  Write(path, whole.substr(0, whole.size() / 2));
  check(1);
  Write(path, "");
  check(2);
  fs::remove(path);
  check(3);
  Write(path, Slurp(kDatabases / "flat-ipv6.mmdb"));
  for (int i = 0; i < 2; ++i) geo->CheckFiles();
  EXPECT_EQ(geo->FindPlace(Address("8.8.8.8")).country, "");
  EXPECT_EQ(Loads(), 2);
}

TEST_F(GeoTest, IsReplacedWhileLookupsRun) {
  const fs::path path = folder_ / "city.mmdb";
  fs::copy_file(kDatabases / "nested.mmdb", path);
  const auto geo = Open({path.string()}, {});
  std::atomic<bool> is_done = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      const Place expected{.country = "US", .region = "California", .city = "Mountain View"};
      while (!is_done) {
        if (!(geo->FindPlace(Address("8.8.8.8")) == expected)) ++wrong;
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    const char* name = i % 2 == 0 ? "flat-ipv4.mmdb" : "nested.mmdb";
    Write(path, i % 5 == 4 ? "corrupt" : Slurp(kDatabases / name));
    geo->CheckFiles();
    geo->CheckFiles();
  }
  is_done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(Refusals(), 10);
}

TEST_F(GeoTest, LooksAtFilesByItself) {
  const fs::path path = folder_ / "city.mmdb";
  fs::copy_file(kDatabases / "flat-ipv6.mmdb", path);
  auto geo = Geo::Open(
      {.city_files = {path.string()}, .asn_files = {}, .check_interval = absl::Milliseconds(1)},
      metrics_);
  ASSERT_TRUE(geo.ok());
  fs::copy_file(kDatabases / "nested.mmdb", folder_ / "new");
  fs::rename(folder_ / "new", path);
  while ((*geo)->FindPlace(Address("8.8.8.8")).country.empty()) std::this_thread::yield();
}

}  // namespace
}  // namespace playhead::ingest
