# SPDX-License-Identifier: BSL-1.0
#
# The desktop's libraries and the tool of another build folder of the same sources, ETCH_BUILT_LIBRARIES: a build of what
# only uses them then compiles none of them.

include(cmake/EtchHostLibraries.cmake)

set(below etch)
foreach(name IN ITEMS host codegen formats)
  add_library(etch_${name} STATIC IMPORTED GLOBAL)
  add_library(etch::${name} ALIAS etch_${name})
  set_target_properties(etch_${name} PROPERTIES IMPORTED_LOCATION ${ETCH_BUILT_LIBRARIES}/libetch_${name}.a)
  target_link_libraries(etch_${name} INTERFACE ${below})
  set(below etch_${name})
endforeach()
target_compile_definitions(etch_host INTERFACE ETCH_HOST=1)
target_link_libraries(etch_host INTERFACE ZLIB::ZLIB OpenSSL::Crypto Threads::Threads ${ETCH_HDF5_LINK_LIBRARIES}
                      ${ETCH_LIBZIP_LINK_LIBRARIES} ${PNG_LIBRARIES} ${JPEG_LIBRARIES})

if(ETCH_BUILD_TOOL)
  add_executable(etch::tool IMPORTED GLOBAL)
  set_target_properties(etch::tool PROPERTIES IMPORTED_LOCATION ${ETCH_BUILT_LIBRARIES}/etch)
  add_custom_target(etch_tool COMMAND ${CMAKE_COMMAND} -E copy_if_different ${ETCH_BUILT_LIBRARIES}/etch
                                      ${CMAKE_CURRENT_BINARY_DIR}/etch)
endif()
