/* What the C programs share. A check that fails says where and ends the program. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "authenticator.h"

#define CHECK(condition)                                                             \
    do {                                                                             \
        if (!(condition)) {                                                          \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);          \
            exit(1);                                                                 \
        }                                                                            \
    } while (0)

#define OK(call) CHECK((call) == AUTHN_STATUS_OK)

#define ORIGIN "https://login.example.com"
#define MAX_JSON 16384

static const AuthnBytes NONE = {NULL, 0};

AuthnBytes text(const char *string);
bool equal(AuthnBytes left, AuthnBytes right);

/* A copy with a final zero, for the caller to free. */
char *copied(AuthnBytes bytes);

/* The store in a folder, with a device key made beside it. Only a test keeps the two together. */
AuthnAuthenticator *open_store(const char *folder, uint32_t verification, bool host_keys);

AuthnCeremony *start_create(const AuthnAuthenticator *on, const char *options, const char *origin);
AuthnCeremony *start_get(const AuthnAuthenticator *on, const char *options, const char *origin);

/* Options of a site called example.com. `exclude` is a credential id in base64url, or NULL. */
void creation_options(char *options, const char *user_id, const char *resident_key, const char *exclude);
extern const char REQUEST_OPTIONS[];

AuthnStep *step_of(const AuthnCeremony *ceremony);
int64_t number(const AuthnStep *step, uint32_t field);
AuthnBytes field(const AuthnStep *step, uint32_t field);
int64_t kind_of(const AuthnCeremony *ceremony);

/* The response of a ceremony that has succeeded, for the caller to free. Frees the ceremony. */
char *response_of(AuthnCeremony *ceremony);
/* The failure kind of a ceremony that has failed. Frees the ceremony. */
int64_t failure_of(AuthnCeremony *ceremony);

/* A member of a response whose value is a string, for the caller to free. */
char *member(const char *json, const char *name);
size_t from_base64url(const char *in, unsigned char *out);
void to_base64url(const unsigned char *in, size_t len, char *out);

/* keys.c: a key backend over OpenSSL. The private key never leaves its EVP_PKEY. */
void make_key(const AuthnCeremony *ceremony);
void sign_with_key(const AuthnCeremony *ceremony);
void verify_sign_in(const char *response);
void forget_keys(void);

/* Destroys the keys that are named so, by an AuthnKeyNameKind; says how many there were. The alias is the handle here. */
int destroy_keys(uint32_t kind, AuthnBytes name);

/* manage.c */
void manages(const AuthnAuthenticator *on);
void destroys_unwanted_keys(const AuthnAuthenticator *on);
void suspends(const AuthnAuthenticator *on);
void deletes_everything(const AuthnAuthenticator *on);

int scenarios(const char *program, const char *folder);
int restore_in_new_process(const char *folder);
int memory(const char *folder, long ceremonies);
int threads(const char *folder, long ceremonies, long seconds);

#endif
