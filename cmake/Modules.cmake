# chasqui_module(NAME SOURCES ... USES core audio ... LINKS third-party targets ...)
# One folder under src/ = one static library = one namespace. USES are the folders it may include (see tools/check-includes).
function(chasqui_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;LINKS" ${ARGN})
  add_library(chasqui_${name} STATIC ${ARG_SOURCES})
  list(TRANSFORM ARG_USES PREPEND chasqui_)
  target_include_directories(chasqui_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
  target_link_libraries(chasqui_${name} PUBLIC ${ARG_USES} PRIVATE chasqui_warnings ${ARG_LINKS})
  chasqui_precompile(chasqui_${name})
endfunction()

# CHASQUI_PCH: what nearly every file includes is parsed once per target. Off where missing includes must show.
option(CHASQUI_PCH "Precompile common headers" OFF)
function(chasqui_precompile target)
  if(CHASQUI_PCH)
    target_precompile_headers(${target} PRIVATE
      <algorithm> <array> <cmath> <filesystem> <functional> <memory> <numeric> <optional> <ranges> <span> <string>
      <string_view> <vector> <fmt/format.h> <chasqui/error.hpp> ${ARGN})
  endif()
endfunction()

# chasqui_unit_tests(NAME SOURCES ... LINKS ...): one GoogleTest program per folder, each test known to ctest.
function(chasqui_unit_tests name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name}_tests ${ARG_SOURCES})
  target_include_directories(${name}_tests PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name}_tests PRIVATE chasqui_warnings ${ARG_LINKS} GTest::gmock GTest::gtest_main)
  chasqui_precompile(${name}_tests <gmock/gmock.h> <gtest/gtest.h>)
  gtest_discover_tests(${name}_tests TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
endfunction()
