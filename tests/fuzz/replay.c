// SPDX-License-Identifier: MIT
//
// Runs a fuzz target without libFuzzer, on machines that have none: over the files given, and over
// each of them with bytes changed at random.
//   replay CHANGES FILE...
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_BYTES_MAX = 65536, CHANGES_EACH_MAX = 4 };

static uint64_t next_random(void)
{
    static uint64_t state = UINT64_C(88172645463325252);
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void run_changed(const uint8_t *input, size_t size)
{
    static const char BYTES[] = "\"\\{}[]:,0-e. \t\n\x01\x0c\x80\xc3tnu";
    static uint8_t changed[INPUT_BYTES_MAX];
    memcpy(changed, input, size);
    for (uint64_t i = next_random() % CHANGES_EACH_MAX; i < CHANGES_EACH_MAX && size > 0; i++) {
        changed[next_random() % size] = (uint8_t)BYTES[next_random() % (sizeof(BYTES) - 1)];
    }
    (void)LLVMFuzzerTestOneInput(changed, size);
}

int main(int argc, char **argv)
{
    static uint8_t input[INPUT_BYTES_MAX];
    if (argc < 3) {
        (void)fprintf(stderr, "usage: replay CHANGES FILE...\n");
        return EXIT_FAILURE;
    }
    long changes = strtol(argv[1], NULL, 10);
    for (int i = 2; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (file == NULL) {
            perror(argv[i]);
            return EXIT_FAILURE;
        }
        size_t size = fread(input, 1, sizeof(input), file);
        (void)fclose(file);
        (void)LLVMFuzzerTestOneInput(input, size);
        for (long j = 0; j < changes; j++) {
            run_changed(input, size);
        }
    }
    (void)printf("replay: %d inputs, %ld changes each\n", argc - 2, changes);
    return EXIT_SUCCESS;
}
