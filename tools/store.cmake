# Tools of the store: the DDL that follows from the catalog, and the settings of a partner.
add_library(playhead_store_tools STATIC catalog_ddl.cc partner.cc)
add_library(playhead::store_tools ALIAS playhead_store_tools)
target_link_libraries(playhead_store_tools PUBLIC playhead::postgres PRIVATE playhead::options)

add_executable(playhead_catalog_ddl catalog_ddl_main.cc)
set_target_properties(playhead_catalog_ddl PROPERTIES OUTPUT_NAME catalog_ddl)
target_link_libraries(playhead_catalog_ddl PRIVATE playhead::store_tools playhead::options)
