# Tests that are scripts. Labels: checks (of the sources), end_to_end (a whole suite), faults (kills), asan.
function(playhead_script name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT;PROCESSORS" "COMMAND;LABELS")
  add_test(NAME ${name} COMMAND ${arg_COMMAND})
  set_tests_properties(${name} PROPERTIES
    LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT} PROCESSORS ${arg_PROCESSORS}
    ENVIRONMENT "PLAYHEAD_BINARIES=${CMAKE_BINARY_DIR}")
endfunction()

foreach(check include_arrows.sh format_check.sh proto_compatibility.py)
  cmake_path(GET check STEM check_name)
  playhead_script(${check_name} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/${check}
    LABELS checks TIMEOUT 120 PROCESSORS 1)
endforeach()
playhead_script(tidy_check COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/tidy_check.py
  LABELS checks TIMEOUT 600 PROCESSORS 2)

if(PLAYHEAD_ASAN_BUILD)
  playhead_script(asan LABELS asan unit TIMEOUT 1200 PROCESSORS 2
    COMMAND ${CMAKE_CTEST_COMMAND} --test-dir ${PLAYHEAD_ASAN_BUILD} -j 2 --output-on-failure --no-tests=error
      -LE "postgres|checks|end_to_end|faults" -E "_NOT_BUILT$")
endif()

# One file per test; each starts a suite of its own.
set(PLAYHEAD_END_TO_END
  bad_input_test corrupt_batches_test recorded_scenarios_test local_sh_test reflection_test replies_test
  generated_events_test user_agents_test geo_test verified_users_test docs_commands_test load_test)
foreach(test ${PLAYHEAD_END_TO_END})
  playhead_script(end_to_end_${test} LABELS end_to_end TIMEOUT 900 PROCESSORS 2
    COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/end_to_end/${test}.py)
endforeach()
