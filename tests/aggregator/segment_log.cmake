# Tests of the embedded log.
add_library(playhead_fault_files STATIC ${PROJECT_SOURCE_DIR}/tests/support/fault_files.cc)
target_link_libraries(playhead_fault_files
  PUBLIC playhead::common absl::synchronization
  PRIVATE playhead::options)

add_library(playhead_segment_log_oracle STATIC segment_log_oracle.cc)
target_link_libraries(playhead_segment_log_oracle
  PUBLIC playhead::segment_log playhead_fault_files absl::synchronization
  PRIVATE playhead::options)

playhead_test(append_queue_test LINK playhead::segment_log LABELS unit)
playhead_test(crc32c_test LINK playhead::segment_log LABELS unit)
playhead_test(segment_format_test LINK playhead::segment_log LABELS unit)
playhead_test(segment_retention_test LINK playhead::segment_log LABELS unit)
playhead_test(segment_log_test LINK playhead_segment_log_oracle LABELS unit)
playhead_test(segment_log_reader_test LINK playhead_segment_log_oracle LABELS unit)



playhead_test(segment_log_damage_test LINK playhead_segment_log_oracle LABELS unit)
playhead_test(segment_log_fault_test LINK playhead_segment_log_oracle LABELS unit)
playhead_test(segment_log_power_cut_test LINK playhead_segment_log_oracle LABELS unit)

# Run by tests/faults/power_cut.py, which needs root and loop devices.
add_executable(power_cut_load ${PROJECT_SOURCE_DIR}/tests/faults/power_cut_load.cc)
target_link_libraries(power_cut_load PRIVATE playhead::segment_log absl::strings playhead::options)
