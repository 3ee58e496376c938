// SPDX-License-Identifier: MIT
#include "account_check.h"

#include "base/text.h"
#include "domain/account.h"

#include <string.h>

enum { URL_BYTES_MAX = 2048, NAME_BYTES_MAX = 255, PATH_BYTES_MAX = 1024, PORT_MAX = 65535 };

static const char DIGITS[] = "0123456789";
static const char HOST_CHARS[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
static const char ADDRESS_CHARS[] = "0123456789abcdefABCDEF:.";

// Moves *at behind the host; false when there is none.
static bool skip_host(const char **at)
{
    if (**at != '[') {
        size_t len = strspn(*at, HOST_CHARS);
        *at += len;
        return len > 0;
    }
    size_t len = strspn(*at + 1, ADDRESS_CHARS);
    if (len == 0 || (*at)[1 + len] != ']') {
        return false;
    }
    *at += len + 2;
    return true;
}

static bool skip_port(const char **at)
{
    if (**at != ':') {
        return true;
    }
    size_t len = strspn(*at + 1, DIGITS);
    int64_t port;
    bool right = text_to_int64(*at + 1, len, &port) && port >= 1 && port <= PORT_MAX;
    *at += len + 1;
    return right;
}

bool account_base_url_is_valid(const char *url)
{
    const char *at = url;
    if (text_starts_with(url, "https://")) {
        at += strlen("https://");
    } else if (text_starts_with(url, "http://")) {
        at += strlen("http://");
    } else {
        return false;
    }
    if (strlen(url) > URL_BYTES_MAX || !skip_host(&at) || !skip_port(&at)) {
        return false;
    }
    // RFC 3986, 3.3: what is left is a path; the characters refused may not stand in one.
    return (*at == '\0' || *at == '/') && text_is_printable_ascii(at, strlen(at)) &&
           strpbrk(at, " ?#@\\\"<>^`{|}") == NULL;
}

bool account_credential_is_valid(const char *name)
{
    size_t len = strlen(name);
    return len >= 1 && len <= NAME_BYTES_MAX && name[0] != '.' && strchr(name, '/') == NULL &&
           text_is_printable_ascii(name, len);
}

static bool is_path_name(const char *name, size_t len)
{
    bool dots = (len == 1 && name[0] == '.') || (len == 2 && name[0] == '.' && name[1] == '.');
    return len > 0 && len <= NAME_BYTES_MAX && !dots;
}

bool account_inventory_is_valid(const char *path)
{
    if (strlen(path) > PATH_BYTES_MAX) {
        return false;
    }
    for (const char *name = path;;) {
        size_t len = strcspn(name, "/");
        if (!is_path_name(name, len)) {
            return false;
        }
        if (name[len] == '\0') {
            return true;
        }
        name += len + 1;
    }
}
