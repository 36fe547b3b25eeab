# SPDX-License-Identifier: BSL-1.0
# Embeds the files of codegen/firmware/packages, whose names end in .in, into etch_codegen as text.
set(packages_folder ${CMAKE_CURRENT_SOURCE_DIR}/codegen/firmware/packages)
file(GLOB_RECURSE package_files CONFIGURE_DEPENDS RELATIVE ${packages_folder} ${packages_folder}/*.in)
set(package_texts "")
list(FILTER package_files EXCLUDE REGEX "^etch/")  # of Etch's own packages: make_etch_package.cmake
foreach(file IN LISTS package_files)
  file(READ ${packages_folder}/${file} text)
  string(FIND "${text}" ")file\"" ends)
  if(NOT ends EQUAL -1)
    message(FATAL_ERROR "codegen/firmware/packages/${file} holds )file\", which ends the text that it is embedded as")
  endif()
  string(REGEX MATCH "^([^/]+)/(.+)[.]in$" parts "${file}")
  string(APPEND package_texts "    {\"${CMAKE_MATCH_1}\", \"${CMAKE_MATCH_2}\", R\"file(${text})file\"},\n")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${packages_folder}/${file})
endforeach()
# Not by file(CONFIGURE) or file(GENERATE), which would fill in the texts.
set(package_source ${CMAKE_CURRENT_BINARY_DIR}/package_files.cpp)
file(WRITE ${package_source}.new "#include <codegen/firmware/package_files.hpp>\n\nnamespace etch::host {\n\nnamespace {\n
constexpr PackageFile files[]{\n${package_texts}};\n\n}  // namespace\n
std::span<const PackageFile> package_files() { return files; }\n\n}  // namespace etch::host\n")
file(COPY_FILE ${package_source}.new ${package_source} ONLY_IF_DIFFERENT)
target_sources(etch_codegen PRIVATE ${package_source})
set_source_files_properties(${package_source} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
