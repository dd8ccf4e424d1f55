# SPDX-License-Identifier: Apache-2.0
# One function makes a folder's library and its test: flags, sanitizers and precompiled headers are
# decided here and nowhere else.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
find_program(CCACHE ccache)
if(CCACHE)
  # Sloppiness: what ccache asks for before it caches compilations with precompiled headers. The base
  # directory makes a fresh clone in another folder hit the same cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_package(OpenSSL 3.0 REQUIRED)
find_package(Threads REQUIRED)
find_package(SQLite3 REQUIRED)
if(CLAUSTRUM_TESTS)
  find_package(GTest REQUIRED)
endif()

add_library(claustrum_flags INTERFACE)
target_include_directories(claustrum_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(claustrum_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wswitch-enum -Wold-style-cast
  -Werror -fPIC -fno-omit-frame-pointer -fstack-protector-strong -fcf-protection
  -ftrivial-auto-var-init=zero
  # For ccache with precompiled headers, one spelling a compiler; then clang 14's consent to the line
  # above.
  $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
  "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>"
  $<$<CXX_COMPILER_ID:Clang>:-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang>)
target_compile_definitions(claustrum_flags INTERFACE _GLIBCXX_ASSERTIONS)
target_link_options(claustrum_flags INTERFACE
  $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie> -Wl,-z,relro,-z,now -Wl,-z,noexecstack)
if(CLAUSTRUM_SANITIZE)
  target_compile_options(claustrum_flags INTERFACE -fno-sanitize-recover=all)
  # Test sources go without optimisation and the undefined-behaviour sanitizer, and compile in half
  # the time: what is under test is the libraries, and they get everything.
  set(is_test $<BOOL:$<TARGET_PROPERTY:CLAUSTRUM_TEST>>)
  string(REPLACE "," ";" sanitizers "${CLAUSTRUM_SANITIZE}")
  foreach(sanitizer IN LISTS sanitizers)
    if(sanitizer STREQUAL "undefined")
      target_compile_options(claustrum_flags INTERFACE
        $<IF:${is_test},-O0,-fsanitize=undefined>)
    else()
      target_compile_options(claustrum_flags INTERFACE -fsanitize=${sanitizer})
    endif()
  endforeach()
  target_link_options(claustrum_flags INTERFACE -fsanitize=${CLAUSTRUM_SANITIZE})
endif()
set(optimised OFF)
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  set(optimised ON)
  target_compile_options(claustrum_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
if(optimised OR CLAUSTRUM_SANITIZE STREQUAL "thread")
  # gcc 12's optimiser sees overlapping or endless copies and unset optionals inside the standard
  # library that are not there (its bugs 105651 and 80635); the dev preset keeps these warnings.
  foreach(alarm IN ITEMS restrict stringop-overflow stringop-overread array-bounds
      maybe-uninitialized)
    target_compile_options(claustrum_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-${alarm}>)
  endforeach()
endif()
if(CLAUSTRUM_MUTATION)
  target_compile_definitions(claustrum_flags INTERFACE CLAUSTRUM_MUTATION=1)
endif()
if(CLAUSTRUM_FUZZ)
  target_compile_options(claustrum_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Two precompiled headers: one for sources, one for tests.
add_library(claustrum_pch OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
target_link_libraries(claustrum_pch PRIVATE claustrum_flags)
target_precompile_headers(claustrum_pch PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch.h)
if(CLAUSTRUM_TESTS)
  add_library(claustrum_test_pch OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
  target_link_libraries(claustrum_test_pch PRIVATE claustrum_flags GTest::gtest)
  set_target_properties(claustrum_test_pch PROPERTIES CLAUSTRUM_TEST ON)
  target_precompile_headers(claustrum_test_pch PRIVATE ${CMAKE_SOURCE_DIR}/cmake/test_pch.h)
endif()

# claustrum_library(NAME evidence_snp SRCS a.cpp TESTS a_test.cpp DEPS claustrum::crypto TEST_DEPS ...)
# makes claustrum::NAME and the test program NAME_test, registered as one ctest entry.
# EXTRA: non-claustrum libraries to link (OpenSSL::Crypto ...). Test data is found through
# CLAUSTRUM_SOURCE_DIR and CLAUSTRUM_SHARED.
function(claustrum_library)
  cmake_parse_arguments(A "" "NAME" "SRCS;TESTS;DEPS;TEST_DEPS;EXTRA" ${ARGN})
  add_library(claustrum_${A_NAME} STATIC ${A_SRCS})
  add_library(claustrum::${A_NAME} ALIAS claustrum_${A_NAME})
  target_link_libraries(claustrum_${A_NAME} PUBLIC claustrum_flags ${A_DEPS} PRIVATE ${A_EXTRA})
  target_precompile_headers(claustrum_${A_NAME} REUSE_FROM claustrum_pch)
  if(CLAUSTRUM_TESTS AND A_TESTS)
    add_executable(${A_NAME}_test ${A_TESTS})
    target_link_libraries(${A_NAME}_test PRIVATE claustrum_${A_NAME} ${A_TEST_DEPS}
      GTest::gtest GTest::gtest_main)
    set_target_properties(${A_NAME}_test PROPERTIES CLAUSTRUM_TEST ON)
    target_precompile_headers(${A_NAME}_test REUSE_FROM claustrum_test_pch)
    target_compile_definitions(${A_NAME}_test PRIVATE
      CLAUSTRUM_SOURCE_DIR="${CMAKE_SOURCE_DIR}" CLAUSTRUM_BINARY_DIR="${CMAKE_BINARY_DIR}")
    add_test(NAME ${A_NAME} COMMAND ${A_NAME}_test --gtest_brief=1)
    set_tests_properties(${A_NAME} PROPERTIES TIMEOUT 300 LABELS unit)
  endif()
endfunction()

# claustrum_fuzzer(NAME cbor DEPS claustrum::codec): fuzz/NAME.cpp with fuzz/corpus/NAME.
# Under the fuzz preset a libFuzzer program; otherwise a runner that replays the corpus as a test.
function(claustrum_fuzzer)
  cmake_parse_arguments(A "" "NAME" "DEPS" ${ARGN})
  if(CLAUSTRUM_FUZZ)
    add_executable(fuzz_${A_NAME} ${CMAKE_SOURCE_DIR}/fuzz/${A_NAME}.cpp)
    target_link_libraries(fuzz_${A_NAME} PRIVATE claustrum_flags ${A_DEPS})
    target_link_options(fuzz_${A_NAME} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(fuzz_${A_NAME} ${CMAKE_SOURCE_DIR}/fuzz/${A_NAME}.cpp
      ${CMAKE_SOURCE_DIR}/fuzz/replay_main.cpp)
    target_link_libraries(fuzz_${A_NAME} PRIVATE claustrum_flags ${A_DEPS})
    add_test(NAME fuzz_${A_NAME} COMMAND fuzz_${A_NAME} ${CMAKE_SOURCE_DIR}/fuzz/corpus/${A_NAME})
    set_tests_properties(fuzz_${A_NAME} PROPERTIES TIMEOUT 120 LABELS fuzz)
  endif()
endfunction()
