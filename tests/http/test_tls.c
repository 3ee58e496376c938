// SPDX-License-Identifier: MIT
//
// TLS: only a certificate that the CA file vouches for, for the name that was asked for.
#include "harness.h"
#include "mock_secmaster.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[] = "/tmp/packreport-tls-XXXXXX";
static char key_path[64];
static char cert_path[64];
static char other_cert_path[64];

// A self-signed certificate for 127.0.0.1 and another one for example.com with the same key.
static void make_certificates(void)
{
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(key_path, sizeof(key_path), "%s/key.pem", folder);
    (void)snprintf(cert_path, sizeof(cert_path), "%s/cert.pem", folder);
    (void)snprintf(other_cert_path, sizeof(other_cert_path), "%s/other.pem", folder);
    char command[1024];
    (void)snprintf(command, sizeof(command),
                   "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
                   "-subj /CN=test -addext subjectAltName=IP:127.0.0.1 -keyout %s -out %s "
                   "2>/dev/null && openssl req -x509 -key %s -days 2 -subj /CN=other "
                   "-addext subjectAltName=DNS:example.com -out %s 2>/dev/null",
                   key_path, cert_path, key_path, other_cert_path);
    cr_assert_eq(system(command), 0); // NOLINT(cert-env33-c): a fixed command of the test's own
}

static void remove_certificates(void)
{
    struct err err = ERR_INIT;
    cr_expect_eq(file_remove_tree(folder, &err), ERR_OK, "%s", err.message);
}

// Asks a server with `server_cert` and trusts `ca_file` (NULL: the system's).
static void ask(const char *server_cert, const char *ca_file, struct outcome *outcome)
{
    struct mock_secmaster *mock = mock_secmaster_start((const char *[]){
        "--token", TEST_TOKEN, "--tls-cert", server_cert, "--tls-key", key_path, NULL});
    struct harness harness;
    char url[128];
    harness_init(&harness);
    harness.config.allow_plain_http = false;
    harness.config.ca_file = ca_file;
    harness_open(&harness);
    (void)snprintf(url, sizeof(url),
                   "https://127.0.0.1:%u/v2/p/workspaces/w/sa/baseline/compliance-packages/a",
                   (unsigned)mock_secmaster_port(mock));
    harness_fetch(&harness, url, outcome);
    harness_close(&harness);
    mock_secmaster_stop(&mock);
}

Test(tls, takes_a_certificate_of_its_ca_file, .init = make_certificates,
     .fini = remove_certificates)
{
    struct outcome outcome;
    ask(cert_path, cert_path, &outcome);
    cr_expect_eq(outcome.status, 200, "%s", outcome.err.message);
    outcome_deinit(&outcome);
}

Test(tls, refuses_a_self_signed_certificate, .init = make_certificates, .fini = remove_certificates)
{
    struct outcome outcome;
    ask(cert_path, NULL, &outcome);
    outcome_expect(&outcome, ERR_UNAVAILABLE, "certificate", "self-signed");
}

Test(tls, refuses_a_certificate_for_another_name, .init = make_certificates,
     .fini = remove_certificates)
{
    struct outcome outcome;
    ask(other_cert_path, other_cert_path, &outcome);
    outcome_expect(&outcome, ERR_UNAVAILABLE, "127.0.0.1", "another name");
}
