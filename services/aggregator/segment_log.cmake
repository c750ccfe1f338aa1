# The embedded log.
add_library(playhead_segment_log STATIC
  append_queue.cc
  crc32c.cc
  log_meta.cc
  segment.cc
  segment_format.cc
  segment_group.cc
  segment_log.cc
  segment_log_reader.cc
  segment_log_view.cc
  segment_log_writer.cc
  segment_recovery.cc
  segment_retention.cc
  segment_scan.cc
  segment_scanner.cc
  segment_writer.cc
  torn_tail.cc)
add_library(playhead::segment_log ALIAS playhead_segment_log)
target_link_libraries(playhead_segment_log
  PUBLIC playhead::common absl::status absl::statusor absl::time
  PRIVATE absl::strings absl::synchronization Threads::Threads playhead::options)
