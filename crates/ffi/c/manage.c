/* The scenarios about the passkeys that are here, and about a store that is suspended. */
#include "support.h"

static AuthnPasskeys *first_page(const AuthnAuthenticator *on)
{
    AuthnPasskeys *page = NULL;
    OK(authn_passkeys(on, UINT64_MAX, &page));
    return page;
}

static size_t count_of(const AuthnAuthenticator *on)
{
    AuthnPasskeys *page = first_page(on);
    size_t count = authn_passkeys_count(page);
    uint64_t next;
    CHECK(authn_passkeys_next(page, &next) == AUTHN_STATUS_ABSENT);
    authn_passkeys_free(page);
    return count;
}

/* Copies the record of the newest passkey. */
static AuthnBytes newest(const AuthnAuthenticator *on, uint8_t record[16])
{
    AuthnPasskeys *page = first_page(on);
    AuthnBytes lent, copy = {record, 16};
    OK(authn_passkeys_bytes(page, 0, AUTHN_PASSKEY_FIELD_RECORD, &lent));
    CHECK(lent.len == 16);
    memcpy(record, lent.data, 16);
    authn_passkeys_free(page);
    return copy;
}

static int64_t state_of_newest(const AuthnAuthenticator *on)
{
    AuthnPasskeys *page = first_page(on);
    int64_t state = -1;
    OK(authn_passkeys_number(page, 0, AUTHN_PASSKEY_NUMBER_STATE, &state));
    authn_passkeys_free(page);
    return state;
}

static void refuses_bad_arguments(const AuthnAuthenticator *on, AuthnBytes record)
{
    char long_label[101];
    memset(long_label, 'x', sizeof long_label);
    AuthnBytes too_long = {(const uint8_t *)long_label, sizeof long_label};
    AuthnBytes with_nul = {(const uint8_t *)"a\0b", 3}, no_text = {(const uint8_t *)"\xff\xfe", 2};
    AuthnBytes short_record = {record.data, 15}, nowhere = {NULL, 16};
    CHECK(authn_rename_passkey(on, record, with_nul) == AUTHN_STATUS_LABEL);
    CHECK(authn_rename_passkey(on, record, too_long) == AUTHN_STATUS_LABEL);
    CHECK(authn_rename_passkey(on, record, NONE) == AUTHN_STATUS_LABEL);
    CHECK(authn_rename_passkey(on, record, no_text) == AUTHN_STATUS_NOT_UTF8);
    CHECK(authn_rename_passkey(on, short_record, text("x")) == AUTHN_STATUS_LENGTH);
    CHECK(authn_delete_passkey(on, short_record) == AUTHN_STATUS_LENGTH);
    CHECK(authn_delete_passkey(on, NONE) == AUTHN_STATUS_LENGTH);
    CHECK(authn_delete_passkey(on, nowhere) == AUTHN_STATUS_NULL_POINTER);
    CHECK(authn_delete_passkey(on, text("of another store")) == AUTHN_STATUS_NO_SUCH_PASSKEY);
    CHECK(authn_mark_passkey(on, record, 99) == AUTHN_STATUS_UNKNOWN_VALUE);
    CHECK(authn_passkeys(on, 0, NULL) == AUTHN_STATUS_NULL_POINTER);
}

void manages(const AuthnAuthenticator *on)
{
    uint8_t bytes[16];
    AuthnBytes record = newest(on, bytes), value;
    refuses_bad_arguments(on, record);
    OK(authn_rename_passkey(on, record, text("Work laptop")));
    AuthnPasskeys *page = first_page(on);
    int64_t number = 0;
    OK(authn_passkeys_bytes(page, 0, AUTHN_PASSKEY_FIELD_LABEL, &value));
    CHECK(equal(value, text("Work laptop")));
    OK(authn_passkeys_bytes(page, 0, AUTHN_PASSKEY_FIELD_RP_ID, &value));
    CHECK(equal(value, text("example.com")));
    OK(authn_passkeys_bytes(page, 0, AUTHN_PASSKEY_FIELD_USER_ID, &value));
    CHECK(equal(value, text("kim")));
    OK(authn_passkeys_number(page, 0, AUTHN_PASSKEY_NUMBER_ALGORITHM, &number));
    CHECK(number == -7);
    OK(authn_passkeys_number(page, 0, AUTHN_PASSKEY_NUMBER_KEY_HELD_BY_PROGRAM, &number));
    CHECK(number == 0);
    CHECK(authn_passkeys_number(page, 0, AUTHN_PASSKEY_NUMBER_LAST_USED, &number) == AUTHN_STATUS_ABSENT);
    CHECK(authn_passkeys_bytes(page, authn_passkeys_count(page), 0, &value) == AUTHN_STATUS_ABSENT);
    authn_passkeys_free(page);

    OK(authn_mark_passkey(on, record, AUTHN_PASSKEY_MARK_HIDDEN));
    CHECK(state_of_newest(on) == AUTHN_PASSKEY_STATE_HIDDEN);
    OK(authn_mark_passkey(on, record, AUTHN_PASSKEY_MARK_SHOWN));
    OK(authn_mark_passkey(on, record, AUTHN_PASSKEY_MARK_UNCONFIRMED));
    CHECK(state_of_newest(on) == AUTHN_PASSKEY_STATE_UNCONFIRMED);
    OK(authn_mark_passkey(on, record, AUTHN_PASSKEY_MARK_CONFIRMED));
    CHECK(state_of_newest(on) == AUTHN_PASSKEY_STATE_ACTIVE);

    size_t before = count_of(on);
    OK(authn_delete_passkey(on, record));
    CHECK(authn_delete_passkey(on, record) == AUTHN_STATUS_NO_SUCH_PASSKEY);
    CHECK(count_of(on) == before - 1);
}

