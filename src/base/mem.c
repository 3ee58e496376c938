// SPDX-License-Identifier: MIT
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    HUGE_PAGE_BYTES = 2 * 1024 * 1024,
    // glibc's malloc keeps a cache of freed blocks up to this size for each thread. Its calloc does
    // not look there before glibc 2.41, and takes several times as long.
    CACHED_BYTES_MAX = 1024,
};

static _Noreturn void out_of_memory(size_t count, size_t size)
{
    (void)fprintf(stderr, "packreport: out of memory (%zu x %zu bytes)\n", count, size);
    abort();
}

void *mem_alloc(size_t count, size_t size)
{
    size_t wanted;
    if (!__builtin_mul_overflow(count, size, &wanted) && wanted <= CACHED_BYTES_MAX) {
        // By way of realloc: of malloc and memset the compiler would make calloc.
        return memset(mem_resize(NULL, wanted, 1), 0, wanted);
    }
    void *bytes = calloc(count, size);
    if (bytes == NULL) {
        out_of_memory(count, size);
    }
    return bytes;
}

void *mem_resize(void *pointer, size_t count, size_t size)
{
    void *bytes = reallocarray(pointer, count > 0 ? count : 1, size > 0 ? size : 1);
    if (bytes == NULL) {
        out_of_memory(count, size);
    }
    return bytes;
}

void *mem_grow(void *pointer, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity) {
        return pointer;
    }
    size_t wanted = *capacity + *capacity / 2 + 8;
    if (wanted < needed) {
        wanted = needed;
    }
    void *bytes = mem_resize(pointer, wanted, size);
    *capacity = wanted;
    return bytes;
}

void *mem_large(size_t size)
{
    if (size < HUGE_PAGE_BYTES) {
        return mem_resize(NULL, size, 1);
    }
    size_t pages = size / HUGE_PAGE_BYTES + (size % HUGE_PAGE_BYTES > 0 ? 1 : 0);
    void *bytes = aligned_alloc(HUGE_PAGE_BYTES, pages * HUGE_PAGE_BYTES);
    if (bytes == NULL) {
        out_of_memory(1, size);
    }
    (void)madvise(bytes, pages * HUGE_PAGE_BYTES, MADV_HUGEPAGE); // no loss where it is refused
    return bytes;
}

void *mem_dup(const void *bytes, size_t len)
{
    void *copy = mem_resize(NULL, len, 1);
    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    return copy;
}

char *mem_text(const char *text)
{
    return text == NULL ? NULL : mem_text_n(text, strlen(text));
}

char *mem_text_n(const char *text, size_t len)
{
    REQUIRE(len < SIZE_MAX);
    char *copy = mem_resize(NULL, len + 1, 1);
    if (len > 0) {
        memcpy(copy, text, len);
    }
    copy[len] = '\0';
    return copy;
}

char *mem_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    int written = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (written < 0) {
        out_of_memory(1, 1);
    }
    return text;
}

void mem_free_at(void *pointer_address)
{
    void *pointer;
    memcpy(&pointer, pointer_address, sizeof(pointer));
    free(pointer);
    pointer = NULL;
    memcpy(pointer_address, &pointer, sizeof(pointer));
}

void mem_wipe(void *bytes, size_t len)
{
    if (len > 0) {
        explicit_bzero(bytes, len);
    }
}
