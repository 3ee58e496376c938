// SPDX-License-Identifier: MIT
#include "sandbox.h"

#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/packreport-test-XXXXXX";

const char *sandbox_make(void)
{
    memcpy(folder, "/tmp/packreport-test-XXXXXX", sizeof(folder));
    ENSURE(mkdtemp(folder) != NULL);
    return folder;
}

void sandbox_remove(void)
{
    struct err err = ERR_INIT;
    ENSURE(file_remove_tree(folder, &err) == ERR_OK);
}

char *sandbox_write(const char *name, const char *bytes, size_t len)
{
    struct err err = ERR_INIT;
    char *path = file_join(folder, name);
    (void)unlink(path);
    ENSURE(file_write(path, bytes, len, 0600, &err) == ERR_OK);
    return path;
}
