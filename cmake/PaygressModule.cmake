# One call per module says what it may include. tests/lint reads the same table against the #include lines.
#
#   paygress_module(nostr DEPS util crypto net LINK Some::Library)
#
# makes the static library paygress_nostr (alias paygress::nostr) of the *.cpp files beside the CMakeLists.txt, and, when
# tests are built, the test binary nostr_test of its *_test.cpp files. main.cpp files belong to paygress_program().
function(paygress_module name)
  cmake_parse_arguments(MODULE "" "" "DEPS;LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} *.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|(^|/)main[a-z_]*)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(TRANSFORM MODULE_DEPS PREPEND paygress_ OUTPUT_VARIABLE libraries)

  if(sources)
    add_library(paygress_${name} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(paygress_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(paygress::${name} ALIAS paygress_${name})
  target_link_libraries(paygress_${name} ${scope} paygress_options ${libraries} ${MODULE_LINK})
  string(REPLACE ";" " " deps "${MODULE_DEPS}")
  set_property(GLOBAL APPEND PROPERTY PAYGRESS_MODULES "${name}: ${deps}")

  if(PAYGRESS_TESTS AND tests)
    paygress_test(${name}_test SOURCES ${tests} LINK paygress_${name} LABELS unit)
  endif()
endfunction()

# A test binary of doctest cases, known to CTest under its own name.
function(paygress_test name)
  cmake_parse_arguments(TEST "" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE paygress_test_support ${TEST_LINK})
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 120)
  endif()
  # Without the project's path a test could read the vectors of another checkout.
  set_tests_properties(${name} PROPERTIES LABELS "${TEST_LABELS}" TIMEOUT ${TEST_TIMEOUT}
                       ENVIRONMENT "PAYGRESS_BIN_DIR=${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
endfunction()

# A program of the product: its main and what it links.
function(paygress_program name)
  cmake_parse_arguments(PROGRAM "" "DESTINATION" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${PROGRAM_SOURCES})
  target_link_libraries(${name} PRIVATE paygress_options ${PROGRAM_LINK})
  install(TARGETS ${name} RUNTIME DESTINATION ${PROGRAM_DESTINATION})
endfunction()

function(paygress_add_existing)
  foreach(directory ${ARGN})
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${directory}/CMakeLists.txt)
      add_subdirectory(${directory})
    endif()
  endforeach()
endfunction()

function(paygress_write_module_table file)
  get_property(modules GLOBAL PROPERTY PAYGRESS_MODULES)
  list(JOIN modules "\n" table)
  file(CONFIGURE OUTPUT ${file} CONTENT "${table}\n" @ONLY)
endfunction()
