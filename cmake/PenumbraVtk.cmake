# The few modules of VTK 9.1 that are linked (Debian: libvtk9-dev). VTK's own CMake package looks for all that any of its modules
# needs (MPI, GDAL, Java ...), which takes half a minute and is not used.
find_path(VTK_INCLUDE_DIR vtkVersion.h PATH_SUFFIXES vtk-9.1 REQUIRED)
add_library(penumbra_vtk INTERFACE)
target_include_directories(penumbra_vtk SYSTEM INTERFACE ${VTK_INCLUDE_DIR})
foreach(_module CommonCore CommonDataModel CommonExecutionModel RenderingCore RenderingUI RenderingOpenGL2)
  find_library(VTK_${_module}_LIBRARY vtk${_module}-9.1 REQUIRED)
  target_link_libraries(penumbra_vtk INTERFACE ${VTK_${_module}_LIBRARY})
endforeach()
