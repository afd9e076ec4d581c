# chasqui_module(NAME SOURCES ... USES core audio ... LINKS third-party targets ... PRECOMPILES <header> ... JOINED N)
# One folder under src/ = one static library = one namespace. USES are the folders it may include (see tools/check-includes).
# PRECOMPILES are the slow headers that most of its files include. JOINED: N files at a time are compiled as one, where
# their templates take longer than they do; names in their unnamed namespaces must differ then.
function(chasqui_module name)
  cmake_parse_arguments(ARG "" "JOINED" "SOURCES;USES;LINKS;PRECOMPILES" ${ARGN})
  add_library(chasqui_${name} STATIC ${ARG_SOURCES})
  list(TRANSFORM ARG_USES PREPEND chasqui_)
  target_include_directories(chasqui_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
  target_link_libraries(chasqui_${name} PUBLIC ${ARG_USES} PRIVATE chasqui_warnings ${ARG_LINKS})
  chasqui_precompile(chasqui_${name} ${ARG_PRECOMPILES})
  chasqui_join(chasqui_${name} "${ARG_JOINED}")
endfunction()

# CHASQUI_PCH: what nearly every file includes is parsed once, for modules and for tests; a module with slow headers of its
# own has its own, and its files are joined. Off where missing includes must show.
option(CHASQUI_PCH "Precompile common headers, join files" OFF)
set(chasqui_common_headers
  <algorithm> <array> <cmath> <filesystem> <functional> <memory> <numeric> <optional> <ranges> <span> <string>
  <string_view> <vector> <fmt/format.h> ${PROJECT_SOURCE_DIR}/include/chasqui/error.hpp)

# chasqui_precompiled(NAME header...): an object library that only holds the precompiled headers that others reuse.
function(chasqui_precompiled name)
  if(CHASQUI_PCH)
    file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp CONTENT "")
    add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
    target_link_libraries(${name} PRIVATE chasqui_warnings fmt::fmt Threads::Threads)
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/include)
    target_precompile_headers(${name} PRIVATE ${chasqui_common_headers} ${ARGN})
  endif()
endfunction()
chasqui_precompiled(chasqui_pch)

function(chasqui_precompile target)
  if(CHASQUI_PCH AND ARGN)
    target_precompile_headers(${target} PRIVATE ${chasqui_common_headers} ${ARGN})
  elseif(CHASQUI_PCH)
    target_precompile_headers(${target} REUSE_FROM chasqui_pch)
    target_link_libraries(${target} PRIVATE fmt::fmt)  # for its definitions, which must be the same
  endif()
endfunction()

function(chasqui_join target count)
  if(CHASQUI_PCH AND count)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${count})
  endif()
endfunction()

# chasqui_unit_tests(NAME SOURCES ... LINKS ... JOINED N): one GoogleTest program per folder, each test known to ctest.
function(chasqui_unit_tests name)
  cmake_parse_arguments(ARG "" "JOINED" "SOURCES;LINKS" ${ARGN})
  add_executable(${name}_tests ${ARG_SOURCES})
  target_include_directories(${name}_tests PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name}_tests PRIVATE chasqui_warnings ${ARG_LINKS} GTest::gmock GTest::gtest_main)
  # Optimising GoogleTest's templates takes longer than running the tests unoptimised.
  target_compile_options(${name}_tests PRIVATE $<$<CONFIG:Release>:-O1>)
  chasqui_join(${name}_tests "${ARG_JOINED}")
  if(CHASQUI_PCH)
    target_precompile_headers(${name}_tests REUSE_FROM chasqui_tests_pch)
    target_link_libraries(${name}_tests PRIVATE fmt::fmt)
    # The flag for it differs between programs and the library of precompiled headers.
    set_target_properties(${name}_tests PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  endif()
  gtest_discover_tests(${name}_tests TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
endfunction()
