# Arrow and Parquet from the pyarrow wheel, which has headers and libraries but no CMake package. Makes
#   Arrow::arrow     libarrow.so.N     columns in memory, Arrow IPC files
#   Arrow::parquet   libparquet.so.N   Parquet
# Hint: PENUMBRA_ARROW_ROOT, the wheel's folder (site-packages/pyarrow); default: the project's .venv.
if(NOT PENUMBRA_ARROW_ROOT)
  file(GLOB _candidates ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/pyarrow)
  if(_candidates)
    list(GET _candidates 0 _root)
    set(PENUMBRA_ARROW_ROOT ${_root} CACHE PATH "" FORCE)
  endif()
endif()
# The wheel has no link without a version number.
file(GLOB Arrow_LIBRARY ${PENUMBRA_ARROW_ROOT}/libarrow.so.*)
file(GLOB Arrow_PARQUET_LIBRARY ${PENUMBRA_ARROW_ROOT}/libparquet.so.*)
set(Arrow_INCLUDE_DIR "")
if(EXISTS ${PENUMBRA_ARROW_ROOT}/include/parquet/arrow/reader.h)
  set(Arrow_INCLUDE_DIR ${PENUMBRA_ARROW_ROOT}/include)
  file(STRINGS ${Arrow_INCLUDE_DIR}/arrow/util/config.h _version REGEX "define ARROW_VERSION_STRING")
  string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" Arrow_VERSION "${_version}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Arrow
  REQUIRED_VARS Arrow_PARQUET_LIBRARY Arrow_LIBRARY Arrow_INCLUDE_DIR
  VERSION_VAR Arrow_VERSION
  REASON_FAILURE_MESSAGE
    "Looked in '${PENUMBRA_ARROW_ROOT}', then .venv. Run packaging/run.sh once, or pass \
-DPENUMBRA_ARROW_ROOT=<site-packages>/pyarrow, or build without Parquet: -DPENUMBRA_ARROW=OFF.")

if(Arrow_FOUND AND NOT TARGET Arrow::arrow)
  add_library(Arrow::arrow SHARED IMPORTED)
  set_target_properties(Arrow::arrow PROPERTIES
    IMPORTED_LOCATION ${Arrow_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${Arrow_INCLUDE_DIR})
  add_library(Arrow::parquet SHARED IMPORTED)
  set_target_properties(Arrow::parquet PROPERTIES
    IMPORTED_LOCATION ${Arrow_PARQUET_LIBRARY}
    INTERFACE_LINK_LIBRARIES Arrow::arrow)
endif()
