#!/usr/bin/env bash
# format_check.sh [ROOT]: every C++ file is as clang-format leaves it.
set -euo pipefail

cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"
find common services tools tests \( -name '*.h' -o -name '*.cc' \) -print0 |
  xargs -0 clang-format-14 --dry-run -Werror
