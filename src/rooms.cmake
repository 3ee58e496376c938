# SPDX-License-Identifier: MIT
# Rooms: the walls of the program, made by the build.
#
#   packreport_room(NAME  SOURCES a.c b.c  [MAY_USE room…]  [LIBRARIES target…])
#
# A room is a static library `room_NAME`. Its public headers lie in src/NAME/include/NAME and are included as
# "NAME/file.h"; its private headers lie beside its sources. Its include path holds its own folders and the public
# folders of the rooms it may use, nothing else: a forbidden include does not compile (tests/walls proves it).
# Rooms are linked, but what *they* may use does not come along (LINK_ONLY).

function(packreport_room name)
  cmake_parse_arguments(PARSE_ARGV 1 ROOM "" "" "SOURCES;MAY_USE;LIBRARIES")
  set(target room_${name})
  add_library(${target} STATIC ${ROOM_SOURCES})
  set_property(TARGET ${target} PROPERTY ROOM_INCLUDE "${CMAKE_CURRENT_SOURCE_DIR}/include")
  set_property(TARGET ${target} PROPERTY ROOM_LIBRARIES "${ROOM_LIBRARIES}")
  target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}"
                                               "${CMAKE_CURRENT_SOURCE_DIR}/include")
  packreport_see_rooms(${target} ${ROOM_MAY_USE})
  target_link_libraries(${target} PRIVATE ${ROOM_LIBRARIES})
  set_property(GLOBAL APPEND PROPERTY PACKREPORT_ROOMS ${name})
endfunction()

# Lets a target include the public headers of the rooms named, and links them.
function(packreport_see_rooms target)
  set_property(TARGET ${target} PROPERTY ROOM_MAY_USE "${ARGN}")
  foreach(room IN LISTS ARGN)
    if(NOT TARGET room_${room})
      message(FATAL_ERROR "${target} may not use '${room}': it stands later in the list of rooms")
    endif()
    get_property(folder TARGET room_${room} PROPERTY ROOM_INCLUDE)
    target_include_directories(${target} PRIVATE "${folder}")
    target_link_libraries(${target} PRIVATE $<LINK_ONLY:room_${room}>)
  endforeach()
endfunction()

# Writes what was built for tests/walls, one line per room:
#   name|rooms it may use|its whole include path|outside libraries
# ARGN names programs that are a room of their own, as room=target.
function(packreport_write_rooms file)
  get_property(rooms GLOBAL PROPERTY PACKREPORT_ROOMS)
  list(TRANSFORM rooms REPLACE "(.+)" "\\1=room_\\1")
  set(lines "")
  foreach(entry IN LISTS rooms ARGN)
    string(REGEX MATCH "^([^=]+)=(.+)$" matched "${entry}")
    set(target "${CMAKE_MATCH_2}")
    get_property(may_use TARGET ${target} PROPERTY ROOM_MAY_USE)
    get_property(libraries TARGET ${target} PROPERTY ROOM_LIBRARIES)
    set(path "$<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>")
    string(APPEND lines "${CMAKE_MATCH_1}|${may_use}|${path}|${libraries}\n")
  endforeach()
  file(GENERATE OUTPUT "${file}" CONTENT "${lines}")
endfunction()
