// SPDX-License-Identifier: MIT
//
// Assertions that stay on in production, and the two helpers that every file needs.
//
// REQUIRE states what a function expects on entry, ENSURE what it promises on exit, INVARIANT what
// holds between any two operations on an object. They are for what *we* can cause; what others can
// cause (Redis, HTTP, files, users) is reported through `struct err` and never asserted.
// Expressions have no side effects. A failed check prints its kind, expression and place on
// standard error and aborts. Thread: any.
#pragma once

#include <stddef.h>

_Noreturn void check_failed(const char *kind, const char *expression, const char *file, int line);

#define CHECK_THAT(kind, expression)                                                               \
    ((expression) ? (void)0 : check_failed((kind), #expression, __FILE__, __LINE__))

#define REQUIRE(expression)   CHECK_THAT("requirement", expression)
#define ENSURE(expression)    CHECK_THAT("promise", expression)
#define INVARIANT(expression) CHECK_THAT("invariant", expression)

// The struct that holds `member`, from a pointer to that member.
#define container_of(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

// For functions that take a format string: lets the compiler check the arguments.
#define PRINTF_LIKE(format_index, first_argument)                                                  \
    __attribute__((format(printf, format_index, first_argument)))
