# What `cmake --install` and `cpack` deliver: program, decoder, library, headers, CMake package, pkg-config file.
include(CMakePackageConfigHelpers)

install(TARGETS chasqui RUNTIME COMPONENT program)
install(TARGETS chasqui-decode RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/chasqui COMPONENT program)
install(TARGETS chasqui_shared EXPORT chasqui-targets LIBRARY COMPONENT library NAMELINK_COMPONENT development)
install(DIRECTORY include/chasqui TYPE INCLUDE COMPONENT development)
install(DIRECTORY models/ DESTINATION ${CMAKE_INSTALL_DATADIR}/chasqui/models COMPONENT program)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)

install(EXPORT chasqui-targets NAMESPACE chasqui:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/chasqui COMPONENT development)
configure_package_config_file(cmake/chasqui-config.cmake.in chasqui-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/chasqui)
write_basic_package_version_file(chasqui-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/chasqui-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/chasqui-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/chasqui COMPONENT development)
file(RELATIVE_PATH CHASQUI_PREFIX_OF_PC /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)  # deeper where LIBDIR names the architecture
string(REGEX REPLACE "/$" "" CHASQUI_PREFIX_OF_PC ${CHASQUI_PREFIX_OF_PC})
configure_file(cmake/chasqui.pc.in chasqui.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/chasqui.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

set(CPACK_PACKAGE_CONTACT "The Chasqui developers <maintainers@users.noreply.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION sound)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
include(CPack)
