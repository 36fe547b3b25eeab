# SPDX-License-Identifier: BSL-1.0
#
# What programs with etch::host are linked with: three libraries, and those that some files need.

find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(PkgConfig QUIET)
if(ETCH_READ_KERAS AND PKG_CONFIG_FOUND)
  pkg_search_module(ETCH_HDF5 QUIET hdf5-serial hdf5)
  pkg_check_modules(ETCH_LIBZIP QUIET libzip)
endif()
if(ETCH_READ_PICTURES)
  find_package(PNG QUIET)
  find_package(JPEG QUIET)
endif()
