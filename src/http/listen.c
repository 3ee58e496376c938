// SPDX-License-Identifier: MIT
#include "listen.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    BACKLOG = 1024,
    UNIX_SOCKET_MODE = 0660,
    HOST_BYTES = 256,
    PORT_MAX = 65535,
    PORT_BYTES = 6,
};

static const char RIGHT[] =
    "\"127.0.0.1:8080\", \"[::1]:8080\", \"*:8080\" or the absolute path of a "
    "Unix socket is right";

static enum err_kind wrong(struct err *err, const char *where)
{
    return err_set(err, ERR_CONFIG, "\"%.200s\" is no address to listen on; %s", where, RIGHT);
}

static enum err_kind failed(struct err *err, const char *where)
{
    enum err_kind kind = errno == EADDRINUSE                 ? ERR_UNAVAILABLE
                         : errno == EACCES || errno == EPERM ? ERR_DENIED
                                                             : ERR_CONFIG;
    return err_set(err, kind, "cannot listen on %.200s: %s", where, strerror(errno));
}

// ---- Unix

// Whether somebody listens on the socket at the path.
static bool is_answered(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_up = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return is_up;
}

static enum err_kind check_unix(const char *path, struct err *err)
{
    const size_t most = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
    if (strlen(path) > most) {
        return err_set(err, ERR_CONFIG, "%.200s: the path of a Unix socket has at most %zu bytes",
                       path, most);
    }
    return ERR_OK;
}

static enum err_kind open_unix(const char *path, struct listen_socket *out, struct err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (check_unix(path, err) != ERR_OK) {
        return err->kind;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    struct stat status;
    if (lstat(path, &status) == 0) {
        if (!S_ISSOCK(status.st_mode)) {
            return err_set(err, ERR_CONFIG, "%.200s is there, and is no socket", path);
        }
        if (is_answered(&address)) {
            errno = EADDRINUSE;
            return failed(err, path);
        }
        (void)unlink(path);
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    // On Linux the file gets the mode of the socket that is bound, less the umask (unix(7)).
    if (fd < 0 || fchmod(fd, UNIX_SOCKET_MODE) != 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fd, BACKLOG) != 0) {
        (void)failed(err, path);
        if (fd >= 0) {
            (void)close(fd);
        }
        return err->kind;
    }
    *out = (struct listen_socket){.fd = fd, .is_unix = true, .is_loopback = true};
    (void)snprintf(out->address, sizeof(out->address), "%s", path);
    return ERR_OK;
}

// ---- TCP

static bool is_loopback(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
        return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
    }
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    return memcmp(&v6->sin6_addr, &in6addr_loopback, sizeof(in6addr_loopback)) == 0;
}

// "[::1]:80" to "::1" and "80".
static bool split(const char *where, char host[HOST_BYTES], uint16_t *port_out)
{
    const char *colon = strrchr(where, ':');
    if (colon == NULL || colon == where || strlen(colon + 1) >= PORT_BYTES || colon[1] == '\0') {
        return false;
    }
    const char *begin = where;
    size_t len = (size_t)(colon - where);
    if (where[0] == '[' && len > 2 && where[len - 1] == ']') {
        begin++;
        len -= 2;
    } else if (memchr(where, ':', len) != NULL) {
        return false; // an IPv6 address without brackets
    }
    int64_t number;
    if (len >= HOST_BYTES || !text_to_int64(colon + 1, strlen(colon + 1), &number) || number < 0 ||
        number > PORT_MAX) {
        return false;
    }
    memcpy(host, begin, len);
    host[len] = '\0';
    *port_out = (uint16_t)number;
    return true;
}

static void name_socket(struct listen_socket *out)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof(address);
    char host[HOST_BYTES] = "";
    char port[PORT_BYTES] = "";
    (void)getsockname(out->fd, (struct sockaddr *)&address, &len);
    (void)getnameinfo((const struct sockaddr *)&address, len, host, sizeof(host), port,
                      sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
    bool is_v6 = address.ss_family == AF_INET6;
    (void)snprintf(out->address, sizeof(out->address), is_v6 ? "[%s]:%s" : "%s:%s", host, port);
    out->is_loopback = is_loopback(&address);
}

static int bind_address(const struct addrinfo *info)
{
    const int on = 1;
    const int off = 0;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -1;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (info->ai_family == AF_INET6) {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    }
    if (bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
        int saved = errno;
        (void)close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

static int bind_all(uint16_t port)
{
    const struct sockaddr_in6 v6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_any};
    const struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = v6.sin6_port};
    const struct addrinfo both = {
        .ai_family = AF_INET6, .ai_addr = (struct sockaddr *)&v6, .ai_addrlen = sizeof(v6)};
    const struct addrinfo old = {
        .ai_family = AF_INET, .ai_addr = (struct sockaddr *)&v4, .ai_addrlen = sizeof(v4)};
    int fd = bind_address(&both);
    // A machine without IPv6.
    return fd >= 0 || errno == EADDRINUSE || errno == EACCES ? fd : bind_address(&old);
}

static enum err_kind open_tcp(const char *where, struct listen_socket *out, struct err *err)
{
    char host[HOST_BYTES];
    uint16_t number;
    if (!split(where, host, &number)) {
        return wrong(err, where);
    }
    *out = (struct listen_socket){.fd = -1};
    if (strcmp(host, "*") == 0) {
        out->fd = bind_all(number);
    } else {
        const struct addrinfo hints = {
            .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
        struct addrinfo *found = NULL;
        char port[PORT_BYTES];
        (void)snprintf(port, sizeof(port), "%u", (unsigned)number);
        int code = getaddrinfo(host, port, &hints, &found);
        if (code != 0) {
            return err_set(err, ERR_CONFIG, "cannot listen on %.200s: %s", where,
                           gai_strerror(code));
        }
        out->fd = bind_address(found);
        int saved = errno;
        freeaddrinfo(found);
        errno = saved;
    }
    if (out->fd < 0) {
        return failed(err, where);
    }
    name_socket(out);
    return ERR_OK;
}

enum err_kind listen_open(const char *where, struct listen_socket *socket_out, struct err *err)
{
    return where[0] == '/' ? open_unix(where, socket_out, err) : open_tcp(where, socket_out, err);
}

// Of an address in numbers; a name may lead anywhere.
static bool may_be_local(const char *host)
{
    struct sockaddr_storage address = {.ss_family = AF_INET};
    if (inet_pton(AF_INET, host, &((struct sockaddr_in *)&address)->sin_addr) == 1) {
        return is_loopback(&address);
    }
    address.ss_family = AF_INET6;
    if (inet_pton(AF_INET6, host, &((struct sockaddr_in6 *)&address)->sin6_addr) == 1) {
        return is_loopback(&address);
    }
    return strcmp(host, "*") != 0;
}

enum err_kind listen_check(const char *where, bool *local_out, struct err *err)
{
    char host[HOST_BYTES];
    uint16_t port;
    if (where[0] == '/') {
        *local_out = true;
        return check_unix(where, err);
    }
    if (!split(where, host, &port)) {
        return wrong(err, where);
    }
    *local_out = may_be_local(host);
    return ERR_OK;
}

void listen_close(struct listen_socket *socket)
{
    if (socket->fd < 0) {
        return;
    }
    (void)close(socket->fd);
    socket->fd = -1;
    if (socket->is_unix) {
        (void)unlink(socket->address);
    }
}
