# LibTorch from the PyPI wheel, through an imported target of our own: the wheel's CMake package
# demands a CUDA toolkit. Only libtorch_cpu and libc10 are linked; CUDA is opened at run time.
if(NOT PENUMBRA_TORCH_ROOT)
  file(GLOB _candidates ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch)
  list(LENGTH _candidates _count)
  if(_count GREATER 0)
    list(GET _candidates 0 _root)
    set(PENUMBRA_TORCH_ROOT ${_root} CACHE PATH "" FORCE)
  endif()
endif()
if(NOT EXISTS ${PENUMBRA_TORCH_ROOT}/lib/libtorch_cpu.so)
  message(FATAL_ERROR
    "LibTorch was not found (looked in '${PENUMBRA_TORCH_ROOT}', then .venv). Run packaging/run.sh once, "
    "or pass -DPENUMBRA_TORCH_ROOT=<site-packages>/torch, or build without it: -DPENUMBRA_TORCH=OFF.")
endif()
add_library(penumbra_torch SHARED IMPORTED)
set_target_properties(penumbra_torch PROPERTIES
  IMPORTED_LOCATION ${PENUMBRA_TORCH_ROOT}/lib/libtorch_cpu.so
  INTERFACE_INCLUDE_DIRECTORIES "${PENUMBRA_TORCH_ROOT}/include;${PENUMBRA_TORCH_ROOT}/include/torch/csrc/api/include"
  INTERFACE_LINK_LIBRARIES "${PENUMBRA_TORCH_ROOT}/lib/libc10.so")
message(STATUS "LibTorch: ${PENUMBRA_TORCH_ROOT}")

# CUDA's run-time headers, for the one library that records CUDA graphs: from NVIDIA's wheels beside torch
# (packaging/setup.sh installs them where a GPU is) or a toolkit of the same major version. Without them training on a
# GPU works, launch by launch.
set(PENUMBRA_CUDA_INCLUDE "")
file(STRINGS ${PENUMBRA_TORCH_ROOT}/version.py _torch_cuda REGEX "^cuda[^=]*= *'[0-9]+")
string(REGEX MATCH "[0-9]+" _torch_cuda "${_torch_cuda}")
if(_torch_cuda)
  foreach(_folder ${PENUMBRA_TORCH_ROOT}/../nvidia/cu${_torch_cuda}/include /usr/local/cuda/include)
    if(NOT PENUMBRA_CUDA_INCLUDE AND EXISTS ${_folder}/cuda_runtime_api.h AND EXISTS ${_folder}/crt/host_defines.h)
      file(STRINGS ${_folder}/cuda_runtime_api.h _version REGEX "^#define CUDART_VERSION +${_torch_cuda}[0-9][0-9][0-9]$")
      if(_version)
        set(PENUMBRA_CUDA_INCLUDE ${_folder})
      endif()
    endif()
  endforeach()
endif()
message(STATUS "CUDA graphs: ${PENUMBRA_CUDA_INCLUDE}")
