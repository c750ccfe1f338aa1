#include "services/ingest/url.h"

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace playhead::ingest {
namespace {

TEST(UrlTest, FindsDomainAndPage) {
  struct Case {
    std::string referrer;
    std::string domain;
    std::string page;
  };
  const std::string url = "https://www.Example.com/Videos/A%20b?x=1#y";
  const std::string page = "www.example.com/Videos/A b";
  const Case cases[] = {
      {"http://127.0.0.1:39521/page.html?kava=1.15.2", "127.0.0.1", "127.0.0.1:39521/page.html"},
      {url, "www.example.com", page},
      {"HTTPS://h/x", "h", "h/x"},
      {"http://h", "h", "h/"},
      {"http://h?x", "h", "h/"},
      {"http://h#x", "h", "h/"},
      {"http://user:pass@h:81/", "h", "h:81/"},
      {"http://[::1]:80/x", "[::1]", "[::1]:80/x"},
      {"http://h/caf%C3%A9", "h", "h/café"},
      {"http://h/%FF", "h", "h/%FF"},
      {"http://h/a%00b", "h", "h/a%00b"},
      {"http%3A%2F%2Fh%2Fx%3Fy%3D1", "h", "h/x"},
      {"http%253A%252F%252Fh%252Fx", "h", "h/x"},
      {"http%25253A%25252F%25252Fh%25252Fx", "", ""},
      {absl::Base64Escape(url), "www.example.com", page},
      {absl::WebSafeBase64Escape(url), "www.example.com", page},
      {"aHR0cDovL2gvPz8+Pg==", "h", "h/"},
      {"aHR0cDovL2gvPz8-Pg", "h", "h/"},
      {"aHR0cDovL2gvPz8 Pg==", "h", "h/"},  // `+` read as a space
      {absl::Base64Escape("ftp://h/x"), "", ""},
      {absl::Base64Escape("http://h/\xFF"), "", ""},
      {"ftp://h/x", "", ""},
      {"www.example.com/x", "", ""},
      {"http://", "", ""},
      {"http:///x", "", ""},
      {"http://:80/x", "", ""},
      {"http://a b/x", "", ""},
      {"http://%FF/", "%ff", "%ff/"},
      {"http%3A%2F%2F%FF", "", ""},
      {"", "", ""},
      {"app", "", ""},
  };
  for (const Case& c : cases) {
    const EmbeddingPage found = ParseReferrer(c.referrer);
    EXPECT_EQ(found.domain, c.domain) << c.referrer;
    EXPECT_EQ(found.page, c.page) << c.referrer;
  }
}

}  // namespace
}  // namespace playhead::ingest
