#include "support.h"

#include <sys/stat.h>

#include <openssl/rand.h>

const char REQUEST_OPTIONS[] =
    "{\"rpId\":\"example.com\",\"challenge\":\"EBESExQVFhcYGRobHB0eHw\",\"userVerification\":\"required\"}";

AuthnBytes text(const char *string)
{
    AuthnBytes bytes = {(const uint8_t *)string, strlen(string)};
    return bytes;
}

bool equal(AuthnBytes left, AuthnBytes right)
{
    return left.len == right.len && memcmp(left.data, right.data, left.len) == 0;
}

char *copied(AuthnBytes bytes)
{
    char *copy = malloc(bytes.len + 1);
    CHECK(copy != NULL);
    memcpy(copy, bytes.data, bytes.len);
    copy[bytes.len] = '\0';
    return copy;
}

static void device_key(const char *folder, unsigned char key[32])
{
    char path[4096];
    snprintf(path, sizeof path, "%s/device.key", folder);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        CHECK(RAND_bytes(key, 32) == 1);
        file = fopen(path, "wb");
        CHECK(file != NULL && chmod(path, 0600) == 0);
        CHECK(fwrite(key, 1, 32, file) == 32);
    } else {
        CHECK(fread(key, 1, 32, file) == 32);
    }
    CHECK(fclose(file) == 0);
}

AuthnAuthenticator *open_store(const char *folder, uint32_t verification, bool host_keys)
{
    /* Random, and the same in every version of this program. */
    static const uint8_t aaguid[16] = {0x2d, 0x14, 0xc1, 0x6b, 0xb3, 0x5f, 0x4e, 0x0e,
                                       0x9c, 0x77, 0x53, 0x0a, 0x5d, 0x42, 0x1f, 0x88};
    static const int64_t es256[] = {-7};
    unsigned char key[32];
    char path[4096];
    device_key(folder, key);
    snprintf(path, sizeof path, "%s/passkeys.db", folder);
    AuthnSettings settings = {{aaguid, sizeof aaguid}, verification, host_keys ? es256 : NULL, host_keys ? 1 : 0,
                              AUTHN_ATTESTATION_SETUP_SELF_SIGNED};
    AuthnBytes key_bytes = {key, sizeof key};
    AuthnAuthenticator *opened = NULL;
    OK(authn_open(text(path), key_bytes, &settings, &opened));
    return opened;
}

static AuthnCaller page(const char *origin)
{
    AuthnCaller caller = {AUTHN_CALLER_KIND_WEB, text(origin), NONE, 0, NONE};
    return caller;
}

static const AuthnClientData BUILT_HERE = {AUTHN_CLIENT_DATA_SOURCE_BUILD, {NULL, 0}};

AuthnCeremony *start_create(const AuthnAuthenticator *on, const char *options, const char *origin)
{
    AuthnCaller caller = page(origin);
    AuthnCeremony *ceremony = NULL;
    OK(authn_start_create(on, text(options), &caller, &BUILT_HERE, &ceremony));
    return ceremony;
}

AuthnCeremony *start_get(const AuthnAuthenticator *on, const char *options, const char *origin)
{
    AuthnCaller caller = page(origin);
    AuthnCeremony *ceremony = NULL;
    OK(authn_start_get(on, text(options), &caller, &BUILT_HERE, &ceremony));
    return ceremony;
}

void creation_options(char *options, const char *user_id, const char *resident_key, const char *exclude)
{
    char id[128];
    to_base64url((const unsigned char *)user_id, strlen(user_id), id);
    int length = snprintf(options, MAX_JSON,
                          "{\"rp\":{\"id\":\"example.com\",\"name\":\"Example\"},"
                          "\"user\":{\"id\":\"%s\",\"name\":\"ada\",\"displayName\":\"Ada\"},"
                          "\"challenge\":\"AAECAwQFBgcICQoLDA0ODw\",\"attestation\":\"direct\",\"timeout\":600000,"
                          "\"pubKeyCredParams\":[{\"type\":\"public-key\",\"alg\":-7}],"
                          "\"authenticatorSelection\":{\"residentKey\":\"%s\"},"
                          "\"excludeCredentials\":[%s%s%s]}",
                          id, resident_key, exclude ? "{\"type\":\"public-key\",\"id\":\"" : "",
                          exclude ? exclude : "", exclude ? "\"}" : "");
    CHECK(length > 0 && length < MAX_JSON);
}

AuthnStep *step_of(const AuthnCeremony *ceremony)
{
    AuthnStep *step = NULL;
    OK(authn_step(ceremony, &step));
    return step;
}

int64_t number(const AuthnStep *step, uint32_t which)
{
    int64_t value = -1;
    OK(authn_step_number(step, which, &value));
    return value;
}

AuthnBytes field(const AuthnStep *step, uint32_t which)
{
    AuthnBytes value = NONE;
    OK(authn_step_bytes(step, which, &value));
    return value;
}

int64_t kind_of(const AuthnCeremony *ceremony)
{
    AuthnStep *step = step_of(ceremony);
    int64_t kind = number(step, AUTHN_STEP_NUMBER_KIND);
    authn_step_free(step);
    return kind;
}

char *response_of(AuthnCeremony *ceremony)
{
    AuthnStep *step = step_of(ceremony);
    if (number(step, AUTHN_STEP_NUMBER_KIND) == AUTHN_STEP_KIND_FAILED) {
        char *sentence = copied(field(step, AUTHN_STEP_FIELD_SENTENCE));
        fprintf(stderr, "the ceremony failed: %s\n", sentence);
        free(sentence);
    }
    char *response = copied(field(step, AUTHN_STEP_FIELD_RESPONSE_JSON));
    authn_step_free(step);
    authn_ceremony_free(ceremony);
    return response;
}

int64_t failure_of(AuthnCeremony *ceremony)
{
    AuthnStep *step = step_of(ceremony);
    int64_t failure = number(step, AUTHN_STEP_NUMBER_FAILURE);
    authn_step_free(step);
    authn_ceremony_free(ceremony);
    return failure;
}

char *member(const char *json, const char *name)
{
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\":\"", name);
    const char *begin = strstr(json, quoted);
    CHECK(begin != NULL);
    begin += strlen(quoted);
    const char *end = strchr(begin, '"');
    CHECK(end != NULL);
    AuthnBytes value = {(const uint8_t *)begin, (size_t)(end - begin)};
    return copied(value);
}

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t from_base64url(const char *in, unsigned char *out)
{
    unsigned bits = 0, count = 0;
    size_t length = 0;
    for (; *in != '\0'; in++) {
        const char *digit = strchr(DIGITS, *in);
        CHECK(digit != NULL);
        bits = (bits << 6) | (unsigned)(digit - DIGITS);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[length++] = (unsigned char)(bits >> count);
        }
    }
    return length;
}

void to_base64url(const unsigned char *in, size_t len, char *out)
{
    unsigned bits = 0, count = 0;
    for (size_t at = 0; at < len; at++) {
        bits = (bits << 8) | in[at];
        count += 8;
        while (count >= 6) {
            count -= 6;
            *out++ = DIGITS[(bits >> count) & 63];
        }
    }
    if (count > 0)
        *out++ = DIGITS[(bits << (6 - count)) & 63];
    *out = '\0';
}
