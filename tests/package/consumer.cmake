# cmake -DSOURCE=dir -DBINARY=dir -DGENERATOR=name -DARGUMENTS=list -P consumer.cmake
# Configures, builds and runs a project that has a program `consumer`. (Not `ctest --build-and-test`:
# that changes the locale, by which ccache then tells its compilations from those of the build.)
set(step COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${BINARY} -G ${GENERATOR} ${ARGUMENTS} ${step})
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BINARY} ${step})
execute_process(COMMAND ${BINARY}/consumer ${step})
