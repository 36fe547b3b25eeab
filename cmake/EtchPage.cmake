# SPDX-License-Identifier: BSL-1.0
# Embeds the files of codegen/page that browsers read into etch_formats, as text.
set(page_folder ${CMAKE_CURRENT_SOURCE_DIR}/codegen/page)
foreach(part html css js)
  file(READ ${page_folder}/report.${part} page_${part})
  if(page_${part} MATCHES "\\)page\"")
    message(FATAL_ERROR "codegen/page/report.${part} holds )page\", which ends the text that it is embedded as")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${page_folder}/report.${part})
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/page_parts.cpp @ONLY CONTENT [[
#include <codegen/page/page_parts.hpp>

namespace etch::host::page_parts {

const char* const page = R"page(@page_html@)page";
const char* const style = R"page(@page_css@)page";
const char* const script = R"page(@page_js@)page";

}  // namespace etch::host::page_parts
]])
target_sources(etch_formats PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/page_parts.cpp)
set_source_files_properties(${CMAKE_CURRENT_BINARY_DIR}/page_parts.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
