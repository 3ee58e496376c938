// SPDX-License-Identifier: MIT
#include "manifest.h"

#include "base/digest.h"
#include "base/text.h"

#include <string.h>

enum err_kind manifest_parse(const struct buf *text, const char *path, json_t **manifest_out,
                             struct err *err)
{
    json_t *manifest = text->len > MANIFEST_BYTES_MAX
                           ? NULL
                           : json_loadb(buf_text(text), text->len, JSON_REJECT_DUPLICATES, NULL);
    if (manifest == NULL) {
        return err_set(err, ERR_CORRUPT, "%s is no JSON of a manifest", path);
    }
    if (manifest_count(manifest) == 0) {
        json_decref(manifest);
        return err_set(err, ERR_CORRUPT, "the manifest %s lists no files", path);
    }
    *manifest_out = manifest;
    return ERR_OK;
}

size_t manifest_count(const json_t *manifest)
{
    return json_array_size(json_object_get(manifest, "files"));
}

static bool is_plain_name(const char *name)
{
    return name[0] != '\0' && name[0] != '.' && strpbrk(name, "/\\") == NULL &&
           text_is_printable_ascii(name, strlen(name)) && strcmp(name, MANIFEST_FILE) != 0;
}

static bool is_sha256(const char *text)
{
    return strlen(text) == DIGEST_HEX_BYTES - 1 && text_is_hex(text, DIGEST_HEX_BYTES - 1);
}

static enum err_kind refuse_name(const char *name, struct err *err)
{
    return err_set(err, ERR_CORRUPT,
                   "the manifest has an entry without a usable name: %s would not lie in the "
                   "report's folder",
                   text_quoted_of(span_of(name), TEXT_ID_MAX).text);
}

enum err_kind manifest_file(const json_t *manifest, size_t index, struct manifest_file *file_out,
                            struct err *err)
{
    const json_t *entry = json_array_get(json_object_get(manifest, "files"), index);
    const json_t *bytes = json_object_get(entry, "bytes");
    const struct manifest_file file = {
        .name = json_string_value(json_object_get(entry, "name")),
        .sha256 = json_string_value(json_object_get(entry, "sha256")),
        .bytes = (uint64_t)json_integer_value(bytes),
    };
    if (file.name == NULL || !is_plain_name(file.name)) {
        return refuse_name(file.name == NULL ? "" : file.name, err);
    }
    if (file.sha256 == NULL || !is_sha256(file.sha256) || !json_is_integer(bytes) ||
        json_integer_value(bytes) < 0) {
        return err_set(err, ERR_CORRUPT, "the manifest has no usable bytes and sha256 for %s",
                       file.name);
    }
    *file_out = file;
    return ERR_OK;
}
