#pragma once

#include <string>

namespace playhead::tools {

// The migration that creates the tables of facts and rollups, from the catalog.
std::string CatalogDdl();

}  // namespace playhead::tools
