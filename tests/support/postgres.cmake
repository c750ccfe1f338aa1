# Support of tests that need PostgreSQL.
add_library(playhead_test_postgres STATIC
  ${CMAKE_CURRENT_LIST_DIR}/epoch_builder.cc
  ${CMAKE_CURRENT_LIST_DIR}/pg_proxy.cc
  ${CMAKE_CURRENT_LIST_DIR}/test_database.cc
  ${CMAKE_CURRENT_LIST_DIR}/tier_totals.cc)
add_library(playhead::test_postgres ALIAS playhead_test_postgres)
target_compile_definitions(playhead_test_postgres PRIVATE PLAYHEAD_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
target_include_directories(playhead_test_postgres SYSTEM PRIVATE ${PostgreSQL_INCLUDE_DIRS})
target_link_libraries(playhead_test_postgres
  PUBLIC playhead::store playhead::postgres GTest::gtest
  PRIVATE playhead::options PostgreSQL::PostgreSQL)
