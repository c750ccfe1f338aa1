#!/usr/bin/env bash
# include_arrows.sh [ROOT]: proto <- common <- services/{ingest,aggregator,query} <- tools, tests. Fails, naming the
# line, where an include or import goes against an arrow. First shows that it can fail.
set -euo pipefail

# forbidden FOLDER PATTERN: lines below FOLDER that include what PATTERN matches.
forbidden() {
  [[ -d $1 ]] || return 0
  grep -rnE --include='*.h' --include='*.cc' --include='*.proto' \
    "^[[:space:]]*(#[[:space:]]*include|import)[[:space:]]+(public[[:space:]]+)?[\"<]($2)" "$1" || true
}

violations() {
  cd "$1"
  forbidden proto '(common|services|tools|tests)/'
  forbidden common '(services|tools|tests)/'
  forbidden services '(tools|tests)/'
  forbidden services/ingest 'services/(aggregator|query)/'
  forbidden services/aggregator 'services/(ingest|query)/'
  forbidden services/query 'services/(ingest|aggregator)/'
  forbidden tools 'tests/'
  # A path from the root is the only form.
  local folder
  for folder in common services tools tests; do forbidden "$folder" '\.\.?/'; done
}

self_test() {
  local tree count
  tree=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf '$tree'" RETURN
  mkdir -p "$tree"/{proto,common,tools} "$tree"/services/{ingest,aggregator,query}
  echo 'import "services/query/plan.proto";' >"$tree/proto/a.proto"
  echo '#include "services/query/plan.h"' >"$tree/common/a.h"
  echo '#include "tools/table.h"' >"$tree/services/query/a.cc"
  echo '#  include <services/query/plan.h>' >"$tree/services/ingest/a.cc"
  echo '#include "services/ingest/pack.h"' >"$tree/services/aggregator/a.cc"
  echo '#include "services/aggregator/fold.h"' >"$tree/services/query/b.cc"
  echo '#include "tests/support.h"' >"$tree/tools/a.cc"
  echo '#include "../fold.h"' >"$tree/services/query/c.cc"
  echo '#include "services/query/plan.h"' >"$tree/services/query/good.cc"
  echo '#include "services/query/plan.h"' >"$tree/tools/good.cc"
  count=$(violations "$tree" | wc -l)
  [[ $count -eq 8 ]] || { echo "the check found $count of 8 planted violations" >&2; exit 1; }
}

self_test
found=$(violations "${1:-$(dirname "${BASH_SOURCE[0]}")/..}")
[[ -z $found ]] || { printf 'against the arrows:\n%s\n' "$found" >&2; exit 1; }
