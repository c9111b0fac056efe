# Toolchain: clang 16 where it is, else the nearest newer one.
find_program(CMAKE_CXX_COMPILER NAMES clang++-16 clang++-17 clang++-18 clang++-19 clang++ REQUIRED)
