// SPDX-License-Identifier: MIT
//
// What a service manager hears: binds a datagram socket at the path given and prints each message
// that comes (sd_notify(3)) as one line, with "|" for its line ends. Says "listening" first; runs
// until it is killed.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 4096 };

static int fail(const char *what)
{
    perror(what);
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path)) {
        (void)fprintf(stderr, "usage: notify_listener PATH\n");
        return EXIT_FAILURE;
    }
    memcpy(address.sun_path, argv[1], strlen(argv[1]));
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        return fail(argv[1]);
    }
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    (void)puts("listening");
    for (;;) {
        char message[MESSAGE_BYTES + 1];
        ssize_t len = recv(fd, message, MESSAGE_BYTES, 0);
        if (len < 0) {
            return fail("recv");
        }
        message[len] = '\0';
        for (char *end = message; (end = strchr(end, '\n')) != NULL; end++) {
            *end = '|';
        }
        (void)puts(message);
    }
}
