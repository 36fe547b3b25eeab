# SPDX-License-Identifier: BSL-1.0
# cmake -P model_file_mistakes.cmake: etch_add_model_file tells what is wrong in one sentence, while configuring.
if(DEFINED CALL)
  include(${CMAKE_CURRENT_LIST_DIR}/../../cmake/EtchModel.cmake)
  string(REPLACE " " ";" arguments "${CALL}")
  etch_add_model_file(${arguments})
  return()
endif()

set(file ${CMAKE_CURRENT_LIST_FILE})
function(check_mistake call sentence)
  execute_process(COMMAND ${CMAKE_COMMAND} "-DCALL=${call}" ${ARGN} -P ${file} RESULT_VARIABLE code ERROR_VARIABLE said)
  string(REGEX REPLACE "[ \n]+" " " said "${said}")  # CMake breaks lines
  string(FIND "${said}" "${sentence}" at)
  if(code EQUAL 0 OR at EQUAL -1)
    message(SEND_ERROR "etch_add_model_file(${call}) should say '${sentence}', but exits with ${code} and says: ${said}")
  endif()
endfunction()

check_mistake("kws BOARD m4" "etch_add_model_file(kws): FILE is needed")
check_mistake("kws FILE /no/kws.tflite BOARD m4" "etch_add_model_file(kws): there is no file /no/kws.tflite")
check_mistake("kws FILE /tmp BOARD m4" "there is no file /tmp")
check_mistake("kws FILE ${file} BOARD m4 CALIBRATE /no/x.npy" "there is no file /no/x.npy")
check_mistake("kws FILE ${file} BOARD m4 IN_ARENA" "unknown arguments: IN_ARENA")
check_mistake("kws FILE ${file} BOARD m4 INT16" "INT16 needs CALIBRATE")
check_mistake("kws FILE ${file} WEIGHTS int2" "there are no WEIGHTS int2: int8, int4 or auto")
check_mistake("kws FILE ${file} WEIGHTS auto" "WEIGHTS auto needs CALIBRATE")
check_mistake("kws FILE ${file} WEIGHTS int4 MAX_ERROR 0.1" "MAX_ERROR needs WEIGHTS auto")
check_mistake("kws FILE ${file} CALIBRATE ${file} QUANTIZED" "QUANTIZED goes with WEIGHTS")
check_mistake("kws FILE ${file} CALIBRATE ${file} WEIGHTS int4 QUANTIZED INT16" "cannot become INT16")
check_mistake("kws FILE ${file} BOARD" "no value for BOARD")
check_mistake("kws FILE ${file} BOARD m4 NAME 1st" "\"1st\" is no C identifier")
check_mistake("kws FILE ${file} BOARD m4" "there is no tool etch" -DETCH_TOOL=ETCH_TOOL-NOTFOUND
              -DCMAKE_FIND_USE_SYSTEM_ENVIRONMENT_PATH=OFF -DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF)
