#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "gtest/gtest.h"
#include "services/ingest/user_agent.h"

namespace playhead::ingest {

inline constexpr char kUapCore[] = "/usr/share/uap-core/";

// A file of the package uap-core.
inline std::string ReadUapCore(const std::string& name) {
  std::ifstream file(kUapCore + name);
  EXPECT_TRUE(file.good()) << kUapCore << name << " is missing: install uap-core";
  return {std::istreambuf_iterator<char>(file), {}};
}

// Of the installed expressions; made once.
inline const UserAgentParser& InstalledParser() {
  static const auto& parser = *UserAgentParser::Make(ReadUapCore("regexes.yaml")).value().release();
  return parser;
}

}  // namespace playhead::ingest
