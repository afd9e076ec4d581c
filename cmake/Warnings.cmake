# One interface target that every library links: language level and warnings.
add_library(chasqui_warnings INTERFACE)
target_compile_features(chasqui_warnings INTERFACE cxx_std_23)
target_compile_options(chasqui_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  # libstdc++ 12 uses its own deprecated get_temporary_buffer, and clang 19 says so in every user of stable_sort.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>
  $<$<BOOL:${CHASQUI_WERROR}>:-Werror>)
