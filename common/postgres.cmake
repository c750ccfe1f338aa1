# libpq, and what follows from the schema of the database.
add_library(playhead_postgres STATIC
  postgres.cc
  sqlstate.cc
  tables.cc
  text_id.cc)
add_library(playhead::postgres ALIAS playhead_postgres)
target_include_directories(playhead_postgres SYSTEM PRIVATE ${PostgreSQL_INCLUDE_DIRS})
target_link_libraries(playhead_postgres
  PUBLIC playhead::common
  PRIVATE playhead::options PostgreSQL::PostgreSQL OpenSSL::Crypto)
