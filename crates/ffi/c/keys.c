/* A key backend of the program's own: OpenSSL makes and uses the keys, and nothing of a private key goes anywhere else. */
#include "support.h"

#include <openssl/ec.h>
#include <openssl/x509.h>

#define MAX_KEYS 8

static struct {
    unsigned char alias[16];
    EVP_PKEY *key;
} keys[MAX_KEYS];

static int count;

static EVP_PKEY *find(AuthnBytes alias)
{
    for (int at = 0; at < count; at++)
        if (alias.len == 16 && memcmp(keys[at].alias, alias.data, 16) == 0)
            return keys[at].key;
    return NULL;
}

/* Answers a keypair step. The library's random alias is the key's name here. */
void make_key(const AuthnCeremony *ceremony)
{
    AuthnStep *step = step_of(ceremony);
    CHECK(number(step, AUTHN_STEP_NUMBER_KIND) == AUTHN_STEP_KIND_KEYPAIR);
    CHECK(number(step, AUTHN_STEP_NUMBER_ALGORITHM) == -7 && count < MAX_KEYS);
    AuthnBytes alias = field(step, AUTHN_STEP_FIELD_ALIAS);
    CHECK(alias.len == 16);
    memcpy(keys[count].alias, alias.data, 16);
    keys[count].key = EVP_EC_gen("P-256");
    CHECK(keys[count].key != NULL);

    unsigned char *public_key = NULL;
    int length = i2d_PUBKEY(keys[count].key, &public_key);
    CHECK(length > 0);
    AuthnBytes der = {public_key, (size_t)length};
    count++;
    OK(authn_key_made(ceremony, der, alias));
    OPENSSL_free(public_key);
    authn_step_free(step);
}

/* Answers a signature step. */
void sign_with_key(const AuthnCeremony *ceremony)
{
    AuthnStep *step = step_of(ceremony);
    CHECK(number(step, AUTHN_STEP_NUMBER_KIND) == AUTHN_STEP_KIND_SIGNATURE);
    EVP_PKEY *key = find(field(step, AUTHN_STEP_FIELD_KEY_HANDLE));
    AuthnBytes first = field(step, AUTHN_STEP_FIELD_AUTHENTICATOR_DATA);
    AuthnBytes second = field(step, AUTHN_STEP_FIELD_CLIENT_DATA_HASH);
    unsigned char signature[128];
    size_t length = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    CHECK(key != NULL && context != NULL);
    CHECK(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1);
    CHECK(EVP_DigestSignUpdate(context, first.data, first.len) == 1);
    CHECK(EVP_DigestSignUpdate(context, second.data, second.len) == 1);
    CHECK(EVP_DigestSignFinal(context, signature, &length) == 1);
    EVP_MD_CTX_free(context);
    AuthnBytes signed_bytes = {signature, length};
    OK(authn_signed(ceremony, signed_bytes));
    authn_step_free(step);
}

/* Checks a response as a site would: the newest key signed the authenticator data and the client data's hash. */
void verify_sign_in(const char *response)
{
    unsigned char data[MAX_JSON], client_data[MAX_JSON], hash[32], signature[128];
    char *part = member(response, "authenticatorData");
    size_t data_length = from_base64url(part, data);
    free(part);
    part = member(response, "clientDataJSON");
    size_t client_length = from_base64url(part, client_data);
    free(part);
    part = member(response, "signature");
    size_t signature_length = from_base64url(part, signature);
    free(part);
    CHECK(EVP_Digest(client_data, client_length, hash, NULL, EVP_sha256(), NULL) == 1);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    CHECK(count > 0 && context != NULL);
    CHECK(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, keys[count - 1].key) == 1);
    CHECK(EVP_DigestVerifyUpdate(context, data, data_length) == 1);
    CHECK(EVP_DigestVerifyUpdate(context, hash, sizeof hash) == 1);
    CHECK(EVP_DigestVerifyFinal(context, signature, signature_length) == 1);
    EVP_MD_CTX_free(context);
}

int destroy_keys(uint32_t kind, AuthnBytes name)
{
    int destroyed = 0;
    CHECK(name.len <= 16);
    for (int at = count - 1; at >= 0; at--) {
        /* A whole alias ends with itself. */
        CHECK(kind == AUTHN_KEY_NAME_KIND_ALIAS_SUFFIX || name.len == 16);
        if (memcmp(keys[at].alias + 16 - name.len, name.data, name.len) != 0)
            continue;
        EVP_PKEY_free(keys[at].key);
        keys[at] = keys[--count];
        destroyed++;
    }
    return destroyed;
}

void forget_keys(void)
{
    while (count > 0)
        EVP_PKEY_free(keys[--count].key);
}
