# weir_avro_generate(TARGET SCHEMA tweet.avsc ... [NAMESPACE a::b])
# Lets TARGET include "tweet.avro.h": the C++ types of an Avro schema and their codecs, written by
# avrogen into the build tree, and anew whenever the schema changes. Link weir::weir to use them.
#
# Works after find_package(weir) and after add_subdirectory(weir). When cross-compiling, set
# WEIR_AVROGEN to an avrogen that runs on the building machine.
function(weir_avro_generate target)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "NAMESPACE" "SCHEMA")
  if(NOT TARGET ${target})
    message(FATAL_ERROR "weir_avro_generate: there is no target ${target}; add it first.")
  endif()
  if(NOT ARG_SCHEMA)
    message(FATAL_ERROR "weir_avro_generate(${target}): SCHEMA is missing; name an .avsc file.")
  endif()
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR
      "weir_avro_generate(${target}): cannot use ${ARG_UNPARSED_ARGUMENTS}; it takes SCHEMA and NAMESPACE.")
  endif()

  set(avrogen weir::avrogen)
  if(WEIR_AVROGEN)
    set(avrogen ${WEIR_AVROGEN})
  endif()
  set(namespace "")
  if(ARG_NAMESPACE)
    set(namespace --namespace ${ARG_NAMESPACE})
  endif()

  set(directory ${CMAKE_CURRENT_BINARY_DIR}/avro/${target})
  file(MAKE_DIRECTORY ${directory})
  set(headers "")
  foreach(schema IN LISTS ARG_SCHEMA)
    cmake_path(ABSOLUTE_PATH schema BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    cmake_path(GET schema STEM LAST_ONLY name)
    set(header ${directory}/${name}.avro.h)
    add_custom_command(OUTPUT ${header}
      COMMAND ${avrogen} -o ${header} ${namespace} ${schema}
      DEPENDS ${schema} ${avrogen}
      COMMENT "Generating ${name}.avro.h for ${target}"
      VERBATIM)
    list(APPEND headers ${header})
  endforeach()

  get_target_property(type ${target} TYPE)
  if(type STREQUAL "INTERFACE_LIBRARY")
    # It compiles nothing itself: those who link it wait for the headers.
    string(MAKE_C_IDENTIFIER "${target}_${ARG_SCHEMA}" generation)
    add_custom_target(${generation} DEPENDS ${headers})
    add_dependencies(${target} ${generation})
    target_include_directories(${target} INTERFACE $<BUILD_INTERFACE:${directory}>)
  else()
    target_sources(${target} PRIVATE ${headers})
    target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${directory}>)
  endif()
endfunction()
