# What `cmake --install` puts where, and the package that find_package(weir) finds afterwards.
if(NOT WEIR_INSTALL)
  return()
endif()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(weir_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/weir)

install(TARGETS weir EXPORT weirTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT weirTargets NAMESPACE weir:: DESTINATION ${weir_package_dir})

# The tools keep their names in the package: weir::avrogen serves cmake/weir_avro.cmake there too.
foreach(tool IN ITEMS weir_tool avrogen)
  if(TARGET ${tool})
    install(TARGETS ${tool} EXPORT weirTargets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()

write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/weirConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
set(weir_package_files
  ${CMAKE_CURRENT_SOURCE_DIR}/cmake/weirConfig.cmake
  ${CMAKE_CURRENT_SOURCE_DIR}/cmake/weir_dependencies.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/weirConfigVersion.cmake)
if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/cmake/weir_avro.cmake)
  list(APPEND weir_package_files ${CMAKE_CURRENT_SOURCE_DIR}/cmake/weir_avro.cmake)
endif()
install(FILES ${weir_package_files} DESTINATION ${weir_package_dir})
