# SPDX-License-Identifier: BSL-1.0
# As much of Zephyr's build as a sample and a module need: `cmake -S <sample>` with ZEPHYR_BASE as this folder. It reads the
# sample's prj.conf, each module's zephyr/module.yml and Kconfig, and adds the module's folder with Zephyr's functions.
# STAND_IN_ROOT and STAND_IN_BOARD say where Etch's boards are, and which one.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
project(Zephyr-Kernel LANGUAGES C CXX)
set(board ${STAND_IN_ROOT}/runtime/boards/arm/${STAND_IN_BOARD})

# Kconfig: a symbol that prj.conf sets is Zephyr's or a module's; what that selects is set too.
file(STRINGS prj.conf lines REGEX "^CONFIG_")
set(known CPP STD_CPP20 MAIN_STACK_SIZE)
set(module_folders "")
foreach(module IN LISTS ZEPHYR_EXTRA_MODULES)
  file(STRINGS ${module}/zephyr/module.yml cmake REGEX "^  cmake: ")
  file(STRINGS ${module}/zephyr/module.yml kconfig REGEX "^  kconfig: ")
  string(REGEX REPLACE "^  [a-z]+: " "" cmake "${cmake}")
  string(REGEX REPLACE "^  [a-z]+: " "" kconfig "${kconfig}")
  list(APPEND module_folders ${module}/${cmake})
  file(STRINGS ${module}/${kconfig} symbols REGEX "^config ")
  list(TRANSFORM symbols REPLACE "^config " "")
  list(APPEND known ${symbols})
endforeach()
foreach(line IN LISTS lines)
  string(REGEX MATCH "^CONFIG_([A-Z0-9_a-z]+)=(.*)$" parts "${line}")
  if(NOT CMAKE_MATCH_1 IN_LIST known)
    message(FATAL_ERROR "prj.conf sets ${CMAKE_MATCH_1}, which no Kconfig has: ${known}")
  endif()
  set(CONFIG_${CMAKE_MATCH_1} ${CMAKE_MATCH_2})
endforeach()

# Flags that every target has, after its own. The language is an older one, as an application may choose.
add_library(zephyr_interface INTERFACE)
target_compile_options(zephyr_interface INTERFACE @${board}/flags -Os -ffunction-sections -fdata-sections -Wall -Wextra
  -Werror $<$<COMPILE_LANGUAGE:CXX>:-std=c++11 -fno-exceptions -fno-rtti> $<$<COMPILE_LANGUAGE:C>:-std=c99>)

function(zephyr_include_directories)
  target_include_directories(zephyr_interface INTERFACE ${ARGN})
endfunction()
function(zephyr_system_include_directories)
  target_include_directories(zephyr_interface SYSTEM INTERFACE ${ARGN})
endfunction()
macro(zephyr_library_named name)
  set(ZEPHYR_CURRENT_LIBRARY ${name})
  add_library(${name} STATIC "")
  target_link_libraries(${name} PUBLIC zephyr_interface)
  set_property(GLOBAL APPEND PROPERTY ZEPHYR_LIBS ${name})
endmacro()
function(zephyr_library_sources)
  target_sources(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()
function(zephyr_library_compile_definitions)
  target_compile_definitions(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()

add_library(app STATIC)
target_link_libraries(app PUBLIC zephyr_interface)
set(number 0)
foreach(folder IN LISTS module_folders)
  add_subdirectory(${folder} modules/${number})
  math(EXPR number "${number} + 1")
endforeach()

file(WRITE ${CMAKE_BINARY_DIR}/empty.c "")
add_executable(zephyr ${CMAKE_BINARY_DIR}/empty.c ${STAND_IN_ROOT}/runtime/boards/arm/startup.c
               ${STAND_IN_ROOT}/runtime/boards/arm/console.c ${CMAKE_CURRENT_LIST_DIR}/../printf.c)
set_target_properties(zephyr PROPERTIES SUFFIX .elf)
set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/../printf.c ${STAND_IN_ROOT}/runtime/boards/arm/startup.c
                            ${STAND_IN_ROOT}/runtime/boards/arm/console.c PROPERTIES COMPILE_OPTIONS -std=gnu11)
target_include_directories(zephyr PRIVATE ${STAND_IN_ROOT} ${board})
get_property(libraries GLOBAL PROPERTY ZEPHYR_LIBS)
target_link_libraries(zephyr PRIVATE -Wl,--start-group app ${libraries} -Wl,--end-group zephyr_interface)
target_link_options(zephyr PRIVATE @${board}/flags --specs=nano.specs --specs=nosys.specs -nostartfiles -Wl,--gc-sections
                    -L${STAND_IN_ROOT}/runtime/boards/arm -T ${board}/board.ld)
