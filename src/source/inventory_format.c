// SPDX-License-Identifier: MIT
#include "inventory_format.h"

#include "base/mem.h"
#include "base/text.h"
#include "value_scan.h"

#include <string.h>

// What a step of the search says.
enum sniff { SNIFF_GOES_ON, SNIFF_FOUND, SNIFF_NEEDS_MORE };

struct sniffer {
    char *bytes; // a copy, because value_scan writes
    size_t len;
    size_t at;
    enum inventory_format format; // once found
};

const char *inventory_format_list(enum inventory_format format)
{
    switch (format) {
    case INVENTORY_RMS:
        return "\"resources\"";
    case INVENTORY_AWS:
        return "\"configurationItems\"";
    case INVENTORY_LINES:
    case INVENTORY_ARRAY:
        break;
    }
    return NULL;
}

static enum sniff found(struct sniffer *sniffer, enum inventory_format format)
{
    sniffer->format = format;
    return SNIFF_FOUND;
}

// The next byte that is no blank, without taking it.
static enum sniff peek(struct sniffer *sniffer, char *byte_out)
{
    while (sniffer->at < sniffer->len && value_is_blank(sniffer->bytes[sniffer->at])) {
        sniffer->at++;
    }
    if (sniffer->at == sniffer->len) {
        return SNIFF_NEEDS_MORE;
    }
    *byte_out = sniffer->bytes[sniffer->at];
    return SNIFF_GOES_ON;
}

// Takes one byte, which has to be `wanted`: otherwise it is no document that we know.
static enum sniff take(struct sniffer *sniffer, char wanted)
{
    char byte;
    enum sniff sniff = peek(sniffer, &byte);
    if (sniff == SNIFF_GOES_ON && byte != wanted) {
        return found(sniffer, INVENTORY_LINES);
    }
    sniffer->at += sniff == SNIFF_GOES_ON ? 1 : 0;
    return sniff;
}

static enum sniff take_value(struct sniffer *sniffer)
{
    char byte;
    enum sniff sniff = peek(sniffer, &byte);
    if (sniff != SNIFF_GOES_ON) {
        return sniff;
    }
    struct value_scan scan;
    size_t taken = 0;
    value_scan_begin(&scan);
    enum value_end end =
        value_scan_run(&scan, sniffer->bytes + sniffer->at, sniffer->len - sniffer->at, &taken);
    sniffer->at += taken;
    if (end == VALUE_BRACKETS_DIFFER || (end == VALUE_ENDS && taken == 0)) {
        return found(sniffer, INVENTORY_LINES);
    }
    return end == VALUE_ENDS ? SNIFF_GOES_ON : SNIFF_NEEDS_MORE;
}

// What a member's name and the first byte of its value say about the document.
static enum sniff judge_member(struct sniffer *sniffer, const char *name, size_t len, char first)
{
    static const enum inventory_format LISTS[] = {INVENTORY_RMS, INVENTORY_AWS};
    static const char *const OF_RECORDS[] = {"\"resourceId\"", "\"resourceType\"",
                                             "\"configuration\""};
    for (size_t i = 0; i < ARRAY_LEN(LISTS) && first == '['; i++) {
        const char *list = inventory_format_list(LISTS[i]);
        if (len == strlen(list) && memcmp(name, list, len) == 0) {
            return found(sniffer, LISTS[i]);
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(OF_RECORDS); i++) {
        if (len == strlen(OF_RECORDS[i]) && memcmp(name, OF_RECORDS[i], len) == 0) {
            return found(sniffer, INVENTORY_LINES);
        }
    }
    return SNIFF_GOES_ON;
}

static enum sniff sniff_member(struct sniffer *sniffer)
{
    char byte;
    enum sniff sniff = peek(sniffer, &byte);
    if (sniff == SNIFF_GOES_ON && byte != '"') {
        return found(sniffer, INVENTORY_LINES);
    }
    size_t name = sniffer->at;
    sniff = sniff == SNIFF_GOES_ON ? take_value(sniffer) : sniff;
    size_t len = sniffer->at - name;
    sniff = sniff == SNIFF_GOES_ON ? take(sniffer, ':') : sniff;
    sniff = sniff == SNIFF_GOES_ON ? peek(sniffer, &byte) : sniff;
    if (sniff == SNIFF_GOES_ON) {
        sniff = judge_member(sniffer, sniffer->bytes + name, len, byte);
    }
    sniff = sniff == SNIFF_GOES_ON ? take_value(sniffer) : sniff;
    // An object that ends has none of the lists; `take` then says that it is a line.
    return sniff == SNIFF_GOES_ON ? take(sniffer, ',') : sniff;
}

static enum sniff sniff_document(struct sniffer *sniffer)
{
    char byte;
    enum sniff sniff = peek(sniffer, &byte);
    if (sniff != SNIFF_GOES_ON) {
        return sniff;
    }
    if (byte == '[') {
        sniffer->at++;
        sniff = peek(sniffer, &byte);
        if (sniff != SNIFF_GOES_ON) {
            return sniff;
        }
        // Of numbers and words it is no list of records, but a line that is wrong.
        return found(sniffer, byte == '{' || byte == ']' ? INVENTORY_ARRAY : INVENTORY_LINES);
    }
    sniff = take(sniffer, '{');
    while (sniff == SNIFF_GOES_ON) {
        sniff = sniff_member(sniffer);
    }
    return sniff;
}

bool inventory_format_sniff(const char *bytes, size_t len, bool is_all,
                            enum inventory_format *format_out)
{
    struct sniffer sniffer = {.len = len, .format = INVENTORY_LINES};
    sniffer.bytes = mem_alloc(len + 1, 1);
    memcpy(sniffer.bytes, bytes, len);
    enum sniff sniff = sniff_document(&sniffer);
    mem_free(&sniffer.bytes);
    if (sniff == SNIFF_NEEDS_MORE && !is_all) {
        return false;
    }
    *format_out = sniff == SNIFF_FOUND ? sniffer.format : INVENTORY_LINES;
    return true;
}
