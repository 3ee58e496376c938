# SPDX-License-Identifier: MIT
# What an installation holds besides the programs. Nothing goes to /etc: settings are the site's own, and an installation
# over an older one must not touch them; their beginnings lie with the documentation.

install(DIRECTORY share/ DESTINATION "${CMAKE_INSTALL_DATADIR}/packreport" USE_SOURCE_PERMISSIONS PATTERN bash-completion EXCLUDE)
install(DIRECTORY docs/ DESTINATION "${CMAKE_INSTALL_DOCDIR}" PATTERN development.md EXCLUDE)
install(DIRECTORY config DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY share/bash-completion DESTINATION "${CMAKE_INSTALL_DATADIR}")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")

# The units name programs and pages below /usr; an installation elsewhere has its own place in them. Known only when it is
# made, because `cmake --install` takes a prefix.
install(CODE "
  foreach(unit packreportd.service packreportd@.service)
    file(READ \"${CMAKE_SOURCE_DIR}/systemd/\${unit}\" text)
    string(REPLACE \"/usr/\" \"\${CMAKE_INSTALL_PREFIX}/\" text \"\${text}\")
    file(WRITE \"${CMAKE_BINARY_DIR}/systemd/\${unit}\" \"\${text}\")
  endforeach()")
install(FILES "${CMAKE_BINARY_DIR}/systemd/packreportd.service" "${CMAKE_BINARY_DIR}/systemd/packreportd@.service"
        DESTINATION lib/systemd/system)

# Manual pages come from what the programs say of themselves, so they are written by the installation, where help2man is there.
find_program(HELP2MAN help2man)
if(HELP2MAN AND NOT CMAKE_CROSSCOMPILING)
  install(CODE "
    execute_process(COMMAND \"${CMAKE_SOURCE_DIR}/scripts/man-pages\" \"${CMAKE_BINARY_DIR}\" \"${CMAKE_BINARY_DIR}/man\"
                            \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATAROOTDIR}/doc/packreport\"
                    COMMAND_ERROR_IS_FATAL ANY)")
  install(DIRECTORY "${CMAKE_BINARY_DIR}/man/" DESTINATION "${CMAKE_INSTALL_MANDIR}")
endif()
