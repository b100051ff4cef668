# How mathcli wants llama-cpp-python's native library to be built. Its CMake reads this before
# anything else, where pip is called with
#
#   CMAKE_ARGS=-DCMAKE_PROJECT_llama_cpp_INCLUDE_BEFORE=$PWD/mathcli/engines/native.cmake

if(DEFINED ENV{CXX})
  separate_arguments(named UNIX_COMMAND "$ENV{CXX}")
  list(GET named 0 named)
else()
  set(named c++ g++ clang++ cl)
endif()
find_program(MATHCLI_COMPILER NAMES ${named})
if(NOT MATHCLI_COMPILER)
  message(FATAL_ERROR
    "There is no C++ compiler, and the native library is compiled on your machine. Install one "
    "(Debian, Ubuntu: sudo apt install g++. Fedora: sudo dnf install gcc-c++. "
    "macOS: xcode-select --install), then type the same command again.")
endif()

# What mathcli never loads is left out, which is more than half of the work: the library of
# llama.cpp's own programs, and the image encoders. Plain variables win over the cached one that
# llama-cpp-python forces (CMP0126), and over options (CMP0077).
set(LLAMA_BUILD_COMMON OFF)
set(LLAVA_BUILD OFF)

# GCC 12's dead-store elimination breaks the fastest path on processors with AMX. The flags do no
# harm to other versions, nor to Clang.
if(NOT CMAKE_HOST_WIN32)
  set(ENV{CXXFLAGS} "$ENV{CXXFLAGS} -fno-tree-dse -fno-dse")
endif()
