# How mathcli wants llama-cpp-python's native library built, given to its CMake by
#
#   CMAKE_ARGS=-DCMAKE_PROJECT_llama_cpp_INCLUDE=$PWD/native.cmake pip install .
#
# Left out is what mathcli never loads: llama.cpp's own command-line programs' library and the
# image encoders, which are more than half of the work. Plain variables win over the cached ones
# that llama-cpp-python forces (CMP0126), and over its options (CMP0077).
set(LLAMA_BUILD_COMMON OFF)
set(LLAVA_BUILD OFF)

# GCC 12's dead-store elimination breaks the fastest path on processors with AMX.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(CMAKE_CXX_FLAGS "${CMAKE_CXX_FLAGS} -fno-tree-dse -fno-dse")
endif()
