# The store of the aggregator: commits, folds and retention in PostgreSQL.
option(PLAYHEAD_NO_CAS "Build a store without the compare-and-set of offsets, for tests that must fail" OFF)

add_library(playhead_store STATIC
  copy_writer.cc
  day_edges.cc
  epoch_rows.cc
  fold_loop.cc
  fold_sql.cc
  fold_tiers.cc
  offsets.cc
  partition_cache.cc
  partners_reader.cc
  pg_rollup_store.cc
  retention.cc
  text_store.cc)
add_library(playhead::store ALIAS playhead_store)
target_compile_definitions(playhead_store PUBLIC $<$<BOOL:${PLAYHEAD_NO_CAS}>:PLAYHEAD_NO_CAS>)
target_link_libraries(playhead_store
  PUBLIC playhead::common playhead::postgres absl::flat_hash_set absl::synchronization
  PRIVATE playhead::options)
