# One static library per module, one list of warnings for all of them.

add_library(penumbra_warnings INTERFACE)
target_compile_options(penumbra_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  # g++ 12 sees overlapping copies in "literal" + std::string (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<BOOL:${PENUMBRA_WERROR}>:-Werror>)
if(PENUMBRA_SANITIZE)
  target_compile_options(penumbra_warnings INTERFACE
    -fsanitize=${PENUMBRA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(penumbra_warnings INTERFACE -fsanitize=${PENUMBRA_SANITIZE})
endif()

# add_module(NAME SOURCES a.cpp ... [PUBLIC libs] [PRIVATE libs] [PRECOMPILE headers] [ARRANGES])
# Makes penumbra_NAME; headers are included as "core/NAME/file.h" (or "gui/..."), from the repository's root.
# PRECOMPILE: outside headers that most of its files include and that take seconds to read.
# ARRANGES: its code calls the numerical modules and has no loops over galaxies that anybody waits for; it is compiled
# with -O1, which takes two thirds of the time.
function(add_module name)
  cmake_parse_arguments(ARG "ARRANGES" "" "SOURCES;PUBLIC;PRIVATE;PRECOMPILE" ${ARGN})
  add_library(penumbra_${name} STATIC ${ARG_SOURCES})
  target_include_directories(penumbra_${name} PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
  target_link_libraries(penumbra_${name} PUBLIC ${ARG_PUBLIC} PRIVATE penumbra_warnings ${ARG_PRIVATE})
  if(ARG_ARRANGES)
    target_compile_options(penumbra_${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  if(ARG_PRECOMPILE AND PENUMBRA_PRECOMPILE)
    target_precompile_headers(penumbra_${name} PRIVATE ${ARG_PRECOMPILE})
    # ccache looks at what the precompiled header was made from
    target_compile_options(penumbra_${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  endif()
endfunction()

# add_penumbra_test(NAME KIND kind SOURCES a_test.cpp ... LIBS libs)
# One GoogleTest executable; every test is listed in ctest as kind.Suite.Test (kind: unit, contract, gui, arch, slow).
function(add_penumbra_test name)
  cmake_parse_arguments(ARG "" "KIND" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE penumbra_warnings GTest::gtest GTest::gtest_main ${ARG_LIBS})
  # Tests run for seconds and compile for minutes.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  gtest_discover_tests(${name} TEST_PREFIX "${ARG_KIND}." DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS ${ARG_KIND} TIMEOUT 300)
endfunction()
