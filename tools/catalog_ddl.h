#pragma once

#include <string>

namespace playhead::tools {

// The migration of that number, which creates tables of facts, rollups and audiences, from the
// catalog. 2 or 5.
std::string CatalogDdl(int migration);

}  // namespace playhead::tools
