// Prints the migration that follows from the catalog.
#include <iostream>

#include "tools/catalog_ddl.h"

int main() {
  std::cout << playhead::tools::CatalogDdl();
  return std::cout.good() ? 0 : 1;
}
