# CHASQUI_SANITIZE: "", "address,undefined" or "thread"; applies to everything that is built.
set(CHASQUI_SANITIZE "" CACHE STRING "Sanitizers to build with")
if(CHASQUI_SANITIZE)
  add_compile_options(-fsanitize=${CHASQUI_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CHASQUI_SANITIZE})
  add_compile_definitions(CHASQUI_SANITIZED=1)
endif()
