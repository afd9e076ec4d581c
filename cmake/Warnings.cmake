# One interface target that every library links: language level and warnings.
add_library(chasqui_warnings INTERFACE)
target_compile_features(chasqui_warnings INTERFACE cxx_std_23)
target_compile_options(chasqui_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  # In files that are joined (Modules.cmake) what is local to one is not meant to hide what is local to another, and GCC
  # takes them for headers, in which unnamed namespaces would be a fault.
  $<IF:$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>,$<$<CXX_COMPILER_ID:GNU>:-Wshadow=local>,-Wshadow>
  $<$<AND:$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>,$<CXX_COMPILER_ID:GNU>>:-Wno-subobject-linkage>
  # libstdc++ 12 uses its own deprecated get_temporary_buffer, and clang 19 says so in every user of stable_sort.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>
  $<$<BOOL:${CHASQUI_WERROR}>:-Werror>)
