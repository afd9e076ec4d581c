# One interface target that every library links: language level and warnings.
add_library(chasqui_warnings INTERFACE)
target_compile_features(chasqui_warnings INTERFACE cxx_std_23)
target_compile_options(chasqui_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  $<$<BOOL:${CHASQUI_WERROR}>:-Werror>)