static void register_with_host_key(const AuthnAuthenticator *on)
{
    char options[MAX_JSON];
    creation_options(options, "ada", "required", NULL);
    AuthnCeremony *ceremony = start_create(on, options, ORIGIN);
    OK(authn_approve(ceremony, true, NONE));
    make_key(ceremony);
    sign_with_key(ceremony);
    free(response_of(ceremony));
}

/* Destroys the first key that is listed, and returns how it was named. */
static uint32_t destroys_first(const AuthnAuthenticator *on)
{
    AuthnBuffer *record = NULL, *name = NULL;
    uint32_t kind = 99;
    OK(authn_unwanted_key(on, 0, &record, &kind, &name));
    CHECK(destroy_keys(kind, authn_buffer_bytes(name)) > 0);
    OK(authn_key_destroyed(on, authn_buffer_bytes(record)));
    OK(authn_key_destroyed(on, authn_buffer_bytes(record)));
    authn_buffer_free(record);
    authn_buffer_free(name);
    return kind;
}

static void nothing_is_left(const AuthnAuthenticator *on)
{
    AuthnBuffer *record, *name;
    uint32_t kind;
    CHECK(authn_unwanted_key(on, 0, &record, &kind, &name) == AUTHN_STATUS_ABSENT);
}

void destroys_unwanted_keys(const AuthnAuthenticator *on)
{
    uint8_t bytes[16];
    register_with_host_key(on);
    OK(authn_delete_passkey(on, newest(on, bytes)));
    CHECK(destroys_first(on) == AUTHN_KEY_NAME_KIND_HANDLE);
    nothing_is_left(on);
}

void suspends(const AuthnAuthenticator *on)
{
    uint8_t bytes[16];
    AuthnBytes record = newest(on, bytes);
    char options[MAX_JSON];
    creation_options(options, "lee", "required", NULL);
    AuthnCeremony *ceremony = start_create(on, options, ORIGIN), *another;
    OK(authn_suspend(on));
    OK(authn_suspend(on));
    AuthnPasskeys *page;
    AuthnBuffer *saved, *json;
    CHECK(authn_approve(ceremony, true, NONE) == AUTHN_STATUS_SUSPENDED);
    CHECK(authn_cancel(ceremony) == AUTHN_STATUS_SUSPENDED);
    CHECK(authn_save(ceremony, &saved) == AUTHN_STATUS_SUSPENDED && saved == NULL);
    CHECK(authn_restore(on, text("anything"), &another) == AUTHN_STATUS_SUSPENDED && another == NULL);
    CHECK(authn_passkeys(on, UINT64_MAX, &page) == AUTHN_STATUS_SUSPENDED && page == NULL);
    CHECK(authn_delete_passkey(on, record) == AUTHN_STATUS_SUSPENDED);
    CHECK(authn_key_destroyed(on, record) == AUTHN_STATUS_SUSPENDED);
    OK(authn_client_capabilities(on, &json));
    char *capabilities = copied(authn_buffer_bytes(json));
    CHECK(strstr(capabilities, "\"userVerifyingPlatformAuthenticator\":true") != NULL);
    free(capabilities);
    authn_buffer_free(json);
    OK(authn_resume(on));
    OK(authn_approve(ceremony, true, NONE));
    free(response_of(ceremony));
}

void deletes_everything(const AuthnAuthenticator *on)
{
    register_with_host_key(on);
    char options[MAX_JSON];
    creation_options(options, "lee", "required", NULL);
    AuthnCeremony *begun = start_create(on, options, ORIGIN);
    CHECK(authn_delete_everything(on, false) == AUTHN_STATUS_UNPROVEN);
    CHECK(count_of(on) > 0);
    OK(authn_delete_everything(on, true));
    CHECK(count_of(on) == 0);
    CHECK(destroys_first(on) == AUTHN_KEY_NAME_KIND_ALIAS_SUFFIX);
    nothing_is_left(on);
    OK(authn_approve(begun, true, NONE));
    CHECK(failure_of(begun) == AUTHN_FAILURE_KIND_STORE);
}
