// SPDX-License-Identifier: MIT
//
// The errors of the vendor's gateway: what a request is refused with before any operation sees it.
// Plain data. Thread: any.
#pragma once

#include "base/check.h"

enum { API_MESSAGE_BYTES = 1024, API_CODE_BYTES = 64 };

// A refusal: code, HTTP status and sentence as they are sent. `code` "" is none.
struct api_refusal {
    int status;
    char code[API_CODE_BYTES];
    char message[API_MESSAGE_BYTES];
};

// name, code, HTTP status, message
#define GATEWAY_ERRORS(X)                                                                          \
    X(ACTION_UNKNOWN, "InvalidAction.NotFound", 404,                                               \
      "Specified api is not found, please check your url and method.")                             \
    X(FORMAT_INVALID, "InvalidParameter.Format", 400, "Specified parameter format is not valid.")  \
    X(KEY_UNKNOWN, "InvalidAccessKeyId.NotFound", 404, "Specified access key is not found.")       \
    X(KEY_INACTIVE, "InvalidAccessKeyId.Inactive", 400, "Specified access key is disabled.")       \
    X(TIME_FORMAT, "InvalidTimeStamp.Format", 400,                                                 \
      "Specified time stamp or date value is not well formatted.")                                 \
    X(TIME_EXPIRED, "InvalidTimeStamp.Expired", 400,                                               \
      "Specified time stamp or date value is expired.")                                            \
    X(NONCE_USED, "SignatureNonceUsed", 400, "Specified signature nonce was used already.")        \
    X(SIGNATURE_WRONG, "SignatureDoesNotMatch", 400,                                               \
      "Specified signature is not matched with our calculation.")                                  \
    X(SIGNATURE_INCOMPLETE, "IncompleteSignature", 400,                                            \
      "The request signature does not conform to Aliyun standards.")                               \
    X(SIGNATURE_METHOD, "InvalidSignatureMethod", 400, "Specified signature method is not valid.") \
    X(METHOD_UNSUPPORTED, "UnsupportedHTTPMethod", 400, "This http method is not supported.")      \
    X(SECURITY_TOKEN_MISSING, "MissingSecurityToken", 400,                                         \
      "SecurityToken is mandatory for this action.")                                               \
    X(SECURITY_TOKEN_WRONG, "InvalidSecurityToken.Malformed", 400,                                 \
      "Specified SecurityToken is malformed.")                                                     \
    X(SECURITY_TOKEN_EXPIRED, "InvalidSecurityToken.Expired", 400,                                 \
      "Specified SecurityToken is expired.")                                                       \
    X(NO_PERMISSION, "NoPermission", 403, "You are not authorized to perform this operation.")

enum gateway_error {
#define X(name, code, status, message) GATEWAY_##name,
    GATEWAY_ERRORS(X)
#undef X
        GATEWAY_ERROR_COUNT
};

// The row, and behind its sentence `detail` (what was wrong and what would be right; "" for none).
// Bytes that are no UTF-8 become U+FFFD; a message that does not fit is cut, with "…" at its end.
void gateway_refuse(struct api_refusal *refusal, enum gateway_error error, const char *detail);

// "Missing<Name>" / "Invalid<Name>", 400, as 4.3 builds them. A name that came from outside and does
// not look like one (more than API_NAME_BYTES_MAX letters, digits, '.', '-', '_') goes into no code:
// that is MissingParameter / InvalidParameter then, and the message quotes the name.
enum { API_NAME_BYTES_MAX = 48 };
void gateway_refuse_missing(struct api_refusal *refusal, const char *parameter);
void gateway_refuse_invalid(struct api_refusal *refusal, const char *parameter, const char *detail);
