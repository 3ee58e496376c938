// SPDX-License-Identifier: MIT
#include "index.h"

#include "scan/scanner.h"

const struct scan_kernel *const SCAN_KERNELS[] = {
#if defined(__x86_64__)
    &SCAN_KERNEL_AVX512, &SCAN_KERNEL_AVX2,
    &SCAN_KERNEL_SSE2,
#elif defined(__aarch64__)
    &SCAN_KERNEL_NEON,
#endif
    &SCAN_KERNEL_PLAIN,  NULL,
};

const struct scan_kernel *scan_kernel_at(size_t index)
{
    for (const struct scan_kernel *const *kernel = SCAN_KERNELS; *kernel != NULL; kernel++) {
        if ((*kernel)->is_usable() && index-- == 0) {
            return *kernel;
        }
    }
    return NULL;
}

const struct scan_kernel *scan_kernel_best(void)
{
    return scan_kernel_at(0);
}

const char *scan_kernel_name(const struct scan_kernel *kernel)
{
    return kernel->name;
}
