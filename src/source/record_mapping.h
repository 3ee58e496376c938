// SPDX-License-Identifier: MIT
//
// Records of other inventories as ours: members get our names, values stay as they are, byte for
// byte. Pure. Thread: any.
#pragma once

#include "base/buf.h"
#include "inventory_format.h"

// Appends the record, which holds no line end, to `out` as a line. What is no object, or not written
// as one, is appended as it is: the evaluator says what is wrong with it. So is what grows past the
// limit of `out`, where the record itself and a line end have to have room. `record` is unchanged.
//
//   RMS: id, name, region_id, ep_id, properties -> resourceId, resourceName, regionId,
//   resourceGroupId, configuration; provider and type -> resourceType "provider.type"
//   AWS: awsRegion, awsAccountId -> regionId, accountId
//
// All other members stay.
void record_map(enum inventory_format format, char *record, size_t len, struct buf *out);
