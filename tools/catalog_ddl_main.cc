// Prints a migration that follows from the catalog: catalog_ddl NUMBER
#include <iostream>

#include "absl/strings/numbers.h"
#include "tools/catalog_ddl.h"

int main(int argc, char** argv) {
  int migration = 0;
  if (argc != 2 || !absl::SimpleAtoi(argv[1], &migration)) {
    std::cerr << "catalog_ddl: needs the number of a migration: 2 or 5\n";
    return 2;
  }
  std::cout << playhead::tools::CatalogDdl(migration);
  return std::cout.good() ? 0 : 1;
}
