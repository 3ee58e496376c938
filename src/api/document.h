// SPDX-License-Identifier: MIT
//
// Bodies of answers: one tree, as JSON or as XML as the vendor writes it (a root element, an
// element for each member, a list as its member's element again and again, an empty object as an
// empty element, Recommend in a CDATA section). Pure. Thread: any.
#pragma once

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>

// More than any answer is: the longest shows a pack of LIMIT_PACK_BYTES, of which XML may make five
// times as much.
enum { DOCUMENT_BYTES_MAX = 128 * 1024 * 1024 };

// The value of an AccountId: a number, as the vendor has it; one that no int64 holds, which the vendor
// cannot have, as text, so that its digits stay. A new reference.
json_t *document_account_id(const char *account_id);

// `root` names the XML element. Characters that XML 1.0 has no place for become U+FFFD.
void document_write(struct buf *out, const json_t *tree, bool is_xml, const char *root);
// The Content-Type. XML's is spelt as the vendor's clients compare it (6.2).
const char *document_type(bool is_xml);
